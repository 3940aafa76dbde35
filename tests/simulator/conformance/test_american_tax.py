"""Sales tax in the US, to the cent: one code on the sum, discounts, and the automated kind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.company import Control, fault
from tests.simulator.conformance.books import Books, named, off, taxes

D = Decimal
TEN_PERCENT = {
    "DetailType": "DiscountLineDetail",
    "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
}


class TestAmericanTax:
    @pytest.fixture
    def code(self, america: Books) -> str:
        return america.code("State sales tax 8%")

    def test_it_is_computed_on_the_sum_with_one_code_on_top(self, america: Books, code: str) -> None:
        made = america.sell(
            america.sale(300.25, "TAX"),
            america.sale(25.50, "TAX"),
            america.sale(10.0, "NON"),
            TxnTaxDetail={"TxnTaxCodeRef": {"value": code}},
        )
        detail = made["TxnTaxDetail"]
        assert (detail["TxnTaxCodeRef"], detail["TotalTax"]) == ({"value": code}, D("26.06"))
        [line] = detail["TaxLine"]
        assert (line["Amount"], line["TaxLineDetail"]["TaxPercent"]) == (D("26.06"), 8)
        assert line["TaxLineDetail"]["NetAmountTaxable"] == D("325.75")
        assert made["TotalAmt"] == D("361.81")

    def test_lines_are_not_rounded_one_by_one(self, america: Books, code: str) -> None:
        """Three times 0.05 at 8 %: 0.15 × 8 % = 0.012, a cent; line by line it would be nothing."""
        made = america.sell(*[america.sale(0.05, "TAX")] * 3, TxnTaxDetail={"TxnTaxCodeRef": {"value": code}})
        assert made["TxnTaxDetail"]["TotalTax"] == D("0.01")

    def test_without_a_code_on_top_it_is_the_customers(self, america: Books, code: str) -> None:
        customer = america.customer(DefaultTaxCodeRef={"value": code})
        assert america.sell(america.sale(100.0, "TAX"), customer=customer["Id"])["TotalAmt"] == 108

    @pytest.mark.parametrize("code", ["2", "5", "CustomSalesTax"])
    def test_a_line_says_tax_or_non_and_nothing_else(self, america: Books, code: str) -> None:
        assert fault(america.post("invoice", america.invoice(america.sale(1.0, code))))[0] == "6100"

    def test_custom_sales_tax_cannot_be_the_code_on_top(self, america: Books) -> None:
        detail = {"TxnTaxCodeRef": {"value": "CustomSalesTax"}}
        body = america.invoice(america.sale(1.0, "TAX"), TxnTaxDetail=detail)
        assert fault(america.post("invoice", body))[0] == "6160"
        sold = america.sell(america.sale(1.0, "TAX"))
        changed = named(sold, sparse=True, TxnTaxDetail=detail)
        assert fault(america.post("invoice", changed))[0] == "6230"

    def test_an_exempt_customer_pays_none(self, america: Books, code: str) -> None:
        exempt = america.customer(Taxable=False, ResaleNum="R-1")
        detail = {"TxnTaxCodeRef": {"value": code}}
        made = america.sell(america.sale(100.0, "TAX"), customer=exempt["Id"], TxnTaxDetail=detail)
        assert made["TotalAmt"] == 100

    def test_a_total_that_is_sent_stands(self, america: Books, code: str) -> None:
        detail = {"TxnTaxCodeRef": {"value": code}, "TotalTax": 7.77}
        made = america.sell(america.sale(100.0, "TAX"), TxnTaxDetail=detail)
        assert (made["TotalAmt"], taxes(made)) == (D("107.77"), {D(8): D("7.77")})

    def test_a_discount_comes_after_the_tax_unless_asked_otherwise(self, america: Books, code: str) -> None:
        detail = {"TxnTaxCodeRef": {"value": code}}
        body = america.invoice(america.sale(100.0, "TAX"), off(10.0), TxnTaxDetail=detail)
        after = america.create("Invoice", body)
        before = america.create("Invoice", body | {"ApplyTaxAfterDiscount": True})
        assert (after["TotalAmt"], after["ApplyTaxAfterDiscount"]) == (98, False)
        assert before["TotalAmt"] == D("97.20")

    def test_ten_percent_off_a_taxed_and_an_untaxed_line(self, america: Books, code: str) -> None:
        """60 taxed and 40 not, 10 off: 54 is taxed where the discount comes first, 4.32; else 60, 4.80."""
        detail = {"TxnTaxCodeRef": {"value": code}}
        lines = (america.sale(60.0, "TAX"), america.sale(40.0, "NON"), TEN_PERCENT)
        first = america.sell(*lines, TxnTaxDetail=detail, ApplyTaxAfterDiscount=True)
        last = america.sell(*lines, TxnTaxDetail=detail)
        assert (first["TotalAmt"], last["TotalAmt"]) == (D("94.32"), D("94.80"))

    def test_global_calculation_is_not_american(self, america: Books) -> None:
        assert "GlobalTaxCalculation" not in america.sell(GlobalTaxCalculation="TaxInclusive")


class TestAutomatedTax:
    @pytest.fixture
    def automated(self, america: Books, control: Control) -> Books:
        control.switch(america.realm, automated_sales_tax=True)
        return america

    def test_it_chooses_the_code_whatever_is_sent(self, automated: Books) -> None:
        own = automated.preferences["TaxPrefs"]["TaxGroupCodeRef"]["value"]
        made = automated.sell(automated.sale(100.0, "TAX"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "99"}})
        assert made["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": own}
        assert made["TotalAmt"] == 108

    def test_what_leaves_the_state_is_not_taxed(self, automated: Books) -> None:
        line = automated.sale(100.0, "TAX")
        assert automated.sell(line, ShipAddr={"CountrySubDivisionCode": "OR"})["TotalAmt"] == 100
        assert automated.sell(line, ShipAddr={"CountrySubDivisionCode": "WA"})["TotalAmt"] == 108

    def test_a_total_that_is_sent_is_honoured(self, automated: Books) -> None:
        made = automated.sell(automated.sale(100.0, "TAX"), TxnTaxDetail={"TotalTax": 8.25})
        assert made["TotalAmt"] == D("108.25")

    def test_a_customer_with_a_reason_is_exempt(self, automated: Books) -> None:
        exempt = automated.customer(TaxExemptionReasonId="9")
        made = automated.sell(automated.sale(100.0, "TAX"), customer=exempt["Id"])
        assert (made["TotalAmt"], made["TaxExemptionRef"]) == (100, {"value": "9"})

    def test_lines_tell_their_classification(self, automated: Books) -> None:
        made = automated.sell(automated.sale(100.0, "TAX"))
        assert "value" in made["Line"][0]["SalesItemLineDetail"]["TaxClassificationRef"]
