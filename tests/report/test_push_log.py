"""The push log: what ended, with what QuickBooks has of it, on a page and as a file."""

import csv
import io

import pytest

from portal.extensions import db
from portal.models import Sku
from portal.models.kinds import ENTITIES
from portal.web.integrations import push_log
from tests.support import distributor as given
from tests.support.bookkeeping import Books

PAGE = "/settings/integrations/push-log"


def test_it_tells_of_each_document_what_stands_in_the_ledger(books: Books) -> None:
    arrived = books.synced_order("4")
    credit = books.synced_order("-2")
    viewer = books.sign_in("viewer")
    rows = read(viewer.get(f"{PAGE}/file.csv").data.decode())
    documents = {row["QuickBooks Id"]: row for row in rows if row["Record"] == "order"}
    for order_id, sign in ((arrived, 1), (credit, -1)):
        link = books.link(order_id)
        row = documents[link.external_id]
        [ledger] = [one for one in books.live(ENTITIES[link.kind].entity) if one["Id"] == link.external_id]
        assert row["Total"] == f"{sign * ledger['TotalAmt']:.2f}"
        assert row["Tax"] == f"{sign * ledger['TxnTaxDetail']['TotalTax']:.2f}"
        assert row["Number sent"] == ledger["DocNumber"]
        assert (row["What was done"], row["Why not"], row["Asked for by"]) == ("created", "", "Bo Bookkeeper")
    assert {row["Record"] for row in rows} == {"order", "customer", "product"}


def test_what_could_not_go_says_why_and_other_days_hold_nothing_of_it(books: Books) -> None:
    with books.working():
        place = given.location(payment_term=given.term("Net 77"))
        order = given.order([(db.session.get_one(Sku, books.goods), "3", "12.50")], location=place)
        order_id, number = order.id, order.number
    books.finalize(order_id)
    books.carry()
    viewer = books.sign_in("viewer")
    rows = read(viewer.get(f"{PAGE}/file.csv").data.decode())
    [failed] = [row for row in rows if row["Name"] == f"Order {number}"]
    assert (failed["What was done"], failed["Total"], failed["QuickBooks Id"]) == ("failed", "", "")
    assert "Net 77" in failed["Why not"]
    assert "Net 77" in viewer.get(PAGE).get_data(as_text=True)
    tomorrow = f"{PAGE}?start=2099-01-01"
    assert "Nothing ended on these days" in viewer.get(tomorrow).get_data(as_text=True)
    for wrong, said in (
        ("soon", "no day of the calendar"),
        ("9999-12-31", "A day between"),
        ("0001-01-01", "A day"),
    ):
        assert said in viewer.get(f"{PAGE}?start={wrong}").get_data(as_text=True)
        assert viewer.get(f"{PAGE}/file.csv?end={wrong}").status_code == 200


def test_the_file_is_read_some_at_a_time_and_holds_each_once(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        books.synced_order("1")
    whole = read(books.sign_in("viewer").get(f"{PAGE}/file.csv").data.decode())
    monkeypatch.setattr(push_log, "SOME", 2)
    assert read(books.sign_in("viewer").get(f"{PAGE}/file.csv").data.decode()) == whole
    assert len(whole) >= 5


def read(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
