"""One line that sells something: its item, price, tax code, and what of its amount is tax."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from .. import refusals, tax
from ..books import Books, Record
from ..wire import CENT, Body, money, number
from . import taxes
from .tracking import settle_class

SEVEN_PLACES = Decimal("0.0000001")
NOTHING = Decimal(0)
ITEM_PATH = "Line.SalesItemLineDetail.ItemRef"
SHIPPING = "SHIPPING_ITEM_ID"
SPECIAL_ITEMS = frozenset({SHIPPING, "GRATUITY_ITEM_ID"})
USUAL_CLASSIFICATION = {"value": "EUC-99990101-V1-00020000", "name": "General taxable retail products"}


@dataclass(frozen=True)
class Basis:
    """What holds for all lines of one document."""

    books: Books
    type_name: str
    calculation: str
    """GlobalTaxCalculation: TaxExcluded, TaxInclusive, NotApplicable."""
    header_code: tax.Code | None
    """Of the US, where a line says only whether it is taxed."""
    day: str
    checked: bool
    """The lines come from the store; their items need no second look."""
    codes: dict[str, tax.Code] = field(default_factory=dict)
    """Those looked up already, by Id."""

    @property
    def is_inclusive(self) -> bool:
        return self.calculation == "TaxInclusive"


@dataclass
class Sale:
    line: Body
    net: Decimal
    gross: Decimal
    code: tax.Code | None


def settle_sale(basis: Basis, given: Body) -> Sale:
    """Raises 2020, 6070, 2500, 6520, 6270, 6100, 6000, 6470, 6440."""
    detail = dict(given.get("SalesItemLineDetail") or {})
    amount = given.get("Amount")
    if amount is None:
        raise refusals.missing("Line.Amount")
    quantity, price = _quantity_and_price(detail)
    if not basis.checked and quantity is not None and price is not None:
        tolerance = NOTHING if basis.books.switches["amount_tolerance"] == "none" else CENT
        wording = str(basis.books.switches["amount_fault_text"])
        _check_product(quantity * price, detail, amount, tolerance, wording)
    item = _settle_item(basis, detail)
    if item is not None and item.body["Type"] == "Inventory":
        _check_inventory(basis, item, quantity)
    code = _settle_code(basis, detail, item)
    gross = net = money(amount)
    if basis.is_inclusive and code is not None:
        gross = money(detail.get("TaxInclusiveAmt") or amount)
        net = tax.net_of_gross(gross, code)
        detail["TaxInclusiveAmt"] = gross
    else:
        detail.pop("TaxInclusiveAmt", None)
    if not detail.get("DiscountRate") and not detail.get("DiscountAmt"):
        _settle_price(detail, quantity, price, net)
    settle_class(basis.books, detail, "ClassTrackingPerTxnLine")
    if not basis.books.preferences["SalesFormsPrefs"].get("AllowServiceDate"):
        detail.pop("ServiceDate", None)
    line = {key: given[key] for key in ("Id", "Description") if given.get(key)}
    line |= {"Amount": net, "DetailType": "SalesItemLineDetail"}
    line["SalesItemLineDetail"] = {key: value for key, value in detail.items() if value is not None}
    return Sale(line, net, gross, code)


def _quantity_and_price(detail: Body) -> tuple[Decimal | None, Decimal | None]:
    """A client that fills in zeros for what it doesn't know has said nothing."""
    if not detail.get("Qty") and not detail.get("UnitPrice"):
        detail.pop("Qty", None)
        detail.pop("UnitPrice", None)
    return detail.get("Qty"), detail.get("UnitPrice")


def _check_product(product: Decimal, detail: Body, amount: Decimal, tolerance: Decimal, wording: str) -> None:
    if abs(money(_discounted(product, detail)) - money(amount)) > tolerance:
        raise refusals.wrong_amount(amount, wording)


def _discounted(product: Decimal, detail: Body) -> Decimal:
    rate, amount = detail.get("DiscountRate"), detail.get("DiscountAmt")
    if rate:
        return product * (1 - Decimal(rate) / 100)
    return product - Decimal(amount) if amount else product


