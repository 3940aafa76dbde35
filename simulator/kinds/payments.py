"""Payment: money of a customer, applied to invoices, joined by credit memos, or left unapplied."""

from __future__ import annotations

from .. import refusals
from ..books import Books, Record
from ..schema import DAY, FLAG, IGNORED, NUMBER, REFERENCE, Shape, entity, several, text
from ..wire import Body, money
from . import balances, linking
from .document_parts import check_period_open, settle_currency, settle_customer
from .kind import COMMON_COLUMNS, TRANSACTION_ORDER, Column, Kind, inside
from .voiding import voided_payment

PAYABLE = {name.casefold(): name for name in linking.PAYABLE}
"""The types a payment may name, in whatever case it names them."""
HELD_IN = frozenset({"Bank", "Other Current Asset"})
LINKED = several(Shape("LinkedTxn", {"TxnId": text(), "TxnType": text(), "TxnLineId": text()}))
PAYMENT = entity(
    "Payment",
    CustomerRef=REFERENCE,
    TotalAmt=NUMBER,
    UnappliedAmt=IGNORED,
    TxnDate=DAY,
    CurrencyRef=REFERENCE,
    ExchangeRate=NUMBER,
    PrivateNote=text(4000),
    PaymentRefNum=text(21),
    PaymentMethodRef=REFERENCE,
    DepositToAccountRef=REFERENCE,
    ARAccountRef=REFERENCE,
    ProcessPayment=FLAG,
    CreditCardPayment=IGNORED,
    TxnSource=text(),
    TxnStatus=IGNORED,
    TransactionLocationType=text(),
    TaxExemptionRef=REFERENCE,
    DocNumber=IGNORED,
    HomeTotalAmt=IGNORED,
    LinkedTxn=IGNORED,
    Line=several(
        Shape(
            "Line",
            {
                "Id": IGNORED,
                "LineNum": IGNORED,
                "Amount": NUMBER,
                "Description": text(4000),
                "DetailType": IGNORED,
                "LinkedTxn": LINKED,
                "LineEx": IGNORED,
            },
        )
    ),
)


def _build_payment(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = dict(wanted)
    customer = settle_customer(books, body)
    if body.get("TotalAmt") is None:
        raise refusals.missing("TotalAmt")
    body["TotalAmt"] = money(body["TotalAmt"])
    if body["TotalAmt"] < 0:
        raise refusals.business("Transaction amount must be 0 or greater")
    body["TxnDate"] = body.get("TxnDate") or books.clock.today().isoformat()
    check_period_open(books, body["TxnDate"], before.body["TxnDate"] if before else None)
    settle_currency(books, body, customer)
    _settle_account(books, body)
    body["ProcessPayment"] = False
    body["Line"] = [_line(line) for line in body.get("Line") or []]
    if books.switches["over_application"] == "unapplied":
        body["Line"] = linking.clipped(books, body["Line"], linking.applied(before))
    amounts = linking.applied_by_lines(body["Line"])
    linking.check_applicable(books, customer.id, amounts, linking.applied(before))
    body["UnappliedAmt"] = linking.unapplied(body["TotalAmt"], amounts)
    if body["UnappliedAmt"] < 0:
        raise refusals.business("The amounts applied are more than the amount received.")
    if "ExchangeRate" in body:
        body["HomeTotalAmt"] = money(body["TotalAmt"] * body["ExchangeRate"])
    return body


def _line(given: Body) -> Body:
    if given.get("Amount") is None:
        raise refusals.missing("Line.Amount")
    if given["Amount"] < 0:
        raise refusals.invalid_number(given["Amount"], "Line.Amount")
    links = [
        {"TxnId": link["TxnId"], "TxnType": PAYABLE.get(link["TxnType"].casefold(), link["TxnType"])}
        for link in given.get("LinkedTxn") or []
        if link.get("TxnId") and link.get("TxnType")
    ]
    if not links:
        raise refusals.missing("Line.LinkedTxn")
    return {"Amount": money(given["Amount"]), "LinkedTxn": links[:1]}


def _settle_account(books: Books, body: Body) -> None:
    """Money nobody has banked yet lies in Undeposited Funds."""
    id = (body.get("DepositToAccountRef") or {}).get("value")
    if not id:
        usual = [
            each for each in books.all("Account") if each.body.get("AccountSubType") == "UndepositedFunds"
        ]
        if usual:
            body["DepositToAccountRef"] = {"value": usual[0].id}
        return
    account = books.live("Account", id)
    if account is None:
        raise refusals.invalid_reference(f"Accounts element id {id} not found")
    if account.body["AccountType"] not in HELD_IN:
        raise refusals.wrong_account_type()
    body["DepositToAccountRef"] = {"value": id}


Payment = Kind(
    name="Payment",
    shape=PAYMENT,
    build=_build_payment,
    index=balances.index,
    ids="transaction",
    operations=frozenset({"create", "update", "void", "delete", "pdf", "send"}),
    survives_full_update=frozenset(
        {"CustomerRef", "TotalAmt", "TxnDate", "CurrencyRef", "ExchangeRate", "DepositToAccountRef", "Line"}
    ),
    order=TRANSACTION_ORDER,
    void=voided_payment,
    after=linking.follow,
    columns={
        **COMMON_COLUMNS,
        "TxnDate": Column("txn_date", "day"),
        "CustomerRef": Column("party"),
        "TotalAmt": Column("total", "money"),
        "PaymentRefNum": inside("PaymentRefNum", certain=False),
        "UnappliedAmt": inside("UnappliedAmt", "number", filterable=False),
    },
)
