"""Whatever is typed into a field of a form is stored as it is, or refused in a sentence; never a 500."""

import re
import sys
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from sqlalchemy import String, inspect
from wtforms import Field

from demo.pages import Page
from portal import create_app
from portal.extensions import db
from portal.models import (
    ChargeKind,
    Customer,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    Organization,
    PaymentTerm,
    Product,
    Sku,
)
from portal.sales.field_rules import LARGEST, MOST_DAYS
from portal.web.bulk.exemptions import ExemptionForm
from portal.web.forms.filed_form import FiledForm
from portal.web.forms.record_form import RecordForm
from portal.web.forms.slot_form import Choices
from portal.web.integrations.keys import KeysForm
from portal.web.integrations.sync_settings import SyncForm
from portal.web.people.account import InvitationForm, PasswordForm
from portal.web.people.auth import SignInForm
from portal.web.people.members import InviteForm
from portal.web.people.organization import ZoneForm
from portal.web.people.organization_settings import NameForm, NumbersForm
from portal.web.records import order_form
from portal.web.records.corrections import CorrectionForm
from portal.web.records.customers import CustomerForm, LocationForm
from portal.web.records.order_form import OrderForm
from portal.web.records.products import ProductForm, SkuForm
from portal.web.records.terms_and_charges import ChargeKindForm, TermForm
from tests.support import distributor as given
from tests.support import every_page, tables
from tests.support.forms import filled
from tests.support.people import SignIn, organization
from tests.support.settings import settings

NASTY = (
    "", " ", "\x00", "a\x00b", "a\x1fb", "a\x85b", "a\nb", "x" * 5000, "🍺" * 300, "é" * 200,
    "-1", "0", "-0", "0.0000001", "1e400", "1e-400", "NaN", "sNaN", "Infinity", "1,5", "1_000", "0x10",
    "²", "９", "9" * 400, "999999999.999999", "1000000000", "9223372036854775808",
    "0000-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "26-1-1",
    "nonsense", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --", "<script>alert(1)</script>", "=1+1",
)  # fmt: skip
FORMS: dict[type[FlaskForm], type[Any] | None] = {
    CustomerForm: Customer,
    LocationForm: Location,
    ProductForm: Product,
    SkuForm: Sku,
    TermForm: PaymentTerm,
    ChargeKindForm: ChargeKind,
    OrderForm: Order,
    SignInForm: None,
    PasswordForm: None,
    InvitationForm: None,
    InviteForm: None,
    KeysForm: None,
    SyncForm: None,
    ZoneForm: None,
    NameForm: Organization,
    NumbersForm: Organization,
    ExemptionForm: None,
}
# Forms of others' fields, and what is made anew for each page of values: the walk over all pages meets that.
NOT_BY_THEMSELVES = {RecordForm, Choices, FiledForm, CorrectionForm}
ROWS = {"lines": OrderLine, "charges": OrderCharge}
# What these forms take ends the session that the walk goes on with.
SIGN_IN_ANEW = ("/account", "/invitation")
NOT_OURS = ("Not a valid", "Invalid", "This field", "longer than", "could not")


@pytest.mark.parametrize("kind", FORMS)
def test_each_field_takes_what_fits_its_column_and_refuses_the_rest(
    app: Flask, kind: type[FlaskForm]
) -> None:
    organization_id = organization(app, "Ours")
    with app.test_request_context():
        db.session.info["organization_id"] = organization_id
        names = _names(kind)
    for value in NASTY:
        with app.test_request_context(method="POST", data=dict.fromkeys(names, value)):
            db.session.info["organization_id"] = organization_id
            for field, model in _fields(_validated(kind), FORMS[kind]):
                if field.errors:
                    assert not [word for one in field.errors for word in NOT_OURS if word in one], (
                        field.errors
                    )
                else:
                    assert _fits(field, model), (field.name, field.data)


def test_no_form_is_left_out() -> None:
    written = {
        one for one in _descendants(FlaskForm) if vars(sys.modules[one.__module__]).get(one.__name__) is one
    }
    assert {one for one in written if one.__module__.startswith("portal.web")} == {*FORMS, *NOT_BY_THEMSELVES}


def test_whatever_stands_in_all_fields_of_a_form_is_answered_with_a_page(
    app: Flask, signed_in: SignIn
) -> None:
    """Of every form on every page that somebody can fill in."""
    ada = signed_in("administrator", "Everything")
    with given.working_in(app, ada.organization_id):
        given.connection()
    ids = every_page.one_of_each(app, ada.organization_id)
    met = set()
    for address in every_page.addresses(app, ids, every_page.an_invitation(app, ada.organization_id)):
        page = ada.get(address)
        if page.mimetype != "text/html" or page.status_code != 200:
            continue
        for form in Page(address, page.get_data(as_text=True)).forms:
            typed = {one.name for one in form.fields if one.name and one.kind not in ("hidden", "submit")}
            where = form.method, form.action.split("?")[0]
            if not typed or where in met or where[1].endswith(SIGN_IN_ANEW):
                continue
            met.add(where)
            for value in ("a\x00b", "9999-12-31"):
                data = dict(form.data()) | dict.fromkeys(typed, value)
                answer = ada.client.open(
                    form.action,
                    method=form.method,
                    data=data if form.method == "post" else None,
                    query_string=data if form.method == "get" else None,
                    follow_redirects=True,
                )
                shown = answer.get_data(as_text=True)
                assert answer.status_code in (200, 400, 409, 422), (where, value)
                assert not [word for word in NOT_OURS if word in shown], (where, value)
    assert len(met) >= 20, met


