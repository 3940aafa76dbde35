"""What clients of QuickBooks also write and read, kept as it is sent: bills and other purchases, deposits,
transfers, journal entries, time. Nothing follows from it, and no tax is computed on it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import (
    ADDRESS,
    DAY,
    EMAIL,
    FLAG,
    IGNORED,
    NUMBER,
    REFERENCE,
    Property,
    entity,
    one_of,
    text,
)
from ..wire import Body, cents, money
from . import currencies
from .document_parts import check_period_open
from .document_shapes import CUSTOM_FIELD
from .kept_shapes import (
    CASH_BACK,
    DEPOSIT_DETAIL,
    EXPENSES,
    JOURNAL_DETAIL,
    PAID_BY_CARD,
    PAID_BY_CHECK,
    PURCHASED,
    TRANSACTION,
    lines_of,
)  # fmt: skip
from .kind import COMMON_COLUMNS, TRANSACTION_ORDER, Column, Kind, inside, text_column
from .voiding import note

NOTHING = Decimal(0)
Settle = Callable[[Body], None]
REFERS_TO = {
    **dict.fromkeys(("VendorRef", "CustomerRef", "EmployeeRef"), "Names"),
    "AccountRef": "Accounts",
    **dict.fromkeys(("APAccountRef", "BankAccountRef", "CCAccountRef", "CreditCardAccountRef"), "Accounts"),
    **dict.fromkeys(("DepositToAccountRef", "FromAccountRef", "ToAccountRef"), "Accounts"),
    "ItemRef": "Items",
    "ClassRef": "Klasses",
    "DepartmentRef": "Depts",
    "TaxCodeRef": "TaxCodes",
    "PaymentMethodRef": "PaymentMethods",
}
"""The fields that name another record, and what QuickBooks calls those where it doesn't find one."""
ENTITIES = {
    "Names": ("Customer", "Vendor", "Employee"),
    "Accounts": ("Account",),
    "Items": ("Item",),
    "Klasses": ("Class",),
    "Depts": ("Department",),
    "TaxCodes": ("TaxCode",),
    "PaymentMethods": ("PaymentMethod",),
}


def references(books: Books, body: Body) -> Body:
    """With the names of what is referred to. Raises 2500 for what isn't there."""
    return {name: _referring(books, name, value) for name, value in body.items()}


