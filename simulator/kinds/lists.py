"""Account, Term, TaxCode, TaxRate, CompanyInfo, Preferences: what is chosen from, and the company's facts."""

from __future__ import annotations

from decimal import Decimal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import FLAG, IGNORED, NUMBER, REFERENCE, Shape, entity, text
from ..wire import Body
from . import names
from .kind import ACTIVE_COLUMN, COMMON_COLUMNS, ID_ORDER, NAME_LIST_ORDER, Kind, inside, text_column

CLASSIFICATION = {
    "Bank": ("Asset", "Checking"),
    "Accounts Receivable": ("Asset", "AccountsReceivable"),
    "Other Current Asset": ("Asset", "OtherCurrentAssets"),
    "Fixed Asset": ("Asset", "OtherFixedAssets"),
    "Other Asset": ("Asset", "OtherLongTermAssets"),
    "Accounts Payable": ("Liability", "AccountsPayable"),
    "Credit Card": ("Liability", "CreditCard"),
    "Other Current Liability": ("Liability", "OtherCurrentLiabilities"),
    "Long Term Liability": ("Liability", "OtherLongTermLiabilities"),
    "Equity": ("Equity", "OwnersEquity"),
    "Income": ("Revenue", "SalesOfProductIncome"),
    "Other Income": ("Revenue", "OtherMiscellaneousIncome"),
    "Cost of Goods Sold": ("Expense", "SuppliesMaterialsCogs"),
    "Expense": ("Expense", "OtherMiscellaneousServiceCost"),
    "Other Expense": ("Expense", "OtherMiscellaneousExpense"),
}
"""AccountType → Classification and the sub-type that stands where none is given."""

TYPE_OF_SUB_TYPE = {
    "Inventory": "Other Current Asset",
    "UndepositedFunds": "Other Current Asset",
    "DiscountsRefundsGiven": "Income",
    "ServiceFeeIncome": "Income",
    "GlobalTaxPayable": "Other Current Liability",
    **{sub_type: account_type for account_type, (_, sub_type) in CLASSIFICATION.items()},
}

ACCOUNT = entity(
    "Account",
    Name=text(100, names.FORBIDDEN + '"'),
    SubAccount=IGNORED,
    ParentRef=REFERENCE,
    Description=text(100),
    FullyQualifiedName=IGNORED,
    Active=FLAG,
    Classification=IGNORED,
    AccountType=text(),
    AccountSubType=text(),
    AccountAlias=text(),
    AcctNum=text(20, ":"),
    AcctNumExtn=text(),
    BankNum=text(),
    CurrencyRef=REFERENCE,
    CurrentBalance=IGNORED,
    CurrentBalanceWithSubAccounts=IGNORED,
    OpeningBalance=IGNORED,
    OpeningBalanceDate=IGNORED,
    TaxAccount=FLAG,
    TaxCodeRef=REFERENCE,
    TxnLocationType=text(),
)
TERM = entity(
    "Term",
    Name=text(31),
    Active=FLAG,
    Type=IGNORED,
    DueDays=NUMBER,
    DiscountDays=NUMBER,
    DiscountPercent=NUMBER,
    DayOfMonthDue=NUMBER,
    DueNextMonthDays=NUMBER,
    DiscountDayOfMonth=NUMBER,
)


