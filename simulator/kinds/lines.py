"""The lines of a sales document: what each must carry, what becomes of it, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .. import refusals, tax
from ..books import Books, Record
from ..schema import DAY, FLAG, IGNORED, NUMBER, REFERENCE, Shape, nested, several, text
from ..wire import Body, money, number

SEVEN_PLACES = Decimal("0.0000001")
SPECIAL_ITEMS = frozenset({"SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"})

SALES_DETAIL = Shape(
    "SalesItemLineDetail",
    {
        "ItemRef": REFERENCE,
        "ClassRef": REFERENCE,
        "UnitPrice": NUMBER,
        "RatePercent": NUMBER,
        "Qty": NUMBER,
        "UOMRef": REFERENCE,
        "ItemAccountRef": IGNORED,
        "InventorySiteRef": REFERENCE,
        "TaxCodeRef": REFERENCE,
        "ServiceDate": DAY,
        "TaxInclusiveAmt": NUMBER,
        "DiscountRate": NUMBER,
        "DiscountAmt": NUMBER,
        "MarkupInfo": IGNORED,
        "PriceLevelRef": IGNORED,
        "TaxClassificationRef": IGNORED,
        "DeferredRevenue": FLAG,
    },
)
DISCOUNT_DETAIL = Shape(
    "DiscountLineDetail",
    {
        "PercentBased": FLAG,
        "DiscountPercent": NUMBER,
        "DiscountAccountRef": REFERENCE,
        "DiscountRef": REFERENCE,
        "ClassRef": REFERENCE,
        "TaxCodeRef": REFERENCE,
        "ServiceDate": DAY,
    },
)
DESCRIPTION_DETAIL = Shape("DescriptionLineDetail", {"ServiceDate": DAY, "TaxCodeRef": REFERENCE})
LINE = several(
    Shape(
        "Line",
        {
            "Id": text(),
            "LineNum": IGNORED,
            "Description": text(4000),
            "Amount": NUMBER,
            "Received": IGNORED,
            "LinkedTxn": IGNORED,
            "DetailType": text(),
            "SalesItemLineDetail": nested(SALES_DETAIL),
            "DiscountLineDetail": nested(DISCOUNT_DETAIL),
            "DescriptionLineDetail": nested(DESCRIPTION_DETAIL),
            "SubTotalLineDetail": IGNORED,
            "GroupLineDetail": IGNORED,
            "CustomField": IGNORED,
        },
    )
)


@dataclass
class Settled:
    """Lines as they will be stored, without Ids, and what the tax is to be computed of."""

    lines: list[Body]
    taxed: list[tax.TaxedAmount]
    net: Decimal
    discount: Decimal
    included_tax: Decimal | None
    """Known only where prices include tax."""


@dataclass
class Sale:
    line: Body
    net: Decimal
    gross: Decimal
    code: tax.Code | None


def settle(books: Books, given: list[Body], calculation: str, header_code: tax.Code | None, *, checked: bool,
           discount_before_tax: bool) -> Settled:  # fmt: skip
    """`checked` says that the lines come from the store and their products need no second look."""
    inclusive = calculation == "TaxInclusive"
    sales: list[Sale] = []
    lines: list[Body] = []
    discounts: list[Body] = []
    for line in given:
        detail_type = line.get("DetailType")
        if detail_type is None:
            raise refusals.missing("Line.DetailType")
        if detail_type == "SalesItemLineDetail":
            sale = _settle_sale(books, line, calculation, header_code, checked=checked)
            sales.append(sale)
            lines.append(sale.line)
        elif detail_type == "DescriptionOnly":
            lines.append(_description_line(line))
        elif detail_type == "DiscountLineDetail":
            discounts.append(line)
        elif detail_type == "GroupLineDetail":
            raise refusals.unsupported("GroupLineDetail")
        elif detail_type != "SubTotalLineDetail":
            raise refusals.invalid_enumeration(detail_type, "DetailType")
    if not sales:
        raise refusals.business("You must set a transaction amount.")
    if len(discounts) > 1:
        raise refusals.business("A transaction can have only one discount line.")
    net = sum((sale.net for sale in sales), Decimal(0))
    gross = sum((sale.gross for sale in sales), Decimal(0))
    lines.append({"Amount": money(net), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    discount = discount_gross = Decimal(0)
    if discounts:
        discount, discount_gross, line = _settle_discount(
            books, discounts[0], net, gross if inclusive else net
        )
        lines.append(line)
    reduction = discount if discount_before_tax else Decimal(0)
    if not inclusive:
        return Settled(lines, _taxed_on_top(sales, reduction), net, discount, None)
    included = (gross - discount_gross) - (net - discount)
    return Settled(lines, _taxed_inside(sales, discount, included), net, discount, included)


def _settle_sale(
    books: Books, given: Body, calculation: str, header_code: tax.Code | None, *, checked: bool
) -> Sale:
    detail = dict(given.get("SalesItemLineDetail") or {})
    amount = given.get("Amount")
    if amount is None:
        raise refusals.missing("Line.Amount")
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    product = quantity * price if quantity is not None and price is not None else amount
    if not checked and money(product) != money(amount):
        raise refusals.wrong_amount(amount)
    item = _settle_item(books, detail, checked=checked)
    if item and item.body["Type"] == "Inventory" and quantity is None:
        raise refusals.missing_quantity()
    code = _settle_code(books, detail, item, calculation, header_code)
    gross = money(amount)
    net = gross
    if calculation == "TaxInclusive" and code is not None:
        gross = money(detail.get("TaxInclusiveAmt") or amount)
        net = tax.net_of_gross(gross, code)
        detail["TaxInclusiveAmt"] = gross
    else:
        detail.pop("TaxInclusiveAmt", None)
    _settle_price(detail, quantity, price, net)
    line = {key: given[key] for key in ("Id", "Description") if given.get(key)}
    line |= {"Amount": net, "DetailType": "SalesItemLineDetail"}
    line["SalesItemLineDetail"] = {key: value for key, value in detail.items() if value is not None}
    return Sale(line, net, gross, code)


def _settle_price(detail: Body, quantity: Decimal | None, price: Decimal | None, net: Decimal) -> None:
    """A price that doesn't give the amount exactly is replaced by the one that does, to seven places."""
    if not quantity or (price is not None and quantity * price == net):
        return
    detail["UnitPrice"] = number((net / quantity).quantize(SEVEN_PLACES, rounding=ROUND_HALF_UP))