def _referring(books: Books, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [references(books, each) if isinstance(each, dict) else each for each in value]
    if not isinstance(value, dict):
        return value
    where = REFERS_TO.get(name)
    if where is None or not value.get("value"):
        return references(books, value)
    id = str(value["value"])
    found = [record for each in ENTITIES[where] if (record := books.get(each, id))]
    if not found or found[0].deleted:
        raise refusals.invalid_reference(f"{where} element id {id} not found")
    if not found[0].active:
        raise refusals.inactive_reference()
    shown = (found[0].body.get(field) for field in ("FullyQualifiedName", "DisplayName", "Name"))
    return {"value": id, "name": next(filter(None, shown), "")}


def settle_lines(body: Body) -> None:
    """Each with an amount and an Id. Raises 2020."""
    lines = []
    for place, line in enumerate(body.get("Line") or [], start=1):
        if line.get("Amount") is None and line.get("DetailType") != "DescriptionOnly":
            raise refusals.missing("Line.Amount")
        if not (line.get("DetailType") or line.get("LinkedTxn")):
            raise refusals.missing("Line.DetailType")
        amount = {"Amount": money(line["Amount"])} if line.get("Amount") is not None else {}
        lines.append({"Id": line.get("Id") or str(place), "LineNum": place, **line, **amount})
    if lines:
        body["Line"] = lines


def _add_up(body: Body) -> None:
    body["TotalAmt"] = money(sum((line.get("Amount", NOTHING) for line in body["Line"]), NOTHING))


def _owe(body: Body) -> None:
    _add_up(body)
    body["Balance"] = body["TotalAmt"]
    body["DueDate"] = body.get("DueDate") or body["TxnDate"]


def _order(body: Body) -> None:
    _add_up(body)
    body["POStatus"] = body.get("POStatus") or "Open"


def _balance_out(body: Body) -> None:
    """Raises 6000 where debits and credits differ."""
    sums = {"Debit": NOTHING, "Credit": NOTHING}
    for line in body["Line"]:
        detail = line.get("JournalEntryLineDetail")
        if detail is not None:
            posting = detail.get("PostingType")
            if posting is None:
                raise refusals.missing("Line.JournalEntryLineDetail.PostingType")
            sums[posting] += line.get("Amount", NOTHING)
    if sums["Debit"] != sums["Credit"]:
        raise refusals.business("Please balance debits and credits.")
    body["TotalAmt"] = money(sums["Debit"])


def _as_given(body: Body) -> None:
    for field in ("TotalAmt", "Amount"):
        if body.get(field) is not None:
            body[field] = money(body[field])


def _as_transfer(body: Body) -> Body:
    """A payment of a credit card is money moved from one account to another."""
    shown = {
        key: value for key, value in body.items() if key not in ("BankAccountRef", "CreditCardAccountRef")
    }
    return shown | {"FromAccountRef": body["BankAccountRef"], "ToAccountRef": body["CreditCardAccountRef"]}


def _voided(body: Body) -> Body:
    return body | {"TotalAmt": NOTHING, "Line": [], "PrivateNote": note(body)}


def _index(body: Body) -> Indexed:
    return Indexed(
        number=body.get("DocNumber"),
        txn_date=body.get("TxnDate"),
        total=cents(body.get("TotalAmt") or body.get("Amount") or NOTHING),
        balance=cents(body["Balance"]) if "Balance" in body else None,
    )


def _document(
    name: str, fields: dict[str, Property], needed: tuple[str, ...], settle: Settle, **rest: Any
) -> Kind:
    """`needed`: what a request must name, else 2020. `settle`: what becomes of its amounts."""
    shape = entity(name, **{**TRANSACTION, **fields})

    def build(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
        for field in needed:
            if wanted.get(field) in (None, "", [], {}):
                raise refusals.missing(field)
        body = references(books, wanted)
        body["TxnDate"] = body.get("TxnDate") or books.clock.today().isoformat()
        check_period_open(books, body["TxnDate"], before.body["TxnDate"] if before else None)
        currency = (body.get("CurrencyRef") or {}).get("value") or books.home_currency
        body["CurrencyRef"] = currencies.reference(currency)
        settle_lines(body)
        settle(body)
        return body

    return Kind(
        name=name,
        shape=shape,
        build=build,
        index=_index,
        ids="transaction",
        operations=frozenset({"create", "update", "delete"} | ({"void"} if "void" in rest else set())),
        survives_full_update=frozenset({*needed, "DocNumber", "TxnDate", "CurrencyRef"}),
        order=TRANSACTION_ORDER,
        columns={
            **COMMON_COLUMNS,
            "DocNumber": text_column("number"),
            "TxnDate": Column("txn_date", "day"),
            "TotalAmt": Column("total", "money"),
            **({"VendorRef": inside("VendorRef.value")} if "VendorRef" in fields else {}),
            **({"PaymentType": inside("PaymentType")} if "PaymentType" in fields else {}),
            **(
                {"Balance": Column("balance", "money"), "DueDate": inside("DueDate", "day")}
                if settle is _owe
                else {}
            ),
        },
        **rest,
    )


OWED = {"VendorRef": REFERENCE, "APAccountRef": REFERENCE, "VendorAddr": ADDRESS, "Line": EXPENSES}
TERMS = {"SalesTermRef": REFERENCE, "DueDate": DAY}
TO_A_VENDOR = ("VendorRef", "Line")
Bill = _document("Bill", OWED | TERMS, TO_A_VENDOR, _owe)
VendorCredit = _document("VendorCredit", OWED, TO_A_VENDOR, _add_up)
PurchaseOrder = _document(
    "PurchaseOrder",
    OWED
    | TERMS
    | {
        "POStatus": one_of("Open", "Closed"),
        "POEmail": EMAIL,
        "EmailStatus": text(),
        "Memo": text(4000),
        "CustomField": CUSTOM_FIELD,
        "ShipAddr": ADDRESS,
        "ShipTo": REFERENCE,
        "ShipMethodRef": REFERENCE,
        "ClassRef": REFERENCE,
        "TaxCodeRef": REFERENCE,
    },
    TO_A_VENDOR,
    _order,
)
Purchase = _document(
    "Purchase",
    {
        "PaymentType": one_of("Cash", "Check", "CreditCard"),
        "AccountRef": REFERENCE,
        "EntityRef": REFERENCE,
        "RemitToAddr": ADDRESS,
        "PaymentMethodRef": REFERENCE,
        "PaymentRefNum": text(21),
        "PrintStatus": text(),
        "Credit": FLAG,
        "PurchaseEx": IGNORED,
        "Line": EXPENSES,
    },
    ("PaymentType", "AccountRef", "Line"),
    _add_up,
)
BillPayment = _document(
    "BillPayment",
    {
        "VendorRef": REFERENCE,
        "APAccountRef": REFERENCE,
        "PayType": one_of("Check", "CreditCard"),
        "TotalAmt": NUMBER,
        "ProcessBillPayment": FLAG,
        "CheckPayment": PAID_BY_CHECK,
        "CreditCardPayment": PAID_BY_CARD,
        "Line": lines_of(),
    },
    ("VendorRef", "PayType", "TotalAmt", "Line"),
    _as_given,
    void=_voided,
)
Deposit = _document(
    "Deposit",
    {
        "DepositToAccountRef": REFERENCE,
        "CashBack": CASH_BACK,
        "Line": lines_of(DepositLineDetail=DEPOSIT_DETAIL),
    },
    ("DepositToAccountRef", "Line"),
    _add_up,
)
JournalEntry = _document(
    "JournalEntry",
    {
        "Adjustment": FLAG,
        "TaxRateRef": REFERENCE,
        "Line": lines_of(JournalEntryLineDetail=JOURNAL_DETAIL, DescriptionOnly={}),
    },
    ("Line",),
    _balance_out,
)
Transfer = _document(
    "Transfer",
    {"FromAccountRef": REFERENCE, "ToAccountRef": REFERENCE, "Amount": NUMBER},
    ("FromAccountRef", "ToAccountRef", "Amount"),
    _as_given,
    reads_as=("CreditCardPayment", _as_transfer),
)
CreditCardPayment = _document(
    "CreditCardPayment",
    {
        **dict.fromkeys(("BankAccountRef", "CreditCardAccountRef", "VendorRef"), REFERENCE),
        "Amount": NUMBER,
        "Memo": text(4000),
        "PrintStatus": text(),
        "CheckNum": text(21),
    },
    ("BankAccountRef", "CreditCardAccountRef", "Amount"),
    _as_given,
    told_as="CreditCardPaymentTxn",
)
TimeActivity = _document(
    "TimeActivity",
    {
        "NameOf": one_of("Employee", "Vendor"),
        **dict.fromkeys(("EmployeeRef", "VendorRef", "CustomerRef", "ItemRef"), REFERENCE),
        **dict.fromkeys(("ClassRef", "ProjectRef", "PayrollItemRef"), REFERENCE),
        **dict.fromkeys(
            ("Hours", "Minutes", "Seconds", "BreakHours", "BreakMinutes", "HourlyRate", "CostRate"), NUMBER
        ),
        "StartTime": text(),
        "EndTime": text(),
        "Description": text(4000),
        "Taxable": FLAG,
        "BillableStatus": PURCHASED["BillableStatus"],
    },
    ("NameOf",),
    _as_given,
    change_feed="silent",
)  # fmt: skip
