"""Item: what is sold; its type says which accounts it must name and whether it can stand on a document."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import DAY, FLAG, FREE, IGNORED, NUMBER, REFERENCE, entity, text
from ..wire import Body
from . import names, stock
from .kind import BY_A_PERSON, inside, text_column
from .name_lists import nested_index, nested_list, settle_nested_name

TYPES = frozenset({"Inventory", "Service", "NonInventory", "Category", "Group"})
DESKTOP_TYPES = frozenset(
    {
        "Assembly",
        "Fixed Asset",
        "Other Charge",
        "Payment",
        "Subtotal",
        "Discount",
        "Tax",
        "Tax Group",
        "Bundle",
    }
)
"""What Intuit's schema has beside them; a bundle is made as nothing, and found as a Group."""
DEEPEST_CATEGORY = 3
"""Four levels, counted from 0."""
PLANS_WITH_INVENTORY = frozenset({"Plus", "Advanced"})
NEVER_ON_ITEMS = frozenset({"Accounts Receivable", "Accounts Payable", "Bank", "Credit Card", "Equity"})
ITEM = entity(
    "Item",
    Name=text(100, names.FORBIDDEN),
    Sku=text(100),
    Description=text(4000),
    Active=FLAG,
    SubItem=FLAG,
    ParentRef=REFERENCE,
    Level=IGNORED,
    FullyQualifiedName=IGNORED,
    Taxable=FLAG,
    SalesTaxIncluded=FLAG,
    PercentBased=FLAG,
    UnitPrice=NUMBER,
    RatePercent=NUMBER,
    Type=text(),
    PaymentMethodRef=REFERENCE,
    UOMSetRef=REFERENCE,
    IncomeAccountRef=REFERENCE,
    PurchaseDesc=text(1000),
    PurchaseTaxIncluded=FLAG,
    PurchaseCost=NUMBER,
    ExpenseAccountRef=REFERENCE,
    COGSAccountRef=REFERENCE,
    AssetAccountRef=REFERENCE,
    PrefVendorRef=REFERENCE,
    AvgCost=IGNORED,
    TrackQtyOnHand=FLAG,
    QtyOnHand=NUMBER,
    QtyOnPurchaseOrder=IGNORED,
    QtyOnSalesOrder=IGNORED,
    ReorderPoint=NUMBER,
    ManPartNum=text(),
    InvStartDate=DAY,
    SalesTaxCodeRef=REFERENCE,
    PurchaseTaxCodeRef=REFERENCE,
    ClassRef=REFERENCE,
    TaxClassificationRef=REFERENCE,
    Source=text(),
    ItemCategoryType=text(),
    ItemGroupDetail=FREE,
    PrintGroupedItems=FLAG,
    ServiceType=text(),
    AbatementRate=NUMBER,
    ReverseChargeRate=NUMBER,
    DeferredRevenue=FLAG,
    ItemAssemblyDetail=IGNORED,
    UQCDisplayText=text(),
    UQCId=text(),
)

CATEGORY_FIELDS = ("Name", "Type", "Active", "SubItem", "ParentRef", "Id")