def _settle_price(detail: Body, quantity: Decimal | None, price: Decimal | None, net: Decimal) -> None:
    """A price that doesn't give the amount exactly is replaced by the one that does, to seven places."""
    if not quantity or (price is not None and quantity * price == net):
        return
    detail["UnitPrice"] = number((net / quantity).quantize(SEVEN_PLACES, rounding=ROUND_HALF_UP))


def _settle_item(basis: Basis, detail: Body) -> Record | None:
    books = basis.books
    id = (detail.get("ItemRef") or {}).get("value") or _default_item(books)
    if id in SPECIAL_ITEMS:
        if id == SHIPPING and not books.preferences["SalesFormsPrefs"].get("AllowShipping"):
            raise refusals.business("Shipping is turned off in this company.")
        return None
    if id is None:
        raise refusals.no_item()
    item = books.get("Item", id)
    if item is None or item.deleted:
        raise refusals.invalid_reference(ITEM_PATH, ITEM_PATH)
    if not item.active and not basis.checked:
        raise refusals.inactive_reference()
    if item.body["Type"] == "Category":
        raise refusals.invalid_reference("Categories cannot be used in transactions.")
    if item.body["Type"] == "Group" and books.switches["bundles_in_lines"] == "refused":
        raise refusals.invalid_reference(ITEM_PATH, ITEM_PATH)
    detail["ItemRef"] = {"value": item.id, "name": item.body["FullyQualifiedName"]}
    account = item.body.get("IncomeAccountRef") or item.body.get("ExpenseAccountRef")
    if account:
        refused = books.switches["items_on_inactive_accounts"] == "refused" and not basis.checked
        if refused and books.live("Account", account["value"]) is None:
            raise refusals.inactive_reference()
        detail["ItemAccountRef"] = account
    if books.preferences["TaxPrefs"].get("PartnerTaxEnabled"):
        detail["TaxClassificationRef"] = item.body.get("TaxClassificationRef") or USUAL_CLASSIFICATION
    return item


def _check_inventory(basis: Basis, item: Record, quantity: Decimal | None) -> None:
    if quantity is None:
        raise refusals.missing_quantity()
    if not basis.checked and basis.type_name != "Estimate" and basis.day < item.body["InvStartDate"]:
        raise refusals.before_item_started(str(item.body["Name"]))


def _default_item(books: Books) -> str | None:
    for pair in books.preferences.get("OtherPrefs", {}).get("NameValue", []):
        if pair["Name"] == "SalesFormsPrefs.DefaultItem":
            return str(pair["Value"])
    return None


def _settle_code(basis: Basis, detail: Body, item: Record | None) -> tax.Code | None:
    books = basis.books
    given = (detail.get("TaxCodeRef") or {}).get("value")
    if books.country == "US":
        if given not in (None, "TAX", "NON"):
            raise refusals.invalid_line_tax_code(given)
        taxable = given == "TAX" or (given is None and item is not None and bool(item.body.get("Taxable")))
        detail["TaxCodeRef"] = {"value": "TAX" if taxable else "NON"}
        return basis.header_code if taxable else None
    if basis.calculation == "NotApplicable" or not books.preferences["TaxPrefs"]["UsingSalesTax"]:
        detail.pop("TaxCodeRef", None)
        return None
    if given is None:
        raise refusals.business(_no_tax_code(books))
    detail["TaxCodeRef"] = {"value": given}
    if given not in basis.codes:
        path = "Line.SalesItemLineDetail.TaxCodeRef"
        basis.codes[given] = taxes.sales_code(books, given, path, basis.day)
    return basis.codes[given]


def _no_tax_code(books: Books) -> str:
    if books.switches["tax_code_missing_text"] == "code":
        return refusals.NO_TAX_CODE
    return refusals.NO_TAX_RATE.get(books.country, refusals.NO_TAX_RATE["CA"])
