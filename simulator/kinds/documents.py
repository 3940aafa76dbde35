"""Invoice and CreditMemo: customer, dates, terms, addresses, and the customer's balance they move."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .. import refusals
from ..books import Books, Indexed, Record
from ..wire import Body, cents, dumps, loads, money
from .document_amounts import settle_amounts
from .document_numbers import settle_number
from .document_shapes import CREDIT_MEMO, INVOICE
from .kind import COMMON_COLUMNS, TRANSACTION_ORDER, Column, Kind, inside, text_column
from .people import CURRENCY_NAMES

USUAL_DAYS_DUE = 30
"""QuickBooks gives a month where there is no term."""


def _build_invoice(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = _build_document(books, "Invoice", wanted, before, options)
    for switch in (
        "AllowIPNPayment",
        "AllowOnlinePayment",
        "AllowOnlineCreditCardPayment",
        "AllowOnlineACHPayment",
    ):
        body.setdefault(switch, False)
    if not body.get("DueDate"):
        body["DueDate"] = _due_date(books, body).isoformat()
    body["Balance"] = money(body["TotalAmt"] - _applied(before, "Balance"))
    return body


def _build_credit_memo(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = _build_document(books, "CreditMemo", wanted, before, options)
    body["RemainingCredit"] = body["Balance"] = money(body["TotalAmt"] - _applied(before, "RemainingCredit"))
    return body


def _applied(before: Record | None, remaining: str) -> Decimal:
    """What payments have taken already."""
    return Decimal(before.body["TotalAmt"] - before.body[remaining]) if before else Decimal(0)


def _build_document(
    books: Books, type_name: str, wanted: Body, before: Record | None, options: frozenset[str]
) -> Body:
    body = dict(wanted)
    customer = _settle_customer(books, body)
    if not body.get("Line"):
        raise refusals.missing("Line")
    body["TxnDate"] = body.get("TxnDate") or books.clock.today().isoformat()
    check_period_open(books, body["TxnDate"], before.body["TxnDate"] if before else None)
    _settle_currency(books, body, customer)
    _settle_terms(books, body, customer, before)
    _settle_links(body, before)
    _settle_addresses(books, body, customer, before)
    body["CustomField"] = _custom_fields(books, body.get("CustomField") or [])
    settle_amounts(books, body, customer, before)
    _number_lines(body, before)
    if body.get("EmailStatus") == "NeedToSend" and not body.get("BillEmail"):
        raise refusals.missing("BillEmail")
    body.setdefault("PrintStatus", "NeedToPrint")
    body.setdefault("EmailStatus", "NotSet")
    settle_number(books, type_name, body, before, options)
    return body


def _settle_customer(books: Books, body: Body) -> Record:
    id = (body.get("CustomerRef") or {}).get("value")
    if not id:
        raise refusals.missing("CustomerRef")
    customer = books.get("Customer", id)
    if customer is None or customer.deleted:
        raise refusals.invalid_reference(f"Names element id {id} not found")
    if not customer.active:
        raise refusals.inactive_reference()
    body["CustomerRef"] = {"value": id, "name": customer.body["FullyQualifiedName"]}
    return customer


def check_period_open(books: Books, *days: str | None) -> None:
    closed = books.preferences["AccountingInfoPrefs"].get("BookCloseDate")
    if closed and any(day and day <= closed for day in days):
        raise refusals.period_closed()


def _settle_currency(books: Books, body: Body, customer: Record) -> None:
    own = customer.body["CurrencyRef"]["value"]
    wanted = (body.get("CurrencyRef") or {}).get("value") or own
    if wanted != own:
        raise refusals.business("You can only use one foreign currency per transaction")
    body["CurrencyRef"] = {"value": own, "name": CURRENCY_NAMES.get(own, own)}
    if not books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        body.pop("ExchangeRate", None)
    elif body.get("ExchangeRate") is None or own == books.home_currency:
        body["ExchangeRate"] = Decimal(1)


def _settle_terms(books: Books, body: Body, customer: Record, before: Record | None) -> None:
    if before is None and not body.get("SalesTermRef") and customer.body.get("SalesTermRef"):
        body["SalesTermRef"] = customer.body["SalesTermRef"]
    reference = body.get("SalesTermRef")
    if not reference:
        body.pop("SalesTermRef", None)
        return
    if books.live("Term", reference.get("value")) is None:
        raise refusals.invalid_reference("SalesTermRef", "SalesTermRef")
    body["SalesTermRef"] = {"value": reference["value"]}


def _due_date(books: Books, body: Body) -> date:
    start = date.fromisoformat(body["TxnDate"])
    term = books.get("Term", body["SalesTermRef"]["value"]) if "SalesTermRef" in body else None
    if term is None:
        return start + timedelta(days=USUAL_DAYS_DUE)
    if term.body.get("DueDays") is not None:
        return start + timedelta(days=int(term.body["DueDays"]))
    month_end = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    day = min(int(term.body["DayOfMonthDue"]), 28)
    return start.replace(day=day) if start.day <= day else month_end.replace(day=day)


def _settle_links(body: Body, before: Record | None) -> None:
    standing = before.body["LinkedTxn"] if before else []
    for link in body.get("LinkedTxn") or []:
        known = any(link.get("TxnId") == each["TxnId"] for each in standing)
        if not known:
            what = f"{link.get('TxnType')} {link.get('TxnId')}"
            raise refusals.business(f"The entity {what} that you are trying to link does not exist. {what}")
    body["LinkedTxn"] = standing


def _settle_addresses(books: Books, body: Body, customer: Record, before: Record | None) -> None:
    for field in ("BillAddr", "ShipAddr"):
        old = before.body.get(field) if before else None
        if before and body.get(field) is old:
            continue
        given = {key: value for key, value in (body.get(field) or {}).items() if value and key != "Id"}
        if given:
            body[field] = {"Id": books.next_id("address"), **given}
        elif before is None and (customer.body.get(field) or customer.body.get("BillAddr")):
            body[field] = customer.body.get(field) or customer.body["BillAddr"]
        else:
            body.pop(field, None)


def _custom_fields(books: Books, given: list[Body]) -> list[Body]:
    """Every field the company has defined comes back, with its value where one was given."""
    values = {field.get("DefinitionId"): field.get("StringValue") for field in given}
    fields = []
    for group in books.preferences["SalesFormsPrefs"].get("CustomField", []):
        for preference in group["CustomField"]:
            definition = preference["Name"].partition("SalesCustomName")[2]
            if definition and preference.get("StringValue"):
                field = {"DefinitionId": definition, "Name": preference["StringValue"], "Type": "StringType"}
                fields.append(field | ({"StringValue": values[definition]} if values.get(definition) else {}))
    return fields


def _number_lines(body: Body, before: Record | None) -> None:
    """A line keeps its Id if it was sent with one the document knows; every other line gets a new one."""
    standing = {line["Id"] for line in before.body["Line"] if "Id" in line} if before else set()
    last = max((int(id) for id in standing), default=0)
    numbered = []
    for place, line in enumerate(body["Line"], start=1):
        if line["DetailType"] == "SubTotalLineDetail":
            numbered.append(line)
            continue
        id = line.get("Id")
        if id not in standing:
            last += 1
            id = str(last)
        standing.discard(id)
        rest = {key: value for key, value in line.items() if key != "Id"}
        if line["DetailType"] == "DiscountLineDetail":
            numbered.append({"Id": id, **rest})
        else:
            numbered.append({"Id": id, "LineNum": place, **rest})
    body["Line"] = numbered


def voided(body: Body) -> Body:
    """What is left of an invoice: its number, customer and lines, with every amount zero."""
    gone: Body = loads(dumps(body))
    for line in gone["Line"]:
        if "Amount" in line:
            line["Amount"] = Decimal(0)
        detail = line.get("SalesItemLineDetail", {})
        detail.pop("TaxInclusiveAmt", None)
        if "Qty" in detail:
            detail["Qty"] = Decimal(0)
    note = body.get("PrivateNote")
    zero: dict[str, Any] = {
        "TotalAmt": Decimal(0),
        "Balance": Decimal(0),
        "TxnTaxDetail": {"TotalTax": Decimal(0)},
    }
    if "HomeTotalAmt" in gone:
        zero["HomeTotalAmt"] = Decimal(0)
    return gone | zero | {"PrivateNote": f"Voided - {note}"[:4000] if note else "Voided"}


def _index(body: Body) -> Indexed:
    return Indexed(
        number=body.get("DocNumber"),
        party=body["CustomerRef"]["value"],
        txn_date=body["TxnDate"],
        total=cents(body["TotalAmt"]),
        balance=cents(body["Balance"]),
    )


def _after(books: Books, before: Record | None, after: Record) -> None:
    """Moves the customer's balance by what changed; a credit memo lowers it."""
    changes: dict[str, Decimal] = {}
    for record, direction in ((before, -1), (after, 1)):
        if record and not record.deleted:
            customer = record.body["CustomerRef"]["value"]
            sign = -direction if record.entity == "CreditMemo" else direction
            changes[customer] = changes.get(customer, Decimal(0)) + sign * Decimal(record.body["Balance"])
    for customer, change in changes.items():
        books.shift_balance(customer, change)