def _build_account(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = dict(wanted)
    body["Name"] = names.trimmed_name(body, "Name")
    if not body["Name"]:
        raise refusals.missing("Name")
    account_type = body.get("AccountType") or TYPE_OF_SUB_TYPE.get(body.get("AccountSubType", ""))
    if account_type is None:
        raise refusals.account_type_missing()
    if account_type not in CLASSIFICATION:
        raise refusals.invalid_enumeration(account_type, "AccountType")
    body["AccountType"] = account_type
    body["Classification"], usual = CLASSIFICATION[account_type]
    body["AccountSubType"] = body.get("AccountSubType") or usual
    body.setdefault("Active", True)
    body["CurrentBalance"] = body["CurrentBalanceWithSubAccounts"] = Decimal(0)
    body["CurrencyRef"] = {"value": books.home_currency}
    names.place_under_parent(books, "Account", "Name", body)
    body["SubAccount"] = "ParentRef" in body
    if body["Active"]:
        names.check_free(books, ("Account",), body, before)
    names.mark_deactivated(body, "Name", before)
    return body


def _build_term(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = dict(wanted)
    body["Name"] = names.trimmed_name(body, "Name")
    if not body["Name"]:
        raise refusals.missing("Name")
    if body.get("DueDays") is None and body.get("DayOfMonthDue") is None:
        raise refusals.missing("DueDays")
    standard = body.get("DueDays") is not None
    _check_within(body, "DueDays", 0, 999)
    _check_within(body, "DayOfMonthDue", 1, 31)
    _check_within(body, "DiscountPercent", 0, 100)
    body["Type"] = "STANDARD" if standard else "DATE_DRIVEN"
    body.setdefault("Active", True)
    body.setdefault("DiscountPercent", Decimal(0))
    body.setdefault("DiscountDays" if standard else "DiscountDayOfMonth", Decimal(0))
    body["FullyQualifiedName"] = body["Name"]
    if body["Active"]:
        names.check_free(books, ("Term",), body, before)
    names.mark_deactivated(body, "Name", before)
    del body["FullyQualifiedName"]
    return body


def _check_within(body: Body, field: str, lowest: int, highest: int) -> None:
    value = body.get(field)
    if value is not None and not lowest <= value <= highest:
        raise refusals.invalid_number(value, field)


def _read_only(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    return dict(wanted)


def _index(body: Body) -> Indexed:
    name = body.get("Name") or body.get("CompanyName")
    return Indexed(
        name=name,
        full_name=body.get("FullyQualifiedName") or name,
        parent=(body.get("ParentRef") or {}).get("value"),
    )


def _after_account(books: Books, before: Record | None, after: Record) -> None:
    names.carry_to_children(books, "Account", "Name", before, after)


NAMED_COLUMNS = {**COMMON_COLUMNS, **ACTIVE_COLUMN, "Name": text_column("name")}
Account = Kind(
    name="Account",
    shape=ACCOUNT,
    build=_build_account,
    index=_index,
    ids="Account",
    order=NAME_LIST_ORDER,
    has_active=True,
    after=_after_account,
    needed_to_update=("Name",),
    survives_full_update=frozenset({"Name", "AccountType", "AccountSubType", "Active", "ParentRef"}),
    columns={
        **NAMED_COLUMNS,
        "FullyQualifiedName": text_column("full_name"),
        "AccountType": inside("AccountType"),
        "AccountSubType": inside("AccountSubType"),
        "Classification": inside("Classification"),
        "CurrentBalance": inside("CurrentBalance", "number"),
        "AcctNum": inside("AcctNum"),
    },
)
Term = Kind(
    name="Term",
    shape=TERM,
    build=_build_term,
    index=_index,
    ids="Term",
    order=NAME_LIST_ORDER,
    has_active=True,
    survives_full_update=frozenset({"Name", "Active", "DueDays", "DayOfMonthDue"}),
    columns={**NAMED_COLUMNS, "Type": inside("Type"), "DueDays": inside("DueDays", "number")},
)


def _settings_kind(name: str, columns: dict[str, str], *, has_active: bool) -> Kind:
    """A list or singleton that clients only read in this version of the simulator."""
    fields = ("Name", "Description", "Active", "Taxable", "TaxGroup", "Hidden", "TaxCodeConfigType",
              "RateValue", "SalesTaxRateList", "PurchaseTaxRateList", "AgencyRef", "SpecialTaxType",
              "DisplayType", "EffectiveTaxRate", "CompanyName", "LegalName", "Country")  # fmt: skip
    common = ACTIVE_COLUMN if has_active else {}
    return Kind(
        name=name,
        shape=Shape(name, entity(name).properties | dict.fromkeys(fields, IGNORED)),
        build=_read_only,
        index=_index,
        ids=name,
        operations=frozenset(),
        order=NAME_LIST_ORDER if has_active else ID_ORDER,
        has_active=has_active,
        columns={
            **COMMON_COLUMNS,
            **common,
            **{field: text_column(sql) if sql == "name" else inside(field) for field, sql in columns.items()},
        },
    )


TaxCode = _settings_kind("TaxCode", {"Name": "name", "Description": ""}, has_active=True)
TaxRate = _settings_kind("TaxRate", {"Name": "name", "Description": ""}, has_active=True)
CompanyInfo = _settings_kind("CompanyInfo", {}, has_active=False)
Preferences = _settings_kind("Preferences", {}, has_active=False)
