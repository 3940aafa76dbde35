"""Invoice, CreditMemo, SalesReceipt, RefundReceipt and Estimate: how each is built, and what it moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from .. import refusals
from ..books import Books, Record
from ..schema import Shape
from ..wire import Body, money
from . import balances, linking, stock
from .document_amounts import settle_amounts
from .document_numbers import settle_number
from .document_parts import (
    check_period_open,
    check_shipping,
    custom_fields,
    nobody,
    number_lines,
    settle_addresses,
    settle_currency,
    settle_customer,
    settle_mail,
    settle_terms,
)  # fmt: skip
from .document_shapes import CREDIT_MEMO, ESTIMATE, INVOICE, REFUND_RECEIPT, SALES_RECEIPT
from .kind import COMMON_COLUMNS, TRANSACTION_ORDER, Column, Kind, inside, text_column
from .terms import due_date
from .tracking import settle_class, settle_department
from .voiding import voided

PAID_AT_ONCE = frozenset({"SalesReceipt", "RefundReceipt"})
"""They need no customer."""
MOST_LINES = 10_000
MOST_TAXED_LINES = 750
NOTHING = Decimal(0)


def _build_invoice(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = _build_document(books, "Invoice", wanted, before, options)
    _settle_online_payment(books, body)
    _settle_deposit(books, body)
    if not body.get("DueDate"):
        term = books.get("Term", body["SalesTermRef"]["value"]) if "SalesTermRef" in body else None
        body["DueDate"] = due_date(term, date.fromisoformat(body["TxnDate"])).isoformat()
    if body["DueDate"] < body["TxnDate"] and books.switches["due_before_date"] == "refused":
        raise refusals.business("The due date can't be before the transaction date.")
    total = body["TotalAmt"] - body.get("Deposit", NOTHING)
    body["Balance"] = money(total - min(_applied(before), total))
    return _in_home_currency(body)


def _build_credit_memo(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = _build_document(books, "CreditMemo", wanted, before, options)
    left = money(body["TotalAmt"] - min(_applied(before), body["TotalAmt"]))
    body["RemainingCredit"] = body["Balance"] = left
    return _in_home_currency(body)


def _build_refund_receipt(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    """Taken back and paid at once, out of the account that is named."""
    if not wanted.get("DepositToAccountRef"):
        raise refusals.missing("DepositToAccountRef")
    body = _build_document(books, "RefundReceipt", wanted, before, options)
    return _in_home_currency(body | {"Balance": NOTHING})


def _build_sales_receipt(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    """Sold and paid at once: nobody owes anything."""
    body = _build_document(books, "SalesReceipt", wanted, before, options)
    if not body.get("DepositToAccountRef"):
        body.pop("DepositToAccountRef", None)
        for each in books.all("Account"):
            if each.body.get("AccountSubType") == "UndepositedFunds":
                body["DepositToAccountRef"] = {"value": each.id, "name": each.body["FullyQualifiedName"]}
    body["Balance"] = NOTHING
    return _in_home_currency(body)


def _build_estimate(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    """An offer: it moves nothing."""
    body = _build_document(books, "Estimate", wanted, before, options)
    body["TxnStatus"] = body.get("TxnStatus") or "Pending"
    return body


def _build_document(
    books: Books, type_name: str, wanted: Body, before: Record | None, options: frozenset[str]
) -> Body:
    body = dict(wanted)
    named = body.get("CustomerRef") or type_name not in PAID_AT_ONCE
    customer = settle_customer(books, body) if named else nobody(books)
    if not body.get("Line"):
        raise refusals.missing("Line")
    body["TxnDate"] = body.get("TxnDate") or books.clock.today().isoformat()
    if type_name != "Estimate":
        check_period_open(books, body["TxnDate"], before.body["TxnDate"] if before else None)
    settle_currency(books, body, customer)
    settle_terms(books, body, customer, before)
    settle_class(books, body, "ClassTrackingPerTxn")
    settle_department(books, body)
    standing = before.body["LinkedTxn"] if before else []
    given = body.get("LinkedTxn") or [] if type_name == "Invoice" else []
    body["LinkedTxn"] = linking.check_estimates(books, given, customer.id, standing)
    settle_addresses(books, body, customer, before)
    body["CustomField"] = custom_fields(books, body.get("CustomField") or [])
    settle_amounts(books, type_name, body, customer, before)
    _check_number_of_lines(body)
    number_lines(body, before)
    settle_mail(books, body)
    check_shipping(books, body)
    body.setdefault("PrintStatus", "NeedToPrint")
    body.setdefault("EmailStatus", "NotSet")
    body["FreeFormAddress"] = True
    settle_number(books, type_name, body, before, options)
    return body


def _check_number_of_lines(body: Body) -> None:
    count = len(body["Line"])
    if count - 1 > MOST_LINES or (count - 1 > MOST_TAXED_LINES and body["TxnTaxDetail"]["TotalTax"]):
        raise refusals.business("A transaction can have 10,000 lines, and 750 where sales tax is charged.")


def _applied(before: Record | None) -> Decimal:
    """What payments have taken already."""
    if before is None or before.state == "voided":
        return NOTHING
    return Decimal(before.body["TotalAmt"] - before.body.get("Deposit", NOTHING) - before.body["Balance"])


def _settle_online_payment(books: Books, body: Body) -> None:
    body["AllowIPNPayment"] = body["AllowOnlinePayment"] = False
    for field in ("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
        allowed = books.preferences["SalesFormsPrefs"].get("ETransactionPaymentEnabled")
        body[field] = bool(allowed and body.get(field))


def _settle_deposit(books: Books, body: Body) -> None:
    if not body.get("Deposit"):
        body.pop("Deposit", None)
        body.pop("DepositToAccountRef", None)
        return
    if not books.preferences["SalesFormsPrefs"].get("AllowDeposit"):
        raise refusals.business("Deposits are turned off in this company.")
    body["Deposit"] = money(body["Deposit"])
    if not 0 <= body["Deposit"] <= body["TotalAmt"]:
        raise refusals.business("A deposit can't be more than the amount of the transaction.")


def _in_home_currency(body: Body) -> Body:
    if "ExchangeRate" in body:
        body["HomeBalance"] = money(body["Balance"] * body["ExchangeRate"])
    return body


def _after_sale(books: Books, before: Record | None, after: Record) -> None:
    balances.move(books, before, after)
    stock.move(books, before, after)
    if before is not None and before.entity in linking.PAYABLE:
        gone = after.deleted or after.state == "voided"
        keep = NOTHING if gone else after.body["TotalAmt"] - after.body.get("Deposit", NOTHING)
        linking.release(books, before, Decimal(keep))
    if after.entity == "Invoice":
        linking.close_estimates(books, before, after)
    if before is None and after.entity in linking.PAYABLE:
        linking.apply_credit(books, after)


COLUMNS = {
    **COMMON_COLUMNS,
    "DocNumber": text_column("number"),
    "TxnDate": Column("txn_date", "day"),
    "CustomerRef": Column("party"),
    "TotalAmt": Column("total", "money"),
}
VERBS = frozenset({"create", "update", "delete", "send", "pdf"})
SURVIVING = frozenset(
    {"DocNumber", "TxnDate", "CurrencyRef", "CustomerRef", "Line", "DueDate", "GlobalTaxCalculation",
     "PrintStatus", "EmailStatus", "ApplyTaxAfterDiscount", "ExchangeRate", "DepositToAccountRef", "BillAddr",
     "ShipAddr", "TxnStatus"}
)  # fmt: skip


def _sale(
    shape: Shape,
    build: Callable[[Books, Body, Record | None, frozenset[str]], Body],
    *,
    voidable: bool = False,
    **columns: Column,
) -> Kind:
    return Kind(
        name=shape.name,
        shape=shape,
        build=build,
        index=balances.index,
        columns={**COLUMNS, **columns},
        ids="transaction",
        operations=VERBS | {"void"} if voidable else VERBS,
        survives_full_update=SURVIVING,
        order=TRANSACTION_ORDER,
        void=voided if voidable else None,
        after=_after_sale,
    )


BALANCE = Column("balance", "money")
Invoice = _sale(
    INVOICE,
    _build_invoice,
    voidable=True,
    DueDate=inside("DueDate", "day"),
    Balance=BALANCE,
    SalesTermRef=inside("SalesTermRef.value"),
    ProjectRef=inside("ProjectRef.value"),
)
CreditMemo = _sale(CREDIT_MEMO, _build_credit_memo)
SalesReceipt = _sale(SALES_RECEIPT, _build_sales_receipt, voidable=True, Balance=BALANCE)
RefundReceipt = _sale(REFUND_RECEIPT, _build_refund_receipt, voidable=True)
Estimate = _sale(
    ESTIMATE, _build_estimate, TxnStatus=inside("TxnStatus"), ExpirationDate=inside("ExpirationDate", "day")
)