PAGES: dict[str, Callable[[], str]] = {
    "customer": lambda: f"/customers/{given.customer().id}",
    "location": lambda: f"/locations/{given.location().id}",
    "product": lambda: f"/products/{given.product().id}",
    "sku": lambda: f"/skus/{given.sku().id}",
    "order": lambda: f"/orders/{given.order(charges=[(given.charge_kind(), 500)]).id}/edit",
    "payment-term": lambda: f"/settings/payment-terms/{given.term().id}",
    "charge-kind": lambda: f"/settings/charge-kinds/{given.charge_kind().id}",
}


@pytest.mark.parametrize("page", PAGES)
def test_of_a_form_that_is_refused_nothing_typed_is_lost(app: Flask, signed_in: SignIn, page: str) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        path = PAGES[page]()
    form = filled(bo, path, _held(path))
    fields = [name for name in form if name != "version" and not name.endswith("-id")]
    for value in ("a\x00b", "x" * 5000):
        answer = bo.post(path, form | dict.fromkeys(fields, value))
        assert answer.status_code == 422, value
        lost = [name for name in fields if not _is_kept(answer.get_data(as_text=True), name, value)]
        assert lost == [], value


def test_lines_that_come_to_more_than_a_column_holds_are_refused_beside_the_quantity(
    app: Flask, signed_in: SignIn
) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        path = PAGES["order"]()
    huge = {"lines-0-quantity": "999999999", "lines-0-unit_price": "999999999"}
    answer = bo.post(path, filled(bo, path, _held(path)) | huge)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Line 1 comes to more than 10,000,000,000.00" in page
    assert 'href="#lines-0-quantity"' in page


def test_an_order_of_more_rows_than_quickbooks_takes_is_refused_whole(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert order_form.MOST_ROWS == 750
    monkeypatch.setattr(order_form, "MOST_ROWS", 5)
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        code = given.sku().code
        path = PAGES["order"]()
    rows = {f"lines-{n}-sku": code for n in range(6)} | {f"lines-{n}-quantity": "1" for n in range(6)}
    answer = bo.post(path, filled(bo, path, _held(path)) | rows)
    assert answer.status_code == 422
    assert b"at most 5 lines and charges" in answer.data
    assert b'name="lines-5-quantity"' in answer.data


def _descendants(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield from (one, *_descendants(one))


def _validated(kind: type[FlaskForm]) -> FlaskForm:
    """The form of this request, treated as its page does."""
    form = kind(meta={"csrf": False})
    if isinstance(form, LocationForm):
        form.offer_terms()
    if isinstance(form, OrderForm):
        form.look_up()
        form.take_over()
        form.sums()
    form.validate()
    return form


def _held(path: str) -> str:
    """A field that the form of this page has, and no other."""
    return "lines-0-quantity" if "orders" in path else "name"


def _names(kind: type[FlaskForm]) -> list[str]:
    """Every name that a form of this kind reads, with a row each."""
    with_rows = kind(meta={"csrf": False}, formdata=None)
    for rows in ROWS:
        if rows in with_rows:
            with_rows[rows].append_entry()
    return [field.name for field, _ in _fields(with_rows, FORMS[kind])]


def _fields(fields: Any, model: type[Any] | None) -> Iterator[tuple[Field, type[Any] | None]]:
    for field in fields:
        if field.type == "FormField":
            yield from _fields(field.form, model)
        elif field.type == "FieldList":
            for entry in field.entries:
                yield from _fields(entry.form, ROWS[field.name])
        elif field.short_name != "version":
            yield field, model


def _fits(field: Field, model: type[Any] | None) -> bool:
    value = field.data
    if model is None:  # passwords are taken as they are, and of the token only a hash is looked for
        return field.type in ("PasswordField", "HiddenField") or not re.search(r"[\x00-\x1f]", str(value))
    if value is None or isinstance(value, bool | uuid.UUID):
        return True
    if isinstance(value, Decimal):
        return abs(value) < LARGEST and value == round(value, 6)
    if isinstance(value, date):
        return 2000 <= value.year <= 2099
    if isinstance(value, int):
        return abs(value) < 100 * LARGEST and (field.short_name != "days" or 0 <= value <= MOST_DAYS)
    column = inspect(model).columns.get(field.short_name)
    limit = getattr(column.type, "length", None) if column is not None else None
    bare = value.replace("\n", "") if field.type == "TextAreaField" else value
    return (
        len(value) <= (limit or 4000)
        and not any(unicodedata.category(letter) == "Cc" for letter in bare)
        and (column is None or isinstance(column.type, String))
    )


def _is_kept(page: str, name: str, value: str) -> bool:
    """What was typed stands in the field again; a dropdown can't show what it doesn't offer."""
    field = Page("", page).form(name)[name]
    return field.kind in ("select", "checkbox") or field.value.strip() == value


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One portal for all: what is stored stays."""
    made = create_app(settings(tmp_path_factory.mktemp("out-of-range")))
    tables.make(made)
    yield made
    with made.app_context():
        db.engine.dispose()
