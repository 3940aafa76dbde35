"""What a document comes to: lines, discount, tax by country, total."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals, tax
from ..books import Books, Record
from ..wire import Body, money, number
from . import lines, taxes
from .sale_lines import Basis

NOTHING = Decimal(0)


def settle_amounts(books: Books, type_name: str, body: Body, customer: Record, before: Record | None) -> None:
    given_tax = body.pop("TxnTaxDetail", None) or {}
    in_us = books.country == "US"
    if in_us:
        body.pop("GlobalTaxCalculation", None)
        body.setdefault("ApplyTaxAfterDiscount", False)
    else:
        body.pop("ApplyTaxAfterDiscount", None)
        body["GlobalTaxCalculation"] = body.get("GlobalTaxCalculation") or "TaxExcluded"
        if body["GlobalTaxCalculation"] == "NotApplicable" and given_tax.get("TotalTax"):
            raise refusals.tax_detail_not_allowed()
    header_code = _header_code(books, body, given_tax, customer, before) if in_us else None
    basis = Basis(
        books,
        type_name,
        body.get("GlobalTaxCalculation", "TaxExcluded"),
        header_code,
        body["TxnDate"],
        checked=before is not None and body["Line"] is before.body["Line"],
    )
    settled = lines.settle(
        basis, body["Line"], discount_before_tax=not in_us or body["ApplyTaxAfterDiscount"]
    )
    body["Line"] = settled.lines
    rounding = "document" if in_us else str(books.switches["tax_rounding"])
    computed = tax.totals(settled.taxed, "line" if basis.is_inclusive else rounding)
    detail = _tax_detail(books, given_tax, computed, created=before is None)
    if in_us and header_code and (settled.taxed or given_tax.get("TxnTaxCodeRef")):
        detail = {"TxnTaxCodeRef": {"value": header_code.id}, **detail}
    if not books.preferences["TaxPrefs"]["UsingSalesTax"]:
        detail = {"TotalTax": NOTHING}
    body["TxnTaxDetail"] = detail
    body["TotalAmt"] = money(settled.net - settled.discount + detail["TotalTax"])
    if body["TotalAmt"] < 0:
        raise refusals.business("Transaction amount must be 0 or greater")
    if "ExchangeRate" in body:
        body["HomeTotalAmt"] = money(body["TotalAmt"] * body["ExchangeRate"])


def _header_code(
    books: Books, body: Body, given: Body, customer: Record, before: Record | None
) -> tax.Code | None:
    """The one code of an American document: automated, else asked for, else the customer's."""
    preferences = books.preferences["TaxPrefs"]
    automated = preferences.get("PartnerTaxEnabled")
    if automated and customer.body.get("TaxExemptionReasonId"):
        body["TaxExemptionRef"] = {"value": customer.body["TaxExemptionReasonId"]}
        return None
    if not customer.body.get("Taxable", True):
        return None
    old = before.body["TxnTaxDetail"].get("TxnTaxCodeRef") if before else None
    reference = given.get("TxnTaxCodeRef") or old or customer.body.get("DefaultTaxCodeRef")
    if automated:
        reference = preferences.get("TaxGroupCodeRef") if _is_taxed_where_it_goes(books, body) else None
    if not reference:
        return None
    if reference.get("value") == "CustomSalesTax":
        raise refusals.custom_sales_tax(created=before is None)
    return taxes.sales_code(books, str(reference.get("value")), "TxnTaxDetail.TxnTaxCodeRef", body["TxnDate"])


def _is_taxed_where_it_goes(books: Books, body: Body) -> bool:
    """The company collects in its own state; where no state is named, goods don't leave it."""
    company = books.get("CompanyInfo", "1")
    assert company is not None
    state = (body.get("ShipAddr") or {}).get("CountrySubDivisionCode")
    return not state or state == company.body["LegalAddr"].get("CountrySubDivisionCode")


def _tax_detail(books: Books, given: Body, computed: list[tax.RateTotal], *, created: bool) -> Body:
    """A client that names tax lines, or in the US a total, has its way; else what was computed stands.

    Outside the US a new document must name every rate or none.
    """
    amounts = {part.rate.id: part.tax for part in computed}
    named = set()
    for line in given.get("TaxLine") or []:
        if not line.get("DetailType"):
            raise refusals.tax_line_type_missing()
        reference = (line.get("TaxLineDetail") or {}).get("TaxRateRef") or {}
        rate_id = reference.get("value")
        if rate_id in amounts and line.get("Amount") is not None:
            amounts[rate_id] = money(line["Amount"])
            named.add(rate_id)
    if created and named and named != set(amounts) and books.country != "US":
        raise refusals.tax_amount_missing()
    if books.country == "US" and given.get("TotalTax") and not given.get("TaxLine") and amounts:
        shares = tax.spread(money(given["TotalTax"]), [part.net * part.rate.percent for part in computed])
        amounts = dict(zip(amounts, shares, strict=True))
    detail: Body = {"TotalTax": money(sum(amounts.values(), NOTHING))}
    if computed:
        detail["TaxLine"] = [_tax_line(part, amounts[part.rate.id]) for part in computed]
    return detail


def _tax_line(part: tax.RateTotal, amount: Decimal) -> Body:
    return {
        "Amount": money(amount),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": part.rate.id},
            "PercentBased": True,
            "TaxPercent": number(part.rate.printed_percent),
            "NetAmountTaxable": money(part.net),
        },
    }