def _settle_item(books: Books, detail: Body, *, checked: bool) -> Record | None:
    id = (detail.get("ItemRef") or {}).get("value") or _default_item(books)
    if id is None or id in SPECIAL_ITEMS:
        return None
    item = books.get("Item", id)
    if item is None or item.deleted:
        path = "Line.SalesItemLineDetail.ItemRef"
        raise refusals.invalid_reference(path, path)
    if not item.active and not checked:
        raise refusals.inactive_reference()
    if item.body["Type"] == "Category":
        raise refusals.invalid_reference("Categories cannot be used in transactions.")
    detail["ItemRef"] = {"value": item.id, "name": item.body["FullyQualifiedName"]}
    account = item.body.get("IncomeAccountRef") or item.body.get("ExpenseAccountRef")
    if account:
        detail["ItemAccountRef"] = account
    return item


def _default_item(books: Books) -> str | None:
    for pair in books.preferences.get("OtherPrefs", {}).get("NameValue", []):
        if pair["Name"] == "SalesFormsPrefs.DefaultItem":
            return str(pair["Value"])
    return None


def _settle_code(
    books: Books, detail: Body, item: Record | None, calculation: str, header_code: tax.Code | None
) -> tax.Code | None:
    given = (detail.get("TaxCodeRef") or {}).get("value")
    if books.country == "US":
        if given not in (None, "TAX", "NON"):
            raise refusals.invalid_line_tax_code(given)
        taxable = given == "TAX" or (given is None and item is not None and bool(item.body.get("Taxable")))
        detail["TaxCodeRef"] = {"value": "TAX" if taxable else "NON"}
        return header_code if taxable else None
    if calculation == "NotApplicable" or not books.preferences["TaxPrefs"]["UsingSalesTax"]:
        detail.pop("TaxCodeRef", None)
        return None
    if given is None:
        raise refusals.business(refusals.NO_TAX_RATE.get(books.country, refusals.NO_TAX_RATE["CA"]))
    detail["TaxCodeRef"] = {"value": given}
    return sales_code(books, given, "Line.SalesItemLineDetail.TaxCodeRef")


