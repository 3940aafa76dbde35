"""What a document comes to: lines, discount, tax by country, total."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals, tax
from ..books import Books, Record
from ..wire import Body, money, number
from . import lines


def settle_amounts(books: Books, body: Body, customer: Record, before: Record | None) -> None:
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
    header_code = _header_code(books, given_tax, customer, before) if in_us else None
    settled = lines.settle(
        books,
        body["Line"],
        body.get("GlobalTaxCalculation", "TaxExcluded"),
        header_code,
        checked=before is not None and body["Line"] is before.body["Line"],
        discount_before_tax=not in_us or body["ApplyTaxAfterDiscount"],
    )
    body["Line"] = settled.lines
    rounding = "document" if in_us else books.switches["tax_rounding"]
    if settled.included_tax is not None:
        rounding = "line"
    detail = _tax_detail(given_tax, tax.totals(settled.taxed, rounding))
    if in_us and header_code and (settled.taxed or given_tax.get("TxnTaxCodeRef")):
        detail = {"TxnTaxCodeRef": {"value": header_code.id}, **detail}
    if not books.preferences["TaxPrefs"]["UsingSalesTax"]:
        detail = {"TotalTax": Decimal(0)}
    body["TxnTaxDetail"] = detail
    body["TotalAmt"] = money(settled.net - settled.discount + detail["TotalTax"])
    if body["TotalAmt"] < 0:
        raise refusals.business("Transaction amount must be 0 or greater")
    if "ExchangeRate" in body:
        body["HomeTotalAmt"] = money(body["TotalAmt"] * body["ExchangeRate"])


def _header_code(books: Books, given: Body, customer: Record, before: Record | None) -> tax.Code | None:
    if not customer.body.get("Taxable", True):
        return None
    old = before.body["TxnTaxDetail"].get("TxnTaxCodeRef") if before else None
    reference = given.get("TxnTaxCodeRef") or old or customer.body.get("DefaultTaxCodeRef")
    if not reference:
        return None
    return lines.sales_code(books, str(reference.get("value")), "TxnTaxDetail.TxnTaxCodeRef")


def _tax_detail(given: Body, computed: list[tax.RateTotal]) -> Body:
    """A client that names tax lines, or in the US a total, has its way; else what was computed stands."""
    amounts = {part.rate.id: part.tax for part in computed}
    for line in given.get("TaxLine") or []:
        if not line.get("DetailType"):
            raise refusals.tax_line_type_missing()
        reference = (line.get("TaxLineDetail") or {}).get("TaxRateRef") or {}
        rate_id = reference.get("value")
        if rate_id in amounts and line.get("Amount") is not None:
            amounts[rate_id] = money(line["Amount"])
    if given.get("TotalTax") and not given.get("TaxLine") and amounts:
        shares = tax.spread(money(given["TotalTax"]), [part.net * part.rate.percent for part in computed])
        amounts = dict(zip(amounts, shares, strict=True))
    detail: Body = {"TotalTax": money(sum(amounts.values(), Decimal(0)))}
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
