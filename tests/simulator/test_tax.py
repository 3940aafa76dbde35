"""Tax to the cent: worked figures, typed out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from simulator.tax import Code, Rate, TaxedAmount, spread, totals
from tests.simulator.company import CANADA, Company, Control, fault, invoice, sale

D = Decimal
TWELVE = Code("9", "GST/PST BC", (Rate("13", D(5), D(5)), Rate("17", D(7), D(7))))
THIRTY_ONE_LINES = [D("1.59")] * 29 + [D("17.49")] * 2


@pytest.mark.parametrize(
    ("rounding", "tax"), [("line", "9.71"), ("document", "9.73"), ("line-and-rate", "9.69")]
)
def test_thirty_one_lines_at_twelve_percent(rounding: str, tax: str) -> None:
    """29 lines of 1.59 and 2 of 17.49: 29 × 0.19 + 2 × 2.10 = 9.71; on the sum 81.09 × 12 % = 9.73."""
    parts = totals([TaxedAmount(net, TWELVE) for net in THIRTY_ONE_LINES], rounding)
    assert sum(part.tax for part in parts) == D(tax)


def test_the_split_over_rates_adds_up_to_the_cent() -> None:
    gst, pst = totals([TaxedAmount(net, TWELVE) for net in THIRTY_ONE_LINES], "line")
    assert (gst.tax, pst.tax) == (D("4.05"), D("5.66"))
    assert (gst.net, pst.net) == (D("81.09"), D("81.09"))


def test_a_spread_amount_loses_no_cent() -> None:
    assert spread(D("10.00"), [D(1), D(1), D(1)]) == [D("3.33"), D("3.33"), D("3.34")]
    assert spread(D("0.01"), [D(5), D(0)]) == [D("0.01"), D(0)]


def test_canadian_lines_are_rounded_one_by_one(canada: Company) -> None:
    lines = [sale(str(net), "9") for net in THIRTY_ONE_LINES]
    made = canada.create("Invoice", invoice(*lines, DocNumber="306952"))
    assert made["TxnTaxDetail"]["TotalTax"] == D("9.71")
    assert made["TotalAmt"] == D("90.80")


@pytest.mark.parametrize(("rounding", "tax"), [("document", "9.73"), ("line-and-rate", "9.69")])
def test_the_rounding_is_a_switch(canada: Company, control: Control, rounding: str, tax: str) -> None:
    control.switch(CANADA, tax_rounding=rounding)
    made = canada.create("Invoice", invoice(*[sale(str(net), "9") for net in THIRTY_ONE_LINES]))
    assert made["TxnTaxDetail"]["TotalTax"] == D(tax)


def test_hst_on_fifty_and_twenty_zero_rated(canada: Company) -> None:
    made = canada.create("Invoice", invoice(sale("50.00", "5", Qty=4, UnitPrice=12.5), sale("20.00", "3")))
    assert made["TxnTaxDetail"] == {
        "TotalTax": D("6.50"),
        "TaxLine": [
            {
                "Amount": D("6.50"),
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": "11"},
                    "PercentBased": True,
                    "TaxPercent": 13,
                    "NetAmountTaxable": D("50.00"),
                },
            },
            {
                "Amount": 0,
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": "4"},
                    "PercentBased": True,
                    "TaxPercent": 0,
                    "NetAmountTaxable": D("20.00"),
                },
            },
        ],
    }
    assert made["TotalAmt"] == made["Balance"] == D("76.50")


def test_half_a_cent_is_rounded_up_on_each_line(canada: Company) -> None:
    """0.50 at 5 % is 0.025: three lines come to 0.09, not 0.06 and not 0.08."""
    made = canada.create("Invoice", invoice(*[sale("0.50", "7")] * 3))
    assert made["TxnTaxDetail"]["TotalTax"] == D("0.09")


def test_exempt_zero_rated_and_out_of_scope_lines_carry_no_tax(canada: Company) -> None:
    made = canada.create("Invoice", invoice(sale("10.00", "2"), sale("10.00", "3"), sale("10.00", "6")))
    assert made["TxnTaxDetail"]["TotalTax"] == 0
    assert len(made["TxnTaxDetail"]["TaxLine"]) == 3
    assert made["TotalAmt"] == D("30.00")


def test_prices_that_include_tax(canada: Company) -> None:
    """9.00 and 3.00 at 13 %: nets 7.96 and 2.65; 20 % off is 2.12; 8.49 taxable; tax 9.60 − 8.49 = 1.11."""
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 20},
    }
    made = canada.create(
        "Invoice",
        invoice(
            sale("9.00", Qty=15, UnitPrice=0.6), sale("3.00"), discount, GlobalTaxCalculation="TaxInclusive"
        ),
    )
    first, second, subtotal, off = made["Line"]
    assert (first["Amount"], second["Amount"], subtotal["Amount"]) == (D("7.96"), D("2.65"), D("10.61"))
    assert off["Amount"] == D("2.12")
    assert first["SalesItemLineDetail"]["UnitPrice"] == D("0.5306667")
    assert first["SalesItemLineDetail"]["TaxInclusiveAmt"] == D("9.00")
    [line] = made["TxnTaxDetail"]["TaxLine"]
    assert line["TaxLineDetail"]["NetAmountTaxable"] == D("8.49")
    assert made["TxnTaxDetail"]["TotalTax"] == D("1.11")
    assert made["TotalAmt"] == D("9.60")


def test_a_canadian_discount_lowers_the_tax(canada: Company) -> None:
    discount = {
        "Amount": 10.0,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }
    made = canada.create("Invoice", invoice(sale("60.00"), sale("40.00"), discount))
    assert made["TxnTaxDetail"]["TotalTax"] == D("11.70")
    assert made["TotalAmt"] == D("101.70")


def test_three_codes_on_one_invoice(canada: Company) -> None:
    """33.33 at 13 % is 4.33, 12.35 at 5 % 0.62, 7.77 at 12 % 0.93; GST stands once: 0.62 + 0.39."""
    made = canada.create("Invoice", invoice(sale("33.33", "5"), sale("12.35", "7"), sale("7.77", "9")))
    amounts = {
        line["TaxLineDetail"]["TaxRateRef"]["value"]: line["Amount"]
        for line in made["TxnTaxDetail"]["TaxLine"]
    }
    assert amounts == {"11": D("4.33"), "13": D("1.01"), "17": D("0.54")}
    assert made["TxnTaxDetail"]["TotalTax"] == D("5.88")
    assert made["TotalAmt"] == D("59.33")


def test_american_tax_is_computed_on_the_sum(america: Company) -> None:
    made = america.create(
        "Invoice",
        invoice(
            sale("300.25", "TAX"),
            sale("25.50", "TAX"),
            sale("10.00", "NON"),
            TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
        ),
    )
    detail = made["TxnTaxDetail"]
    assert detail["TxnTaxCodeRef"] == {"value": "2"}
    assert detail["TotalTax"] == D("26.06")
    [line] = detail["TaxLine"]
    assert line["TaxLineDetail"] == {
        "TaxRateRef": {"value": "3"},
        "PercentBased": True,
        "TaxPercent": 8,
        "NetAmountTaxable": D("325.75"),
    }
    assert made["TotalAmt"] == D("361.81")


def test_an_american_customers_own_code_applies_to_taxable_lines(america: Company) -> None:
    made = america.create("Invoice", invoice(sale("100.00", "TAX")))
    assert made["TxnTaxDetail"]["TotalTax"] == D("8.00")


def test_an_exempt_american_customer_pays_no_tax(america: Company) -> None:
    exempt = america.create("Customer", {"DisplayName": "Reseller", "Taxable": False, "ResaleNum": "R-1"})
    made = america.create("Invoice", invoice(sale("100.00", "TAX"), customer=exempt["Id"]))
    assert made["TotalAmt"] == D("100.00")


def test_american_tax_comes_before_the_discount_unless_asked_otherwise(america: Company) -> None:
    discount = {
        "Amount": 10.0,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": False},
    }
    before = america.create("Invoice", invoice(sale("100.00", "TAX"), discount))
    after = america.create("Invoice", invoice(sale("100.00", "TAX"), discount, ApplyTaxAfterDiscount=True))
    assert (before["TotalAmt"], after["TotalAmt"]) == (D("98.00"), D("97.20"))


def test_a_total_given_by_an_american_client_stands(america: Company) -> None:
    made = america.create("Invoice", invoice(sale("100.00", "TAX"), TxnTaxDetail={"TotalTax": 7.77}))
    assert made["TotalAmt"] == D("107.77")


def test_an_american_line_is_taxable_or_not_and_nothing_else(america: Company) -> None:
    assert fault(america.post("invoice", invoice(sale("1.00", "2"))))[0] == "6100"


def test_a_canadian_line_without_a_code_is_refused(canada: Company) -> None:
    assert fault(canada.post("invoice", invoice(sale("1.00", None)))) == (
        "6000",
        "Business Validation Error: Make sure all your transactions have a GST/HST rate before you save.",
    )


def test_a_code_without_a_sales_rate_is_refused(canada: Company) -> None:
    assert fault(canada.post("invoice", invoice(sale("1.00", "4"))))[0] == "6470"


def test_american_codes_mean_nothing_in_canada(canada: Company) -> None:
    assert fault(canada.post("invoice", invoice(sale("1.00", "TAX"))))[0] == "2500"


def test_outside_of_tax_no_code_is_needed_and_no_tax_allowed(canada: Company) -> None:
    outside = invoice(sale("10.00", None), GlobalTaxCalculation="NotApplicable")
    assert canada.create("Invoice", outside)["TotalAmt"] == D("10.00")
    assert fault(canada.post("invoice", outside | {"TxnTaxDetail": {"TotalTax": 1}}))[0] == "6170"