def sales_code(books: Books, id: str, path: str) -> tax.Code:
    """Raises 2500 for an unknown or inactive code, 6470 for one without a rate on sales."""
    record = books.live("TaxCode", id)
    if record is None or id in ("TAX", "NON", "CustomSalesTax"):
        raise refusals.invalid_reference(path, path)
    rates: list[tax.Rate] = []
    for part in record.body.get("SalesTaxRateList", {}).get("TaxRateDetail", []):
        rate = books.get("TaxRate", part["TaxRateRef"]["value"])
        assert rate is not None
        percent = Decimal(rate.body["RateValue"])
        on_top = sum((each.percent for each in rates), Decimal(0))
        compound = part["TaxTypeApplicable"] == "TaxOnAmountPlusTax"
        rates.append(tax.Rate(rate.id, percent * (1 + on_top / 100) if compound else percent, percent))
    if not rates:
        raise refusals.no_tax_rate(record.body["Name"])
    return tax.Code(id, record.body["Name"], tuple(rates))


def _description_line(given: Body) -> Body:
    line = {key: given[key] for key in ("Id", "Description") if given.get(key)}
    detail = given.get("DescriptionLineDetail") or {}
    return line | {"DetailType": "DescriptionOnly", "DescriptionLineDetail": detail}


def _settle_discount(
    books: Books, given: Body, net: Decimal, gross: Decimal
) -> tuple[Decimal, Decimal, Body]:
    if not books.preferences["SalesFormsPrefs"]["AllowDiscount"]:
        raise refusals.business("Discounts are turned off in this company.")
    detail = dict(given.get("DiscountLineDetail") or {})
    percent = detail.get("DiscountPercent")
    detail["PercentBased"] = bool(detail.get("PercentBased")) and percent is not None
    if percent is not None and detail["PercentBased"]:
        from_gross = tax.tax_of(gross, percent)
        from_net = tax.tax_of(net, percent)
    elif given.get("Amount") is None:
        raise refusals.empty_discount()
    else:
        from_gross = money(given["Amount"])
        from_net = tax.to_cents(from_gross * net / gross) if gross else from_gross
    account = _discount_account(books, detail)
    if account:
        detail["DiscountAccountRef"] = {"value": account.id, "name": account.body["FullyQualifiedName"]}
    line = {key: given[key] for key in ("Id", "Description") if given.get(key)}
    line |= {"Amount": money(from_net), "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    return from_net, from_gross, line


def _discount_account(books: Books, detail: Body) -> Record | None:
    reference = detail.get("DiscountAccountRef")
    if reference:
        account = books.live("Account", reference.get("value"))
        if account is None:
            raise refusals.invalid_reference(f"Accounts element id {reference.get('value')} not found")
        if account.body["AccountSubType"] != "DiscountsRefundsGiven":
            raise refusals.wrong_account_type()
        return account
    named = [each for each in books.all("Account") if each.body["AccountSubType"] == "DiscountsRefundsGiven"]
    return named[0] if named else None


def _taxed_on_top(sales: list[Sale], reduction: Decimal) -> list[tax.TaxedAmount]:
    shares = tax.spread(reduction, [sale.net for sale in sales])
    return [
        tax.TaxedAmount(sale.net - share, sale.code)
        for sale, share in zip(sales, shares, strict=True)
        if sale.code is not None
    ]


def _taxed_inside(sales: list[Sale], discount: Decimal, included: Decimal) -> list[tax.TaxedAmount]:
    nets = tax.spread(discount, [sale.net for sale in sales])
    taxes = tax.spread(included, [sale.gross - sale.net for sale in sales])
    return [
        tax.TaxedAmount(sale.net - share, sale.code, line_tax)
        for sale, share, line_tax in zip(sales, nets, taxes, strict=True)
        if sale.code is not None
    ]
