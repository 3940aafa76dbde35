"""Settings › Payment terms and Charge kinds: entered, edited, and deleted once nothing uses them."""

import html

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import ChargeKind, Event, Mapping, PaymentTerm
from tests.support import distributor as given
from tests.support.connected import text_of
from tests.support.forms import filled
from tests.support.people import Browser, SignIn

TERMS, CHARGES = "/settings/payment-terms", "/settings/charge-kinds"


def test_a_payment_term_is_entered_and_edited(app: Flask, bo: Browser) -> None:
    assert bo.post(TERMS, {"name": " Net 45 ", "days": "45"}).status_code == 302
    with given.working_in(app, bo.organization_id):
        term = db.session.scalars(given.select(PaymentTerm)).one()
        assert (term.name, term.days) == ("Net 45", 45)
        path = f"{TERMS}/{term.id}"
    assert bo.post(path, filled(bo, path, "days") | {"days": "40"}).status_code == 302
    page = text_of(bo.get(path))
    assert "Days: 45 → 40." in page
    assert "Entered Net 45." in page


def test_a_charge_kind_is_entered_and_edited(app: Flask, bo: Browser) -> None:
    assert bo.post(CHARGES, {"name": "Fuel surcharge", "tax_status": "default"}).status_code == 302
    with given.working_in(app, bo.organization_id):
        path = f"{CHARGES}/{db.session.scalars(given.select(ChargeKind.id)).one()}"
    bo.post(path, filled(bo, path, "tax_status") | {"tax_status": "zero_rated"})
    assert "Tax status: default → zero-rated." in text_of(bo.get(path))


@pytest.mark.parametrize(
    ("path", "field", "value", "words"),
    [
        (TERMS, "name", " ", "Enter a name"),
        (TERMS, "name", "Net 30", "There is a “Net 30” already"),
        (TERMS, "days", "", "Enter the number of days"),
        (TERMS, "days", "soon", "Whole days, please"),
        (TERMS, "days", "-1", "Between 0 and 3650"),
        (TERMS, "days", "99999999999999999999", "Whole days, please"),
        (CHARGES, "tax_status", "exempt", "Choose one of the list"),
        (CHARGES, "name", "x" * 61, "At most 60 characters"),
    ],
)
def test_what_cannot_be_saved_says_why_and_stays_in_the_form(
    app: Flask, bo: Browser, path: str, field: str, value: str, words: str
) -> None:
    with given.working_in(app, bo.organization_id):
        db.session.add(PaymentTerm(**given.owner(), name="Net 30", days=30))
    entered = {"name": "New one", "days": "10", "tax_status": "default"} | {field: value}
    answer = bo.post(path, entered)
    assert answer.status_code == 422
    assert words in html.unescape(answer.get_data(as_text=True))


def test_one_that_is_used_says_by_what_and_stays(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        term, kind = given.term(), given.charge_kind()
        given.order(charges=[(kind, 500)], location=given.location(payment_term=term), payment_term=term)
        paths = {f"{TERMS}/{term.id}": "1 location and orders", f"{CHARGES}/{kind.id}": "orders"}
    for path, users in paths.items():
        assert users in text_of(bo.get(path))
        assert f"{path}/delete" not in bo.get(path).get_data(as_text=True)
        refused = bo.post(f"{path}/delete", follow_redirects=True)
        assert f"is used by {users}, so it stays." in text_of(refused)
    with given.working_in(app, bo.organization_id):
        assert (given.count(PaymentTerm), given.count(ChargeKind)) == (1, 1)


def test_one_that_nothing_uses_is_deleted_with_its_mapping(app: Flask, bo: Browser) -> None:
    with given.working_in(app, bo.organization_id):
        gone, kept = given.term(), given.term()
        for term in (gone, kept):
            db.session.add(
                Mapping(**given.owner(), section="payment_terms", ours=str(term.id), external_id="3")
            )
        gone_id, gone_name, kept_id = gone.id, gone.name, kept.id
    path = f"{TERMS}/{gone_id}"
    assert f"“{gone_name}” is then gone" in text_of(bo.get(path))
    assert f"{gone_name} is deleted." in text_of(bo.post(f"{path}/delete", follow_redirects=True))
    with given.working_in(app, bo.organization_id):
        assert db.session.scalars(given.select(PaymentTerm.id)).all() == [kept_id]
        assert db.session.scalars(given.select(Mapping.ours)).all() == [str(kept_id)]
        assert db.session.scalars(given.select(Event.text)).all() == [f"Deleted {gone_name}."]


def test_a_viewer_reads_them_and_finds_nothing_to_press(app: Flask, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    with given.working_in(app, viewer.organization_id):
        term = given.term()
        term_id, name = term.id, term.name
    for path in (TERMS, f"{TERMS}/{term_id}"):
        page = viewer.get(path).get_data(as_text=True)
        assert name in page
        assert 'name="days"' not in page


def test_an_empty_list_says_what_to_do(bo: Browser) -> None:
    assert "Add the first one below." in text_of(bo.get(CHARGES))


@pytest.fixture
def bo(signed_in: SignIn) -> Browser:
    return signed_in("bookkeeper")
