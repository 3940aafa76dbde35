"""Sales tax outside the US, to the cent: on top, overridden, inside the price, one upon another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from simulator.tax import Code, Rate, TaxedAmount, rate_upon, totals
from tests.simulator.company import Control, fault
from tests.simulator.conformance.books import Books, off, taxes

D = Decimal
NO_RATE = "Business Validation Error: Make sure all your transactions have a GST/HST rate before you save."


class TestTaxOnTopInCanada:
    def test_lines_are_rounded_one_by_one(self, canada: Books) -> None:
        """29 lines of 1.59 and 2 of 17.49 at 12 %: 29 × 0.19 + 2 × 2.10 = 9.71, and not 9.73 nor 9.69."""
        code = canada.code("GST/PST BC")
        made = canada.sell(*[canada.sale(1.59, code)] * 29, *[canada.sale(17.49, code)] * 2)
        assert made["TxnTaxDetail"]["TotalTax"] == D("9.71")
        assert made["TotalAmt"] == D("90.80")
        assert sum(taxes(made).values()) == D("9.71")

    @pytest.mark.parametrize(("rounding", "tax"), [("document", "9.73"), ("line-and-rate", "9.69")])
    def test_the_rounding_is_a_switch(self, canada: Books, control: Control, rounding: str, tax: str) -> None:
        control.switch(canada.realm, tax_rounding=rounding)
        code = canada.code("GST/PST BC")
        made = canada.sell(*[canada.sale(1.59, code)] * 29, *[canada.sale(17.49, code)] * 2)
        assert made["TxnTaxDetail"]["TotalTax"] == D(tax)

    @pytest.mark.parametrize(
        ("rate_of", "taxes_of_days"),
        [
            ("document", {"2025-03-31": "15.00", "2025-04-01": "14.00"}),
            ("today", {"2025-03-31": "14.00", "2025-04-01": "14.00"}),
        ],
    )
    def test_nova_scotia_went_from_15_to_14_percent_on_1_april_2025(
        self, canada: Books, control: Control, rate_of: str, taxes_of_days: dict[str, str]
    ) -> None:
        """Which day a rate is taken of is a switch."""
        control.switch(canada.realm, tax_rate_of=rate_of, close_date=None)
        for day, tax in taxes_of_days.items():
            made = canada.sell(canada.sale(100.0, canada.code("HST NS")), TxnDate=day)
            assert made["TxnTaxDetail"]["TotalTax"] == D(tax)

    def test_fifty_at_13_percent_and_twenty_zero_rated(self, canada: Books) -> None:
        made = canada.sell(
            canada.sale(50.00, canada.code("HST ON"), Qty=4, UnitPrice=12.5),
            canada.sale(20.00, canada.code("Zero-rated")),
            GlobalTaxCalculation="TaxExcluded",
        )
        assert made["TotalAmt"] == D("76.50")
        first, second = made["TxnTaxDetail"]["TaxLine"]
        assert (first["Amount"], first["DetailType"]) == (D("6.50"), "TaxLineDetail")
        assert {key: value for key, value in first["TaxLineDetail"].items() if key != "TaxRateRef"} == {
            "PercentBased": True, "TaxPercent": 13, "NetAmountTaxable": D("50.00"),
        }  # fmt: skip
        assert (second["Amount"], second["TaxLineDetail"]["NetAmountTaxable"]) == (0, D("20.00"))

    def test_three_codes_share_the_rate_they_have_in_common(self, canada: Books) -> None:
        """33.33 at 13 % is 4.33, 12.35 at 5 % 0.62, 7.77 at 5 + 7 % 0.93: GST stands once, 0.62 + 0.39."""
        made = canada.sell(
            canada.sale(33.33, canada.code("HST ON")),
            canada.sale(12.35, canada.code("GST")),
            canada.sale(7.77, canada.code("GST/PST BC")),
        )
        assert taxes(made) == {D(13): D("4.33"), D(5): D("1.01"), D(7): D("0.54")}
        assert made["TotalAmt"] == D("59.33")

    def test_exempt_zero_rated_and_out_of_scope_are_three_codes_of_nothing(self, canada: Books) -> None:
        codes = [canada.code(name) for name in ("Exempt", "Zero-rated", "Out of Scope")]
        made = canada.sell(*[canada.sale(10.0, code) for code in codes])
        assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (30, 0)
        assert len(made["TxnTaxDetail"]["TaxLine"]) == 3

    def test_the_rate_is_that_of_the_documents_day(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, close_date=None)
        code = canada.code("HST NS")
        before = canada.sell(canada.sale(100.0, code), TxnDate="2025-03-31")
        after = canada.sell(canada.sale(100.0, code), TxnDate="2025-04-01")
        assert (before["TotalAmt"], after["TotalAmt"]) == (115, 114)

    def test_a_discount_lowers_the_tax(self, canada: Books) -> None:
        code = canada.code("HST ON")
        made = canada.sell(canada.sale(60.0, code), canada.sale(40.0, code), off(10.0))
        assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D("11.70"), D("101.70"))

    def test_a_line_without_a_code_is_refused(self, canada: Books) -> None:
        line = canada.sale(1.0, TaxCodeRef=None)
        assert fault(canada.post("invoice", canada.invoice(line))) == ("6000", NO_RATE)
        header = {"TxnTaxCodeRef": {"value": canada.code("HST ON")}}
        assert fault(canada.post("invoice", canada.invoice(line, TxnTaxDetail=header))) == ("6000", NO_RATE)

    @pytest.mark.parametrize("code", ["TAX", "NON"])
    def test_american_codes_mean_nothing(self, canada: Books, code: str) -> None:
        assert fault(canada.post("invoice", canada.invoice(canada.sale(1.0, code))))[0] == "2500"

    def test_a_code_without_a_rate_on_sales_is_refused(self, canada: Books) -> None:
        code = canada.code("GST/HST Adjustment")
        assert fault(canada.post("invoice", canada.invoice(canada.sale(1.0, code))))[0] == "6470"

    def test_outside_of_tax_no_code_is_needed_and_no_tax_allowed(self, canada: Books) -> None:
        body = canada.invoice(canada.sale(10.0, TaxCodeRef=None), GlobalTaxCalculation="NotApplicable")
        assert canada.create("Invoice", body)["TotalAmt"] == 10
        assert fault(canada.post("invoice", body | {"TxnTaxDetail": {"TotalTax": 1}}))[0] == "6170"

    def test_a_line_code_overrides_the_items_own(self, canada: Books) -> None:
        own = {"value": canada.code("HST ON")}
        item: Any = {"value": canada.create("Item", canada.service(SalesTaxCodeRef=own))["Id"]}
        assert canada.sell(canada.sale(100.0, canada.code("GST"), ItemRef=item))["TotalAmt"] == 105

    def test_the_british_wording_is_of_vat(self, canada: Books, control: Control) -> None:
        control.switch(canada.realm, country="GB")
        answer = canada.post("invoice", canada.invoice(canada.sale(1.0, TaxCodeRef=None)))
        assert fault(answer)[1] == (
            "Business Validation Error: Make sure all your transactions have a VAT rate before you save."
        )

    def test_without_sales_tax_in_use_none_is_stored(self, canada: Books, control: Control) -> None:
        code = canada.code("HST ON")
        control.switch(canada.realm, sales_tax=False)
        made = canada.sell(canada.sale(10.0, code))
        assert (made["TotalAmt"], made["TxnTaxDetail"]) == (10, {"TotalTax": 0})


class TestOverrides:
    def rate(self, canada: Books, name: str) -> str:
        return str(canada.query(f"select * from TaxRate where Name = '{name}'")["TaxRate"][0]["Id"])

    def test_a_tax_line_for_every_rate_has_its_way(self, canada: Books) -> None:
        line = {
            "Amount": 12.99,
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {"TaxRateRef": {"value": self.rate(canada, "HST ON")}, "PercentBased": True},
        }
        detail = {"TotalTax": 12.99, "TaxLine": [line]}
        made = canada.sell(canada.sale(100.0, canada.code("HST ON")), TxnTaxDetail=detail)
        assert made["TotalAmt"] == D("112.99")

    def test_one_that_names_some_rates_only_is_refused(self, canada: Books) -> None:
        line = {
            "Amount": 5.01,
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {"TaxRateRef": {"value": self.rate(canada, "GST")}},
        }
        body = canada.invoice(
            canada.sale(100.0, canada.code("GST/PST BC")), TxnTaxDetail={"TotalTax": 5.01, "TaxLine": [line]}
        )
        assert fault(canada.post("invoice", body))[0] == "2280"

    def test_one_without_a_type_is_refused(self, canada: Books) -> None:
        line = {"Amount": 1, "TaxLineDetail": {"TaxRateRef": {"value": self.rate(canada, "HST ON")}}}
        body = canada.invoice(canada.sale(1.0, canada.code("HST ON")), TxnTaxDetail={"TaxLine": [line]})
        assert fault(canada.post("invoice", body)) == (
            "2020",
            "TxnTaxDetail.TaxLine.DetailTypeEnum is missing in the request",
        )

    def test_old_tax_sent_back_with_a_new_amount_sticks(self, canada: Books) -> None:
        code = canada.code("HST ON")
        made = canada.sell(canada.sale(100.0, code))
        detail = {
            "TotalTax": 13.0,
            "TaxLine": [
                {
                    "Amount": 13.0,
                    "DetailType": "TaxLineDetail",
                    "TaxLineDetail": {"TaxRateRef": {"value": self.rate(canada, "HST ON")}},
                }
            ],
        }
        stuck = canada.update("Invoice", made, Line=[canada.sale(10.0, code)], TxnTaxDetail=detail)
        assert stuck["TotalAmt"] == 23
        fresh = canada.update("Invoice", stuck, Line=[canada.sale(20.0, code)])
        assert fresh["TotalAmt"] == D("22.60")


class TestPricesThatIncludeTax:
    def test_the_net_is_rounded_line_by_line_and_tax_is_what_is_left(self, canada: Books) -> None:
        """9.00 and 3.00 at 13 %: nets 7.96 and 2.65; 20 % off is 2.12; 8.49 taxable; 9.60 − 8.49 = 1.11."""
        code = canada.code("HST ON")
        twenty = {
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 20},
        }
        made = canada.sell(
            canada.sale(9.0, code, Qty=15, UnitPrice=0.6),
            canada.sale(3.0, code),
            twenty,
            GlobalTaxCalculation="TaxInclusive",
        )
        first, second, subtotal, discount = made["Line"]
        assert (first["Amount"], second["Amount"], subtotal["Amount"]) == (D("7.96"), D("2.65"), D("10.61"))
        assert first["SalesItemLineDetail"]["UnitPrice"] == D("0.5306667")
        assert first["SalesItemLineDetail"]["TaxInclusiveAmt"] == 9
        assert discount["Amount"] == D("2.12")
        [line] = made["TxnTaxDetail"]["TaxLine"]
        assert line["TaxLineDetail"]["NetAmountTaxable"] == D("8.49")
        assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"]) == (D("1.11"), D("9.60"))

    @pytest.mark.parametrize(
        ("gross", "net", "tax"),
        [(113.0, "100.00", "13.00"), (0.01, "0.01", "0"), (9.99, "8.84", "1.15"), (100.0, "88.50", "11.50")],
    )
    def test_one_line_at_13_percent(self, canada: Books, gross: float, net: str, tax: str) -> None:
        line = canada.sale(gross, canada.code("HST ON"))
        made = canada.sell(line, GlobalTaxCalculation="TaxInclusive")
        assert made["Line"][0]["Amount"] == D(net)
        assert made["TxnTaxDetail"]["TotalTax"] == D(tax)
        assert made["TotalAmt"] == D(str(gross))

    def test_the_gross_may_stand_beside_the_net(self, canada: Books) -> None:
        line = canada.sale(7.96, canada.code("HST ON"), TaxInclusiveAmt=9.0)
        made = canada.sell(line, GlobalTaxCalculation="TaxInclusive")
        assert (made["TotalAmt"], made["Line"][0]["Amount"]) == (9, D("7.96"))


class TestCompoundRates:
    """A tax upon a tax: 100 at 5 %, then 9.5 % on 105."""

    def test_the_second_is_of_net_and_first(self) -> None:
        first = Rate("1", D(5), D(5))
        code = Code("q", "Q", (first, rate_upon([first], "2", D("9.5"), "TaxOnAmountPlusTax")))
        parts = totals([TaxedAmount(D("100.00"), code)], "line")
        assert [part.tax for part in parts] == [D("5.00"), D("9.98")]
        assert sum(part.tax for part in parts) == D("14.98")
        assert parts[1].rate.printed_percent == D("9.5")

    def test_a_tax_on_tax_is_of_the_first_alone(self) -> None:
        first = Rate("1", D(10), D(10))
        code = Code("q", "Q", (first, rate_upon([first], "2", D(20), "TaxOnTax")))
        parts = totals([TaxedAmount(D("100.00"), code)], "document")
        assert [part.tax for part in parts] == [D("10.00"), D("2.00")]

    def test_a_tax_on_the_amount_minds_no_other(self) -> None:
        first = Rate("1", D(5), D(5))
        assert rate_upon([first], "2", D(7), "TaxOnAmount").percent == 7
