"""Names as QuickBooks takes them, read from its books; what it refuses is told on the field."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from portal import outbox
from portal.extensions import db
from portal.models import KeySettings
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.connected import text_of

LONG = "Nectar of the valley, pressed and bottled in the cellars of a monastery that has done so since 1290"


def test_inch_marks_and_long_names_stand_in_the_books_as_they_were_sent(books: Books) -> None:
    order, _, skus = an_order(books, '5/8" keg & ‘tap’', [('20" keg', "K-20"), (LONG, "K-21")])
    books.carry()
    assert books.status(order) == "synced"
    assert books.document(order)["CustomerRef"]["name"] == '5/8" keg & ‘tap’'
    called = {item.get("Sku"): item["Name"] for item in books.all("Item")}
    names = called["K-20"], called["K-21"]
    assert names[0] == 'Ale – 20" keg'
    assert names[1].startswith("Ale – Nectar of the valley") and names[1].endswith("… (K-21)")
    assert len(names[1]) == 99  # a blank stood where it was cut
    # On every later plan it is called the same: a new price goes, the name with it as it stands.
    with books.working():
        db.session.get_one(distributor.Sku, skus[1]).unit_price = Decimal("13.50")
    ask_for(books, "sku", skus[1])
    books.carry()
    [item] = [item for item in books.all("Item") if item.get("Sku") == "K-21"]
    assert (item["Name"], Decimal(str(item["UnitPrice"]))) == (names[1], Decimal("13.50"))


def test_what_quickbooks_does_refuse_in_a_name_is_told_on_the_field_of_that_record(books: Books) -> None:
    books.switch(quotes_in_item_names="refused")
    order, _, [keg, other] = an_order(books, "King St", [('20" keg', "K-20"), ("20 l keg", "K-21")])
    books.carry()
    assert (books.problems(keg), books.problems(other)) == (["value_refused"], [])
    drawer = books.sign_in("bookkeeper").get(f"/badges/sku/{keg}")
    said = text_of(drawer)
    assert 'QuickBooks does not accept the name of the SKU: Ale – 20" keg.' in said
    assert 'QuickBooks says: Element contains invalid characters. Ale – 20" keg' in said
    assert f'href="/skus/{keg}#name"' in drawer.get_data(as_text=True)
    with books.working():
        db.session.get_one(distributor.Sku, keg).name = "20 inch keg"
    ask_for(books, "sku", keg)
    books.carry()
    books.settle()
    assert (books.status(order), books.problems(keg)) == ("synced", [])


@pytest.mark.parametrize(
    ("entity", "changes", "holder"),
    [
        ("Vendor", {}, "a vendor"),
        ("Employee", {"GivenName": "ACME"}, "an employee"),
        ("Customer", {}, "a customer"),
    ],
)
def test_a_taken_name_says_who_holds_it_and_leads_to_the_field_that_it_is(
    books: Books, entity: str, changes: dict[str, Any], holder: str
) -> None:
    with books.working():
        db.session.scalars(select(KeySettings)).one().customer_ours = "third_party_id"
    order, place, _ = an_order(books, "King St", [("Keg", "K-20")], third_party_id="Acme")

    def enter() -> None:
        books.person("create", entity, object={"DisplayName": "ACME"} | changes)

    with books.before_a_write(enter):
        books.carry()
    books.settle()
    assert (books.problems(place), books.status(order)) == (["name_taken"], "failed")
    drawer = books.sign_in("viewer").get(f"/badges/location/{place}")
    said = text_of(drawer)
    assert f"“Acme” is already the name of {holder} in QuickBooks." in said
    assert (
        "Change the name in QuickBooks (third-party ID) here, or rename the other one in QuickBooks" in said
    )
    assert f'href="/locations/{place}#third_party_id"' in drawer.get_data(as_text=True)
    offered = text_of(books.sign_in("bookkeeper").get(f"/badges/location/{place}"))
    assert ("Which customer in QuickBooks is" in offered) == (entity == "Customer")


def an_order(
    books: Books, name: str, skus: list[tuple[str, str]], **values: Any
) -> tuple[uuid.UUID, uuid.UUID, list[uuid.UUID]]:
    """A finalized order to a new location, of new SKUs of the product Ale, by their names and codes."""
    with books.working():
        place = distributor.location(name=name, **values)
        ale = distributor.product(name="Ale")
        goods = [distributor.sku(product=ale, name=each, code=code) for each, code in skus]
        lines = [(each, "2", "12.50") for each in goods]
        made = distributor.order(lines, location=place, order_date=TODAY, delivery_date=TODAY)
        ids = made.id, place.id, [each.id for each in goods]
    books.finalize(ids[0])
    return ids


def ask_for(books: Books, kind: Any, record_id: uuid.UUID) -> None:
    """As when it is saved on its page."""
    with books.working():
        outbox.ask(kind, [record_id], reason="record_changed", actor=books.bo, edited=["unit_price", "name"])
