"""Quantity times price: the amount it must give, and the price that is derived again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.company import Control, fault
from tests.simulator.conformance.books import Books

D = Decimal


class TestQuantityTimesPrice:
    def test_the_amount_is_their_product_rounded_to_cents(self, books: Books) -> None:
        answer = books.post("invoice", books.invoice(books.sale(10.00, Qty=3, UnitPrice=3.33)))
        assert fault(answer) == ("6070", "Amount is not equal to UnitPrice * Qty. Supplied value:10")
        message = answer.json()["Fault"]["Error"][0]["Message"]
        assert message == "Amount calculation incorrect in the request"
        assert books.sell(books.sale(9.99, Qty=3, UnitPrice=3.33))["TotalAmt"] == D("9.99")

    def test_how_far_it_may_be_off_is_a_switch(self, books: Books, control: Control) -> None:
        control.switch(books.realm, amount_tolerance="a cent")
        made = books.sell(books.sale(10.00, Qty=3, UnitPrice=3.33))
        assert made["Line"][0]["SalesItemLineDetail"]["UnitPrice"] == D("3.3333333")
        assert (
            fault(books.post("invoice", books.invoice(books.sale(10.01, Qty=3, UnitPrice=3.33))))[0] == "6070"
        )

    def test_an_amount_has_fifteen_digits(self, books: Books) -> None:
        assert books.sell(books.sale(999999999999.99))["TotalAmt"] == D("999999999999.99")
        assert fault(books.post("invoice", books.invoice(books.sale(1e16))))[0] == "2090"

    def test_half_a_cent_is_rounded_up(self, books: Books) -> None:
        assert books.sell(books.sale(0.13, Qty=5, UnitPrice=0.025))["TotalAmt"] == D("0.13")
        assert (
            fault(books.post("invoice", books.invoice(books.sale(0.12, Qty=5, UnitPrice=0.025))))[0] == "6070"
        )

    def test_an_amount_alone_or_with_a_quantity_is_fine(self, books: Books) -> None:
        made = books.sell(books.sale(10.0), books.sale(10.0, Qty=3))
        first, second = (line["SalesItemLineDetail"] for line in made["Line"][:2])
        assert not {"Qty", "UnitPrice"} & set(first)
        assert (second["Qty"], second["UnitPrice"]) == (3, D("3.3333333"))

    def test_zeros_for_both_say_nothing(self, books: Books) -> None:
        made = books.sell(books.sale(10.0, Qty=0, UnitPrice=0))
        assert made["TotalAmt"] == 10

    @pytest.mark.parametrize(
        ("quantity", "price", "amount", "read_back"),
        [
            (9.39, 24.49, 229.96, "24.4898829"),
            (3, 3.3333333, 10.0, "3.3333333"),
            (15, 0.5306667, 7.96, "0.5306667"),
            (1.5, 12.5, 18.75, "12.5"),
        ],
    )
    def test_a_price_that_does_not_give_the_amount_is_derived_again_to_seven_places(
        self, books: Books, quantity: float, price: float, amount: float, read_back: str
    ) -> None:
        made = books.sell(books.sale(amount, Qty=quantity, UnitPrice=price))
        assert made["Line"][0]["SalesItemLineDetail"]["UnitPrice"] == D(read_back)

    def test_a_discount_of_the_line_is_taken_off_the_product(self, books: Books) -> None:
        assert books.sell(books.sale(90.0, Qty=10, UnitPrice=10, DiscountRate=10))["TotalAmt"] == 90
        assert books.sell(books.sale(95.0, Qty=10, UnitPrice=10, DiscountAmt=5))["TotalAmt"] == 95