COLUMNS = {
    **COMMON_COLUMNS,
    "DocNumber": text_column("number"),
    "TxnDate": Column("txn_date", "day"),
    "CustomerRef": Column("party"),
    "TotalAmt": Column("total", "money"),
}
SURVIVING = frozenset(
    {"DocNumber", "TxnDate", "CurrencyRef", "CustomerRef", "Line", "DueDate", "GlobalTaxCalculation",
     "PrintStatus", "EmailStatus", "ApplyTaxAfterDiscount", "ExchangeRate", "DepositToAccountRef",
     "BillAddr", "ShipAddr"}
)  # fmt: skip
Invoice = Kind(
    name="Invoice",
    shape=INVOICE,
    build=_build_invoice,
    index=_index,
    ids="transaction",
    operations=frozenset({"create", "update", "void", "delete"}),
    survives_full_update=SURVIVING,
    order=TRANSACTION_ORDER,
    after=_after,
    columns={
        **COLUMNS,
        "DueDate": inside("DueDate", "day"),
        "Balance": Column("balance", "money"),
        "SalesTermRef": inside("SalesTermRef.value"),
        "ProjectRef": inside("ProjectRef.value"),
    },
)
CreditMemo = Kind(
    name="CreditMemo",
    shape=CREDIT_MEMO,
    build=_build_credit_memo,
    index=_index,
    ids="transaction",
    operations=frozenset({"create", "update", "delete"}),
    survives_full_update=SURVIVING,
    order=TRANSACTION_ORDER,
    after=_after,
    columns=COLUMNS,
)
