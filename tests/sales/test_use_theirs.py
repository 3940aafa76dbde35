"""*Use QuickBooks' value*: theirs becomes ours, history tells it, nothing is sent, and both sides agree."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from portal import decisions
from portal.extensions import db
from portal.models import Connection, Event, KeySettings, Link, Location, Mapping, PaymentTerm, Sku
from portal.models.kinds import RecordRef
from portal.sales import use_theirs
from tests.support import distributor as given
from tests.support.bookkeeping import Books
from tests.support.differing import (
    EMAIL,
    PHONE,
    change_here,
    check,
    claim_nothing,
    differ,
    edit_there,
    fields,
    goods,
    place,
    there,
    verdicts,
)

ADDRESS = {
    "Line1": "12 Bloor St W",
    "Line2": "Unit 5",
    "Line3": "Back door",
    "City": "Toronto",
    "CountrySubDivisionCode": "ON",
    "PostalCode": "M4W 1A8",
    "Country": "Canada",
}


def test_theirs_becomes_ours_without_a_push_and_both_sides_agree(books: Books) -> None:
    differ(books)
    before, pushes = len(books.writes()), books.pushes(books.place)
    assert use(books, place(books), "PrimaryPhone", "PrimaryEmailAddr") == "e-mail, phone"
    books.carry()
    assert (len(books.writes()), books.pushes(books.place)) == (before, pushes)
    link = books.link(books.place)
    assert link.differs == {}
    assert link.ours_then is not None
    assert link.theirs_then is not None
    assert link.ours_then["PrimaryPhone"] == link.theirs_then["PrimaryPhone"] == PHONE
    with books.working():
        location = db.session.get_one(Location, books.place)
        assert (location.phone, location.email) == (PHONE["FreeFormNumber"], EMAIL["Address"])
        assert (location.integration_status, link.revision) == ("synced", location.revision)
        told = select(Event.text).where(Event.record_id == books.place, Event.what == "edited")
        assert "Phone: none → 905 555 0199" in db.session.scalars(told).one()


def test_several_e_mail_addresses_are_taken_over_as_they_are(books: Books) -> None:
    both = "a@example.com, b@example.com"
    edit_there(books, place(books), PrimaryEmailAddr={"Address": both})
    check(books, place(books))
    use(books, place(books), "PrimaryEmailAddr")
    with books.working():
        assert db.session.get_one(Location, books.place).email == both


def test_a_trigger_field_asks_for_no_push_either(books: Books) -> None:
    change_here(books, goods(books), cost=Decimal("3.10"))
    edit_there(books, goods(books), UnitPrice=13.256789, PurchaseCost=4.5, Sku="NEW-1")
    check(books, goods(books))
    pushes = books.pushes(books.goods)
    use(books, goods(books), "UnitPrice", "PurchaseCost", "Sku")
    assert books.pushes(books.goods) == pushes
    with books.working():
        sku = db.session.get_one(Sku, books.goods)
        assert (sku.unit_price, sku.cost, sku.code) == (Decimal("13.256789"), Decimal("4.5"), "NEW-1")
        assert sku.integration_status == "synced"


def test_addresses_contact_and_term_are_taken_over(books: Books) -> None:
    with books.working():
        term = given.term("Due on receipt", 0)
        db.session.add(
            Mapping(**given.owner(), section="payment_terms", ours=str(term.id), external_id="1", label="")
        )
        term_id = term.id
    change_here(books, place(books), contact="Bo Lee")
    edit_there(
        books,
        place(books),
        BillAddr=ADDRESS,
        ShipAddr=ADDRESS,
        GivenName="Ann Mary",
        FamilyName="Lee",
        SalesTermRef={"value": "1"},
    )
    check(books, place(books))
    use(books, place(books), "BillAddr", "ShipAddr", "Contact", "SalesTermRef")
    assert verdicts(books, place(books)) == {}
    with books.working():
        location = db.session.get_one(Location, books.place)
        assert location.contact == "Ann Mary Lee"
        assert location.payment_term_id == term_id
        assert location.billing_address == location.delivery_address == {
            "line1": "12 Bloor St W",
            "line2": "Unit 5 Back door",
            "city": "Toronto",
            "province": "ON",
            "postal_code": "M4W 1A8",
            "country": "Canada",
        }  # fmt: skip


def test_the_tax_status_is_the_one_that_is_mapped_to_their_code(books: Books) -> None:
    edit_there(books, goods(books), SalesTaxCodeRef={"value": "3"})
    edit_there(books, place(books), DefaultTaxCodeRef={"value": "2"})
    for ref in (goods(books), place(books)):
        check(books, ref)
        use(books, ref, "Tax")
        assert verdicts(books, ref) == {}
    with books.working():
        assert db.session.get_one(Sku, books.goods).tax_status == "zero_rated"
        assert db.session.get_one(Location, books.place).tax_status == "exempt"


def test_in_the_united_states_it_is_taxable_or_not_with_the_number(books: Books) -> None:
    change_here(books, place(books), tax_registration_number="R-1")
    with books.working():
        db.session.scalars(select(Connection)).one().country = "US"
        link = db.session.scalars(select(Link).where(Link.record_id == books.place)).one()
        link.ours_then = link.theirs_then = {}
        link.theirs.fields = link.theirs.fields | {"Taxable": False, "ResaleNum": "R-22"}
    assert fields(books, place(books))["Tax"].theirs == "not taxable, R-22"
    use(books, place(books), "Tax")
    with books.working():
        location = db.session.get_one(Location, books.place)
        assert (location.tax_status, location.tax_registration_number) == ("exempt", "R-22")
    assert verdicts(books, place(books)) == {}
    claim_nothing(books)


def test_the_description_of_a_product_with_one_sku_and_the_name_of_a_customer_with_one_location(
    books: Books,
) -> None:
    edit_there(books, goods(books), Description="Fresh every week")
    edit_there(books, place(books), CompanyName="Bloor Pubs Ltd")
    for ref, name in ((goods(books), "Description"), (place(books), "CompanyName")):
        check(books, ref)
        pushes = books.pushes(ref.id)
        use(books, ref, name)
        assert books.pushes(ref.id) == pushes
        assert name not in verdicts(books, ref)
    with books.working():
        assert db.session.get_one(Sku, books.goods).product.description == "Fresh every week"
        assert db.session.get_one(Location, books.place).customer.name == "Bloor Pubs Ltd"


def several_locations(books: Books) -> None:
    given.location(customer=db.session.get_one(Location, books.place).customer)


def several_skus(books: Books) -> None:
    given.sku(product=db.session.get_one(Sku, books.goods).product)


def doubly_mapped(books: Books) -> None:
    for days in (7, 14):
        term = given.term("Net", days)
        row = {"section": "payment_terms", "ours": str(term.id), "external_id": "1", "label": ""}
        db.session.add(Mapping(**given.owner(), **row))


def two_of_one_code(books: Books) -> None:
    of_customers = Mapping.section == "customer_tax", Mapping.ours == "zero_rated"
    db.session.scalars(select(Mapping).where(*of_customers)).one().external_id = "2"


def a_contact(books: Books) -> None:
    db.session.get_one(Location, books.place).contact = "Bo Lee"


def keyed_by_barcode(books: Books) -> None:
    db.session.scalars(select(KeySettings)).one().sku_ours = "barcode"


def nothing_more(books: Books) -> None:
    """It is so already."""


@pytest.mark.parametrize(
    ("kind", "changes", "prepare", "name", "why"),
    [
        ("location", {"CompanyName": "Bloor Pubs"}, several_locations, "CompanyName", "several locations"),
        ("location", {"DisplayName": "Bloor"}, nothing_more, "DisplayName", "Names are given here"),
        ("location", {"GivenName": "Ann", "FamilyName": "van Lee"}, a_contact, "Contact", "parted into"),
        ("location", {"SalesTermRef": {"value": "1"}}, nothing_more, "SalesTermRef", "None of your payment"),
        ("location", {"SalesTermRef": {"value": "1"}}, doubly_mapped, "SalesTermRef", "are both mapped"),
        ("location", {"DefaultTaxCodeRef": {"value": "2"}}, two_of_one_code, "Tax", "are both mapped"),
        ("location", {"DefaultTaxCodeRef": {"value": "4"}}, nothing_more, "Tax", "No tax status is mapped"),
        ("sku", {"Name": "Lager"}, nothing_more, "Name", "Names are given here"),
        ("sku", {"Description": "Fresh"}, several_skus, "Description", "share one description"),
        ("sku", {"UnitPrice": 1.2345678}, nothing_more, "UnitPrice", "more than the six decimals"),
        ("sku", {"Sku": "X"}, keyed_by_barcode, "Sku", "holds the key"),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_over_says_why_and_changes_nothing(
    books: Books, kind: Any, changes: dict[str, Any], prepare: Callable[[Books], None], name: str, why: str
) -> None:
    ref = place(books) if kind == "location" else goods(books)
    edit_there(books, ref, **changes)
    check(books, ref)
    with books.working():
        prepare(books)
    standing = fields(books, ref)
    assert name in standing, standing
    assert why in books.decide(use_theirs.cant_use, ref)[name]
    with pytest.raises(decisions.CantDecide, match=why):
        use(books, ref, name)
    assert fields(books, ref)[name].ours == standing[name].ours
    claim_nothing(books)


def test_one_that_can_not_be_used_stops_the_others_ticked_with_it(books: Books) -> None:
    edit_there(books, place(books), PrimaryPhone=PHONE, SalesTermRef={"value": "1"})
    check(books, place(books))
    with pytest.raises(decisions.CantDecide, match="Nothing was changed"):
        use(books, place(books), "PrimaryPhone", "SalesTermRef")
    assert verdicts(books, place(books)) == {"PrimaryPhone": "there", "SalesTermRef": "there"}


def test_values_nobody_saw_are_not_taken_over(books: Books) -> None:
    differ(books)
    seen = [fields(books, place(books))["PrimaryPhone"].seen]
    edit_there(books, place(books), PrimaryPhone={"FreeFormNumber": "647 555 0123"})
    check(books, place(books))
    with pytest.raises(decisions.CantDecide, match="look at it again"):
        books.decide(use_theirs.use_theirs, place(books), seen, books.bo)
    with books.working():
        assert db.session.get_one(Location, books.place).phone == ""


def test_what_is_empty_there_is_emptied_here(books: Books) -> None:
    change_here(books, place(books), phone="416 555 0100")
    books.decide(decisions.push_again, place(books), books.bo)
    books.carry()
    edit_there(books, place(books), PrimaryPhone=None, SalesTermRef=None)
    check(books, place(books))
    assert not there(books, place(books)).get("PrimaryPhone")
    use(books, place(books), *verdicts(books, place(books)))
    with books.working():
        location = db.session.get_one(Location, books.place)
        assert location.phone == ""
        assert db.session.scalars(select(PaymentTerm)).all()
    assert verdicts(books, place(books)) == {}


def use(books: Books, ref: RecordRef, *names: str) -> str:
    standing = fields(books, ref)
    seen = [standing[name].seen for name in names]
    return str(books.decide(use_theirs.use_theirs, ref, seen, books.bo))
