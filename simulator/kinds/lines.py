"""The lines of a sales document: what becomes of each kind of line, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .. import refusals, tax
from ..books import Books, Record
from ..wire import Body, money
from .sale_lines import Basis, Sale, settle_sale

NOTHING = Decimal(0)


@dataclass
class Settled:
    """Lines as they will be stored, without Ids, and what the tax is to be computed of."""

    lines: list[Body]
    taxed: list[tax.TaxedAmount]
    net: Decimal
    discount: Decimal


def settle(basis: Basis, given: list[Body], *, discount_before_tax: bool) -> Settled:
    sales: list[Sale] = []
    lines: list[Body] = []
    discounts: list[Body] = []
    for line in given:
        detail_type = line.get("DetailType")
        if detail_type is None:
            raise refusals.missing("Line.DetailType")
        if detail_type == "SalesItemLineDetail":
            sale = settle_sale(basis, line)
            sales.append(sale)
            lines.append(sale.line)
        elif detail_type == "GroupLineDetail":
            inner, whole = _settle_group(basis, line)
            sales.extend(inner)
            lines.append(whole)
        elif detail_type == "DescriptionOnly":
            lines.append(_description_line(line, lines))
        elif detail_type == "DiscountLineDetail":
            discounts.append(line)
        elif detail_type not in ("SubTotalLineDetail", "TaxLineDetail"):
            raise refusals.invalid_enumeration(detail_type, "DetailType")
    if not sales:
        raise refusals.business("You must set a transaction amount.")
    if len(discounts) > 1:
        raise refusals.business("A transaction can have only one discount line.")
    net = sum((sale.net for sale in sales), NOTHING)
    gross = sum((sale.gross for sale in sales), NOTHING)
    lines.append({"Amount": money(net), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    discount = discount_gross = NOTHING
    if discounts:
        discount, discount_gross, line = _settle_discount(basis.books, discounts[0], net, gross)
        lines.append(line)
    if basis.is_inclusive:
        included = (gross - discount_gross) - (net - discount)
        return Settled(lines, _taxed_inside(sales, discount, included), net, discount)
    reduction = discount if discount_before_tax else NOTHING
    return Settled(lines, _taxed_on_top(sales, reduction), net, discount)


def _settle_group(basis: Basis, given: Body) -> tuple[list[Sale], Body]:
    """A bundle: its own amount is nothing, that of its lines counts. Without lines it brings its own."""
    detail = dict(given.get("GroupLineDetail") or {})
    id = (detail.get("GroupItemRef") or {}).get("value")
    bundle = basis.books.live("Item", id)
    if bundle is None or bundle.body["Type"] != "Group":
        path = "Line.GroupLineDetail.GroupItemRef"
        raise refusals.invalid_reference(path, path)
    quantity = detail.get("Quantity") or Decimal(1)
    sales = [
        settle_sale(basis, line) for line in detail.get("Line") or _contents(basis, bundle, quantity, detail)
    ]
    line = {key: given[key] for key in ("Id", "Description") if given.get(key)}
    inside = {
        "GroupItemRef": {"value": bundle.id, "name": bundle.body["FullyQualifiedName"]},
        "Quantity": quantity,
        "Line": [sale.line for sale in sales],
    }
    return sales, line | {"Amount": NOTHING, "DetailType": "GroupLineDetail", "GroupLineDetail": inside}


def _contents(basis: Basis, bundle: Record, quantity: Decimal, detail: Body) -> list[Body]:
    lines = []
    for part in bundle.body.get("ItemGroupDetail", {}).get("ItemGroupLine", []):
        item = basis.books.live("Item", part["ItemRef"]["value"])
        if item is None:
            raise refusals.inactive_reference()
        how_many, price = Decimal(part["Qty"]) * quantity, Decimal(item.body["UnitPrice"])
        inside: Body = {"ItemRef": {"value": item.id}, "Qty": how_many, "UnitPrice": price}
        code = detail.get("TaxCodeRef") or item.body.get("SalesTaxCodeRef")
        if code:
            inside["TaxCodeRef"] = code
        lines.append(
            {
                "Amount": money(how_many * price),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": inside,
            }
        )
    return lines


def _description_line(given: Body, above: list[Body]) -> Body:
    """Text among the lines; the text Subtotal: is followed by what was sold since the last one."""
    line = {key: given[key] for key in ("Id", "Description") if given.get(key)}
    if str(given.get("Description", "")).startswith("Subtotal:"):
        line["Description"] = f"Subtotal: {_since_last_subtotal(above)}"
    detail = given.get("DescriptionLineDetail") or {}
    return line | {"DetailType": "DescriptionOnly", "DescriptionLineDetail": detail}


def _since_last_subtotal(above: list[Body]) -> Decimal:
    amount = NOTHING
    for line in reversed(above):
        if str(line.get("Description", "")).startswith("Subtotal:"):
            break
        inner = line.get("GroupLineDetail", {}).get("Line", [])
        amount += line.get("Amount", NOTHING) + sum((each["Amount"] for each in inner), NOTHING)
    return money(amount)


def _settle_discount(
    books: Books, given: Body, net: Decimal, gross: Decimal
) -> tuple[Decimal, Decimal, Body]:
    """What it takes off the net, off the gross, and its line."""
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
        detail.pop("DiscountPercent", None)
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
    shares = tax.spread(included, [sale.gross - sale.net for sale in sales])
    return [
        tax.TaxedAmount(sale.net - share, sale.code, line_tax)
        for sale, share, line_tax in zip(sales, nets, shares, strict=True)
        if sale.code is not None
    ]
