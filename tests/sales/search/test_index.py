"""What a record is found by: any of its words, blind to case and accents, and in step with what is saved."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Customer, Location, Sku
from portal.models.words import bare, typed, words_of
from portal.sales import editing, records
from portal.sales.search import index, table_pages
from portal.sales.search.filters import LocationFilter, OrderFilter, SkuFilter
from tests.support import distributor as given


@pytest.mark.parametrize(
    ("text", "same"),
    [("Crème BRÛLÉE", "creme brulee"), ("Straße", "strasse"), ("CŒUR", "coeur"), ("Øl & Łódź", "ol & lodz"),
     ("O’Brien", "o'brien"), ("İstanbul", "istanbul"), ("ﬁne", "fine"), ("E\u0301", "e")],
)  # fmt: skip
def test_case_and_accents_make_no_difference(text: str, same: str) -> None:
    assert bare(text) == same


def test_a_word_is_found_whole_and_behind_each_sign_in_it() -> None:
    assert words_of("O'Brien-Hall (Nord)", None, "SO-10077", "& –") == {
        "o'brien-hall", "brien-hall", "hall", "obrienhall", "nord", "so-10077", "10077", "so10077",
    }  # fmt: skip
    assert {len(word) for word in words_of("x" * 500)} == {60}
    assert typed("  (Nörd lag- bros.) % ") == ["nord", "lag-", "bros", "%"]


def test_a_renamed_customer_is_found_by_its_new_name_at_every_location(ours: uuid.UUID) -> None:
    customer = Customer(organization_id=ours, number="C-1", name="Old Fox")
    records.save_customer(customer, given.bo())
    for number in ("L1", "L2"):
        records.save_location(
            Location(organization_id=ours, customer_id=customer.id, number=number, name="Bar"), given.bo()
        )
    assert found(LocationFilter(q="fox")) == 2
    customer.name, customer.number = "Néw Hare", "C-2"
    records.save_customer(customer, given.bo())
    assert [found(LocationFilter(q=word)) for word in ("fox", "c-1", "hare", "c-2", "bar new")] == [
        0,
        0,
        2,
        2,
        2,
    ]
    customer.number = "D-3"
    records.save_customer(customer, given.bo())
    assert [found(LocationFilter(q=word)) for word in ("c-2", "d-3")] == [0, 2]


def test_a_location_is_found_by_what_it_is_called_now(ours: uuid.UUID) -> None:
    place = Location(organization_id=ours, customer_id=given.customer().id, number="L1", name="Front")
    records.save_location(place, given.bo())
    place.name, place.third_party_id = "Back", "TP 9"
    records.save_location(place, given.bo())
    assert [found(LocationFilter(q=word)) for word in ("front", "back", "tp 9")] == [0, 1, 1]


def test_a_sku_is_found_by_the_name_of_its_product(ours: uuid.UUID) -> None:
    product = given.product(name="Amber Ale")
    sku = Sku(organization_id=ours, product_id=product.id, name="Keg", code="K-1", unit_price=Decimal(1))
    records.save_sku(sku, given.bo())
    product.name = "Golden Ale"
    records.save_product(product, given.bo())
    sku.code = "K-2"
    records.save_sku(sku, given.bo())
    words = ("amber", "golden keg", "k-1", "k-2")
    assert [found(SkuFilter(q=word)) for word in words] == [0, 1, 0, 1]


def test_an_order_is_found_by_the_numbers_it_has_now(ours: uuid.UUID) -> None:
    values: dict[str, Any] = {
        "location_id": given.location().id, "status": "draft", "order_date": date(2026, 11, 2), "notes": "",
        "delivery_date": None, "discount_percent": None, "discount_amount": None, "charges": (),
        "lines": (editing.LineDraft(given.sku().id, "", Decimal(1), Decimal(1), Decimal(0)),),
    }  # fmt: skip
    first = editing.OrderDraft(number="A-1", external_reference="X 5", purchase_order_number=None, **values)
    order = editing.create_order(first, given.bo())
    assert [found(OrderFilter(q=word)) for word in ("a-1", "x 5")] == [1, 1]
    second = editing.OrderDraft(number="B-2", external_reference=None, purchase_order_number="PO7", **values)
    editing.save_order(order, second, order.version, given.bo())
    assert [found(OrderFilter(q=word)) for word in ("a-1", "x", "b-2", "po7")] == [0, 0, 1, 1]


def found(narrowed: LocationFilter | SkuFilter | OrderFilter) -> int:
    return table_pages.page(narrowed).total


def test_what_is_renamed_stands_elsewhere_in_every_table(ours: uuid.UUID) -> None:
    first, second = (given.location(customer=given.customer(name=name)) for name in ("Äpfel", "Birnen"))
    orders = [given.order([], location=place) for place in (first, second)]
    assert shown("customer") == orders
    first.customer.name = "Zitronen"
    records.save_customer(first.customer, given.bo())
    db.session.flush()
    db.session.expire_all()
    assert shown("customer") == orders[::-1]
    assert list(table_pages.page(LocationFilter(), "customer").rows) == [second, first]
    orders[0].number = "9"
    index.renew("order", [orders[0].id])
    assert shown("number") == orders


def shown(sort: str) -> list[Any]:
    return list(table_pages.page(OrderFilter(), sort).rows)