def _build_item(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = names.named(books, wanted)
    if '"' in body["Name"] and books.switches["quotes_in_item_names"] == "refused":
        raise refusals.invalid_characters(body["Name"], "Name")
    item_type = body["Type"] = body.get("Type") or "Service"
    _check_type(books, before, item_type, options)
    if item_type == "Category":
        body = {key: body[key] for key in CATEGORY_FIELDS if key in body}
    elif item_type == "Group":
        body.setdefault("UnitPrice", Decimal(0))
    else:
        body.pop("ItemGroupDetail", None)
        _settle_sold(books, body, before, item_type)
    settle_nested_name(books, "Item", body, before)
    if item_type == "Category" and body.get("Level", 0) > DEEPEST_CATEGORY:
        raise refusals.business("You can't have more than four levels of categories.")
    _check_sku(books, body, before)
    body["SubItem"] = "ParentRef" in body
    if not body["SubItem"]:
        del body["SubItem"]
    return body


def _check_sku(books: Books, body: Body, before: Record | None) -> None:
    if not body.get("Sku") or not books.switches["sku_unique"]:
        return
    for holder in books.find("Item", "sku", body["Sku"].casefold()):
        if holder.active and (before is None or holder.id != before.id):
            raise refusals.duplicate_name(str(books.switches["duplicate_name_text"]), holder.id)


def _check_type(books: Books, before: Record | None, item_type: str, options: frozenset[str]) -> None:
    """A bundle is made by a person, and a category of an item; what is kept in stock stays so."""
    if item_type not in TYPES:
        raise _no_type(books, item_type)
    if before is None and item_type == "Group" and BY_A_PERSON not in options:
        raise refusals.unsupported("create of an Item of type Group")
    kept = {"Inventory", "Group", "Category"}
    if BY_A_PERSON in options and item_type == "Category":
        kept.remove("Category")
    if before and before.body["Type"] != item_type and {before.body["Type"], item_type} & kept:
        raise refusals.business("You can't change the type of this item.")


def _no_type(books: Books, item_type: str) -> refusals.Refusal:
    code = books.switches["desktop_item_types"] if item_type in DESKTOP_TYPES else "2170"
    if code == "2120":
        return refusals.invalid_type(item_type, "Type")
    if code == "500":
        return refusals.unsupported(f"create of an Item of type {item_type}")
    return refusals.invalid_enumeration(item_type, "Type")


def _settle_sold(books: Books, body: Body, before: Record | None, item_type: str) -> None:
    body.setdefault("UnitPrice", Decimal(0))
    body.setdefault("PurchaseCost", Decimal(0))
    body["TrackQtyOnHand"] = bool(body.get("TrackQtyOnHand"))
    if books.country == "US":
        body.setdefault("Taxable", False)
        body.pop("SalesTaxCodeRef", None)
        body.pop("PurchaseTaxCodeRef", None)
        if books.switches["american_item_tax_code"]:
            body["SalesTaxCodeRef"] = {"value": "TAX" if body["Taxable"] else "NON"}
    else:
        body.pop("Taxable", None)
        _check_tax_code(books, body, "SalesTaxCodeRef")
        _check_tax_code(books, body, "PurchaseTaxCodeRef")
    if item_type == "Inventory":
        _check_inventory(books, body)
        if before:
            body["InvStartDate"] = before.body["InvStartDate"]
    _check_account(books, body, "IncomeAccountRef", refuses=NEVER_ON_ITEMS)
    _check_account(books, body, "ExpenseAccountRef", refuses=NEVER_ON_ITEMS)
    _check_account(books, body, "AssetAccountRef", refuses=NEVER_ON_ITEMS)
    if "IncomeAccountRef" not in body and (item_type != "NonInventory" or "ExpenseAccountRef" not in body):
        raise refusals.missing("IncomeAccountRef")
    if "ExpenseAccountRef" not in body and (body["PurchaseCost"] or body.get("PurchaseDesc")):
        raise refusals.missing("ExpenseAccountRef")
    if books.country in ("CA", "GB") and books.switches["item_accounts"] == "both":
        for field in ("IncomeAccountRef", "ExpenseAccountRef"):
            if field not in body:
                raise refusals.missing(field)
    if books.preferences["TaxPrefs"].get("PartnerTaxEnabled") is None:
        body.pop("TaxClassificationRef", None)
    if body.get("SalesTaxIncluded") is None:
        body.pop("SalesTaxIncluded", None)


def _check_inventory(books: Books, body: Body) -> None:
    if not body["TrackQtyOnHand"]:
        raise refusals.business(
            "When you create an item, if Track quantity on hand is turned off, "
            "the item cannot be of type Inventory."
        )
    in_plan = books.switches["plan"] in PLANS_WITH_INVENTORY
    if not (in_plan and books.preferences["ProductAndServicesPrefs"]["QuantityOnHand"]):
        raise refusals.feature_not_supported("Inventory is not part of this company's plan.")
    if body.get("InvStartDate") is None:
        raise refusals.business("As of date for initial quantity on hand is required")
    if body.get("QtyOnHand") is None:
        raise refusals.missing("QtyOnHand")
    for field in ("AssetAccountRef", "IncomeAccountRef", "ExpenseAccountRef"):
        if not body.get(field):
            raise refusals.missing(field)
    wanted = str(books.switches["inventory_income"])
    sub_type = None if wanted == "any" else wanted
    _check_account(books, body, "IncomeAccountRef", only=frozenset({"Income"}), sub_type=sub_type)
    _check_account(books, body, "ExpenseAccountRef", only=frozenset({"Cost of Goods Sold"}))
    _check_account(
        books, body, "AssetAccountRef", only=frozenset({"Other Current Asset"}), sub_type="Inventory"
    )


def _check_account(
    books: Books,
    body: Body,
    field: str,
    *,
    refuses: frozenset[str] = frozenset(),
    only: frozenset[str] = frozenset(),
    sub_type: str | None = None,
) -> None:
    reference = body.get(field)
    if not reference:
        body.pop(field, None)
        return
    account = books.live("Account", reference.get("value"))
    if account is None:
        raise refusals.invalid_reference(f"Accounts element id {reference.get('value')} not found")
    account_type = account.body["AccountType"]
    wrong_sub_type = sub_type is not None and account.body["AccountSubType"] != sub_type
    if account_type in refuses or (only and account_type not in only) or wrong_sub_type:
        raise refusals.wrong_account_type()
    body[field] = {"value": account.id, "name": account.body["FullyQualifiedName"]}


def _check_tax_code(books: Books, body: Body, field: str) -> None:
    reference = body.get(field)
    if not reference:
        body.pop(field, None)
        return
    if books.live("TaxCode", reference.get("value")) is None:
        raise refusals.invalid_reference(field, field)
    body[field] = {"value": reference["value"]}


def _index(body: Body) -> Indexed:
    return replace(nested_index(body), sku=body.get("Sku"))


def _after(books: Books, before: Record | None, after: Record) -> None:
    names.carry_to_children(books, "Item", "Name", before, after)
    stock.restate_account(books, before, after)


Item = nested_list(
    ITEM,
    _build_item,
    {"Type", "TrackQtyOnHand", "InvStartDate", "QtyOnHand"},
    {
        "Sku": text_column("sku"),
        "Type": inside("Type", also=(("bundle", "group"),)),
        "SubItem": inside("SubItem", "flag", certain=False),
        "ParentRef": inside("ParentRef.value", certain=False),
        "UnitPrice": inside("UnitPrice", "number", filterable=False),
    },
    index=_index,
    after=_after,
    never_cleared=frozenset({"ReorderPoint"}),
)
