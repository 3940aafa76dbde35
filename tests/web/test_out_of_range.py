"""Whatever is typed into a field of a form is stored as it is, or refused in a sentence; never a 500."""

import unicodedata
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
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
    PaymentTerm,
    Product,
    Sku,
)
from portal.web.customers import CustomerForm, LocationForm
from portal.web.fields import LARGEST
from portal.web.lists import MOST_DAYS, ChargeForm, TermForm
from portal.web.order_form import OrderForm
from portal.web.products import ProductForm, SkuForm
from portal.web.saving import RecordForm
from tests.support import distributor as given
from tests.support import tables
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
FORMS: dict[type[RecordForm], type[Any]] = {
    CustomerForm: Customer,
    LocationForm: Location,
    ProductForm: Product,
    SkuForm: Sku,
    TermForm: PaymentTerm,
    ChargeForm: ChargeKind,
    OrderForm: Order,
}
ROWS = {"lines": OrderLine, "charges": OrderCharge}
NOT_OURS = ("Not a valid", "Invalid", "This field", "longer than", "could not")


@pytest.mark.parametrize("kind", FORMS)
def test_each_field_takes_what_fits_its_column_and_refuses_the_rest(
    app: Flask, kind: type[RecordForm]
) -> None:
    organization_id = organization(app, "Ours")
    with app.test_request_context():
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
def test_no_single_field_breaks_a_page_and_nothing_typed_is_lost(
    app: Flask, signed_in: SignIn, page: str
) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        path = PAGES[page]()
    form = filled(bo, path, _held(path))
    for field in [name for name in form if name != "version" and not name.endswith("-id")]:
        for value in ("a\x00b", "x" * 5000, "9999-12-31"):
            answer = bo.post(path, form | {field: value})
            assert answer.status_code in (302, 422), (field, value)
            if answer.status_code == 422:
                assert _is_kept(answer.get_data(as_text=True), field, value), (field, value)
            else:
                form = filled(bo, path, _held(path))


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


def test_an_order_of_more_rows_than_quickbooks_takes_is_refused_whole(app: Flask, signed_in: SignIn) -> None:
    bo = signed_in("bookkeeper")
    with given.working_in(app, bo.organization_id):
        code = given.sku().code
        path = PAGES["order"]()
    rows = {f"lines-{n}-sku": code for n in range(751)} | {f"lines-{n}-quantity": "1" for n in range(751)}
    answer = bo.post(path, filled(bo, path, _held(path)) | rows)
    assert answer.status_code == 422
    assert b"at most 750 lines and charges" in answer.data
    assert b'name="lines-750-quantity"' in answer.data


def _validated(kind: type[RecordForm]) -> RecordForm:
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


def _names(kind: type[RecordForm]) -> list[str]:
    """Every name that a form of this kind reads, with a row each."""
    with_rows = kind(meta={"csrf": False}, formdata=None)
    for rows in ROWS:
        if rows in with_rows:
            with_rows[rows].append_entry()
    return [field.name for field, _ in _fields(with_rows, FORMS[kind])]


def _fields(fields: Any, model: type[Any]) -> Iterator[tuple[Field, type[Any]]]:
    for field in fields:
        if field.type == "FormField":
            yield from _fields(field.form, model)
        elif field.type == "FieldList":
            for entry in field.entries:
                yield from _fields(entry.form, ROWS[field.name])
        elif field.short_name != "version":
            yield field, model


def _fits(field: Field, model: type[Any]) -> bool:
    value = field.data
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
