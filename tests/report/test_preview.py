"""The preview of an order is the very document that a push of it sends, told before anything is sent."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from portal import decisions
from portal.extensions import db
from portal.models import (
    Call,
    Connection,
    Event,
    Link,
    ListEntry,
    Location,
    Mapping,
    Order,
    Problem,
    Push,
    Sku,
    SyncSettings,
)
from portal.models.types import cents, storable
from portal.push import agreement
from portal.report.preview import UNKNOWN_ID, Preview, preview
from portal.sales import orders, records
from tests.support import distributor as given
from tests.support.bookkeeping import TODAY, Books

ZERO_RATED = "3"


def test_the_preview_of_a_delivered_order_is_what_finalizing_then_sends(books: Books) -> None:
    order_id = everything_at_once(books)
    told = previewed(books, order_id)
    document = document_of(told)
    assert "This is how it would look if it were finalized now." in told.notes
    assert any("is looked up in QuickBooks first, and created if not there." in one for one in told.notes)

    books.finalize(order_id)
    assert document_of(previewed(books, order_id)) == document
    books.carry()

    sent = payload_of(books, order_id)
    assert with_known_ids(storable(document.payload), sent) == sent
    invoice = books.document(order_id)
    assert (document.total, document.tax) == (
        cents(Decimal(str(invoice["TotalAmt"]))),
        cents(Decimal(str(invoice["TxnTaxDetail"]["TotalTax"]))),
    )


def test_its_lines_and_tax_lines_add_up_to_its_totals(books: Books) -> None:
    document = document_of(previewed(books, everything_at_once(books)))
    assert sum(line.amount for line in document.lines) == document.net
    assert sum(tax.net for tax in document.taxes) == document.net
    assert sum(tax.amount for tax in document.taxes) == document.tax
    assert document.total == document.net + (document.tax or 0)
    assert [line.tax for line in document.lines] == ["HST ON", "Zero-rated", "HST ON"]


def test_a_return_is_previewed_as_the_credit_memo_it_becomes(books: Books) -> None:
    order_id = books.order("-2")
    document = document_of(previewed(books, order_id))
    books.carry()
    [memo] = books.live("CreditMemo")
    assert (document.kind, document.total) == ("credit_memo", cents(Decimal(str(memo["TotalAmt"]))))
    assert storable(document.payload) == payload_of(books, order_id)
    assert "Terms" not in [shown.what for shown in document.header]


def test_what_stands_in_quickbooks_is_shown_as_it_stands(books: Books) -> None:
    order_id = books.synced_order()
    told = previewed(books, order_id)
    number = books.number(order_id)
    said = (
        f"Invoice {number} stood in QuickBooks like this when it last answered, so there is nothing to send."
    )
    assert told.notes == (said,)
    assert document_of(told).total == cents(Decimal(str(books.document(order_id)["TotalAmt"])))


def test_what_stands_otherwise_is_not_said_to_stand_like_this(books: Books) -> None:
    order_id = books.order()
    theirs = books.enter_by_hand("HAND-1", quantity=9)
    books.decide_order(decisions.link_document, order_id, "invoice", theirs, books.bo)
    told = previewed(books, order_id)
    assert document_of(told).net == 5000
    differ = "amount, tax, number and delivery date differ"
    assert told.notes == (
        f"There is nothing to send, though Invoice HAND-1 in QuickBooks is not like this: {differ}.",
    )


def test_an_order_that_is_finalized_again_as_it_was_brings_nothing_up_to_date(books: Books) -> None:
    order_id = books.synced_order()
    with books.working():
        orders.reopen(db.session.get_one(Order, order_id), books.bo)
    assert "so there is nothing to send." in previewed(books, order_id).notes[-1]
    before = len(books.writes())
    books.finalize(order_id)
    books.carry()
    assert len(books.writes()) == before


def test_an_order_finalized_again_updates_its_document_and_says_so(books: Books) -> None:
    order_id = books.synced_order()
    books.change(order_id, "7")
    told = previewed(books, order_id)
    assert told.notes == (f"Invoice {books.number(order_id)} in QuickBooks is brought up to date.",)
    books.carry()
    shown = storable(document_of(told).payload)
    carried = payload_of(books, order_id)
    assert {field: shown[field] for field in carried} == carried
    assert "Line" in carried


def test_an_order_that_changed_its_sign_is_previewed_as_what_comes_then(books: Books) -> None:
    order_id = books.synced_order()
    books.change(order_id, "-1")
    told = previewed(books, order_id)
    assert document_of(told).kind == "credit_memo"
    assert any("is taken back in QuickBooks first" in note for note in told.notes)


def test_every_value_says_where_it_comes_from(books: Books) -> None:
    document = document_of(previewed(books, everything_at_once(books)))
    sources = {shown.what: shown.source for shown in document.header}
    assert sources["Number"] == "the order's number, as Mapping › Keys says"
    assert sources["Terms"].startswith("the payment term Net 30")
    assert sources["Due date"] == "the invoice date and the days of our payment term"
    assert all(sources.values())
    assert [line.item_source.split(": ")[0].split(" ")[0] for line in document.lines] == [
        "SKU",
        "SKU",
        "Mapping",
    ]
    assert document.lines[0].tax_source == "Mapping › the default tax: HST ON"
    assert "as far as we know" in document.lines[1].item_source


def test_what_stands_in_the_way_is_told_instead(books: Books) -> None:
    order_id = books.order()
    with books.working():
        db.session.execute(delete(Mapping).where(Mapping.section.in_(("customer_tax", "payment_terms"))))
        agreement.forget_all(db.session.get_one(Connection, books.connection_id), "location")
    told = previewed(books, order_id)
    assert told.document is None
    codes = {(one.found.code, one.ref.kind) for one in told.in_the_way}
    assert codes == {("tax_not_mapped", "order"), ("term_not_mapped", "order")}


def test_the_problems_of_what_it_needs_are_told_with_whose_they_are(books: Books) -> None:
    with books.working():
        sku = given.sku(code=None)
        order_id = delivered(books, [(sku, "1", "5")])
        sku_id = sku.id
    told = previewed(books, order_id)
    assert [(one.found.code, one.ref) for one in told.in_the_way] == [("sku_key_missing", ("sku", sku_id))]


def test_with_a_sync_off_it_says_that_the_customer_must_be_found(books: Books) -> None:
    with books.working():
        db.session.execute(update(SyncSettings).values(customers_on=False))
        place = given.location(name="Elsewhere")
        order_id = delivered(books, [(db.session.get_one(Sku, books.goods), "1", "5")], place)
    told = previewed(books, order_id)
    assert document_of(told).payload["CustomerRef"] == {"value": UNKNOWN_ID}
    assert any("if not there, the order cannot go" in note for note in told.notes)


def test_a_reopened_order_is_previewed_with_what_its_location_says_now(books: Books) -> None:
    order_id = books.synced_order()
    with books.working():
        orders.reopen(db.session.get_one(Order, order_id), books.bo)
        place = db.session.get_one(Location, books.place)
        place.tax_status = "exempt"
        records.save_location(place, books.bo)
    document = document_of(previewed(books, order_id))
    assert (document.tax, document.lines[0].tax) == (0, "Exempt")


def test_previewing_stores_nothing_and_asks_nobody(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = everything_at_once(books)
    tables = (Push, Problem, Link, Event, Order, Call)
    with books.working():
        rows = [given.count(model) for model in tables]
    monkeypatch.setitem(books.app.extensions, "intuit_http", None)
    previewed(books, order_id)
    with books.working():
        assert [given.count(model) for model in tables] == rows
        assert db.session.get_one(Order, order_id).status == "delivered"


@pytest.mark.parametrize(("status", "words"), [("cancelled", "is cancelled"), ("delivered", "not connected")])
def test_without_a_company_or_an_order_to_send_it_says_so(ours: uuid.UUID, status: str, words: str) -> None:
    if status == "cancelled":
        given.connection()
    told = preview(given.order(status=status))
    assert (told.document, told.in_the_way) == (None, ())
    assert words in told.notes[0]


@pytest.mark.parametrize("automated", [False, True])
def test_in_the_united_states_tax_stands_by_rate_or_is_left_to_quickbooks(
    ours: uuid.UUID, automated: bool
) -> None:
    company = given.connection(
        country="US", home_currency="USD", sales_tax=True, automated_tax=automated, company_name="Oak Inc."
    )
    details = {"rate": "9.1", "components": [["1", "7.1"], ["2", "2"]]}
    entry = {"list": "tax_codes", "external_id": "4", "name": "Tucson", "details": details}
    db.session.add(ListEntry(**given.owner(), connection_id=company.id, **entry))
    db.session.add(
        Mapping(**given.owner(), section="customer_tax", ours="default", external_id="4", label="Tucson")
    )
    order = given.order(order_date=TODAY, delivery_date=TODAY)
    given.link(company, "location", order.location_id, kind="customer", number=None)
    given.link(company, "sku", order.lines[0].sku_id, kind="item", number=None)
    document = document_of(preview(order))
    told = [(tax.name, tax.net, tax.amount) for tax in document.taxes]
    if automated:
        assert (told, document.tax, document.total) == ([], None, None)
    else:
        assert told == [("Tucson 7.1 %", 25_00, 1_78), ("Tucson 2 %", 25_00, 50)]
        assert (document.tax, document.total) == (2_28, 27_28)


def everything_at_once(books: Books) -> uuid.UUID:
    """A delivered order of known and of new goods, a charge, discounts and a purchase order number."""
    service = next(item for item in books.all("Item") if item["Type"] == "Service")
    with books.working():
        kind = given.charge_kind()
        mapping = {"section": "charge_kinds", "ours": str(kind.id), "external_id": str(service["Id"])}
        db.session.add(Mapping(**given.owner(), **mapping, label=service["Name"]))
        new = given.sku(tax_status="zero_rated", name="Tonic")
        lines = [(db.session.get_one(Sku, books.goods), "3", "12.50"), (new, "2", "7.333333")]
        return delivered(
            books,
            lines,
            charges=[(kind, 595)],
            discount_percent=Decimal("7.5"),
            purchase_order_number="4711",
        )


def delivered(
    books: Books, lines: list[tuple[Sku, str, str]], place: Location | None = None, **values: Any
) -> uuid.UUID:
    order: Order = given.order(
        lines,
        location=place or db.session.get_one(Location, books.place),
        order_date=TODAY,
        delivery_date=TODAY,
        **values,
    )
    return order.id


def previewed(books: Books, order_id: uuid.UUID) -> Preview:
    with books.working():
        made = preview(db.session.get_one(Order, order_id))
        assert not db.session.new | db.session.dirty
        return made


def document_of(told: Preview) -> Any:
    assert told.document is not None, told
    return told.document


def payload_of(books: Books, order_id: uuid.UUID) -> dict[str, Any]:
    """What the latest push of an order sent."""
    with books.working():
        mine = select(Push).where(Push.record_id == order_id, Push.state == "synced")
        return dict(db.session.scalars(mine.order_by(Push.asked_at.desc()).limit(1)).one().payload or {})


def with_known_ids(told: Any, sent: Any) -> Any:
    """What was told, its stand-ins replaced by the Ids that were known when it was sent."""
    if isinstance(told, dict):
        return {name: with_known_ids(value, sent.get(name)) for name, value in told.items()}
    if isinstance(told, list):
        return [with_known_ids(*both) for both in zip(told, sent, strict=True)]
    return sent if told == UNKNOWN_ID else told
