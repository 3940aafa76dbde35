"""Cells as files write them: numbers, money, percentages, days; and what can't be told is asked."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.imports.fields import CUSTOMERS, KINDS, ORDERS, PRODUCTS, Field
from portal.imports.settings import Settings, folded
from portal.imports.values import Values, is_ambiguous
from portal.sales.field_rules import Wrong


def read(field: Field, text: str, **written: Any) -> Any:
    return Values(Settings(**written), {"net 30": 7}).read(field, text)


QUANTITY, PERCENT = ORDERS.field("quantity"), ORDERS.field("discount_percent")
DAY, FREIGHT = ORDERS.field("order_date"), ORDERS.field("freight")


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1234.5", ".", "1234.5"),
        ("1,234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,5", ",", "1234.5"),
        ("1'234.5", ".", "1234.5"),
        ("-3", ".", "-3"),
        ("3-", ".", "-3"),
        ("(12.50)", ".", "-12.50"),
        ("$ 12.50", ".", "12.50"),
        (",5", ",", "0.5"),
    ],
)
def test_a_number_is_read_as_its_file_writes_numbers(text: str, decimal: str, value: str) -> None:
    assert read(QUANTITY, text, decimal=decimal) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("12,50", "."),
        ("1,2,3", "."),
        ("1.2345.6", ","),
        ("x", "."),
        ("1e5x", "."),
        ("NaN", "."),
        ("9" * 30, "."),
    ],
)
def test_what_is_no_number_there_says_so(text: str, decimal: str) -> None:
    with pytest.raises(Wrong):
        read(QUANTITY, text, decimal=decimal)


def test_money_is_whole_cents_and_a_percentage_is_of_a_hundred_however_it_is_written() -> None:
    assert read(FREIGHT, "32.38") == 3238
    with pytest.raises(Wrong, match="At most 2 decimals"):
        read(FREIGHT, "32.385")
    assert read(PERCENT, "5") == read(PERCENT, "5 %") == Decimal(5)
    assert read(PERCENT, "0.05", percent="fraction") == read(PERCENT, "5%", percent="fraction") == Decimal(5)
    with pytest.raises(Wrong, match="between 0 and 100"):
        read(PERCENT, "5", percent="fraction")


@pytest.mark.parametrize(
    ("text", "days", "value"),
    [
        ("2010-12-01 08:26:00", "", date(2010, 12, 1)),
        ("2010/12/01", "", date(2010, 12, 1)),
        ("25/12/2010", "", date(2010, 12, 25)),
        ("12/25/10", "", date(2010, 12, 25)),
        ("03/04/2026", "dmy", date(2026, 4, 3)),
        ("03/04/2026", "mdy", date(2026, 3, 4)),
        ("03.03.2026", "", date(2026, 3, 3)),
        ("1 Dec 2010", "", date(2010, 12, 1)),
        ("Dec 1, 2010", "", date(2010, 12, 1)),
        ("40513", "", date(2010, 12, 1)),
    ],
)
def test_a_day_is_read_as_its_file_writes_days(text: str, days: str, value: date) -> None:
    assert read(DAY, text, days=days) == value


def test_a_day_that_may_be_two_is_asked_about() -> None:
    assert is_ambiguous("03/04/2026")
    assert not is_ambiguous("2026-04-03")
    with pytest.raises(Wrong, match="either of two days"):
        read(DAY, "03/04/2026")
    for text in ("2026-02-30", "31/31/2026", "soon", "0001-01-01", "99999"):
        with pytest.raises(Wrong):
            read(DAY, text)


def test_other_values_say_what_may_be_meant() -> None:
    customer, product = CUSTOMERS.field, PRODUCTS.field
    assert read(customer("payment_term_id"), "NET 30") == 7
    assert read(customer("delivery_country"), "Germany") == "DEU"
    assert read(customer("customer_number"), "17850.0") == "17850"
    assert read(customer("tax_status"), "Zero-rated") == "zero_rated"
    assert read(customer("inactive"), "1") is False
    assert read(product("kind"), "Container deposit") == "container_deposit"
    for field, text in (
        (customer("payment_term_id"), "N30"),
        (customer("delivery_country"), "EIRE"),
        (customer("tax_status"), "sometimes"),
        (customer("active"), "perhaps"),
        (customer("email"), "ada@"),
        (customer("phone"), "1" * 31),
        (customer("customer_name"), "a\0b"),
        (customer("customer_name"), "#REF!"),
        (customer("customer_name"), "Caf\ufffd"),
        (product("unit_price"), "-1"),
    ):
        with pytest.raises(Wrong):
            read(field, text)


def test_a_mended_value_is_read_instead_of_what_stands_there() -> None:
    mends = {"payment_term_id": {"N30": "Net 30"}}
    assert read(CUSTOMERS.field("payment_term_id"), "N30", mends=mends) == 7


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20), st.sampled_from(["", "dmy", "mdy"]), st.sampled_from([".", ","]))
def test_whatever_stands_in_a_cell_is_a_value_or_wrong(text: str, days: str, decimal: str) -> None:
    for kind in KINDS.values():
        values = Values(Settings(days=days, decimal=decimal), {})
        for field in kind.fields:
            try:
                values.read(field, text.strip())
            except Wrong as wrong:
                assert str(wrong)


def test_no_two_fields_of_a_kind_are_called_alike() -> None:
    for kind in KINDS.values():
        labels = [folded(field.label) for field in kind.fields]
        assert len(set(labels)) == len(labels)
