"""A customer's statement: what was sold, credited and paid, in order, with what was owed after each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .books import Books, Record

SIGNS = {"Invoice": 1, "CreditMemo": -1, "Payment": -1}
TEXTS = {"Invoice": "Invoice", "CreditMemo": "Credit memo", "Payment": "Payment"}


@dataclass(frozen=True)
class StatementLine:
    date: str
    text: str
    memo: str
    amount: Decimal
    balance: Decimal


def of_customer(books: Books, customer_id: str) -> list[StatementLine]:
    """The last balance is the customer's."""
    documents = [record for entity in SIGNS for record in books.find(entity, "party", customer_id)]
    documents.sort(
        key=lambda record: (str(record.body["TxnDate"]), str(record.body["MetaData"]["CreateTime"]))
    )
    balance, lines = Decimal(0), []
    for record in documents:
        amount = SIGNS[record.entity] * Decimal(record.body["TotalAmt"]) + 0  # no minus before a zero
        balance += amount
        memo = str(record.body.get("PrivateNote") or "")
        lines.append(StatementLine(str(record.body["TxnDate"]), _text(record), memo, amount, balance))
    return lines


def _text(record: Record) -> str:
    number = record.body.get("DocNumber") or record.body.get("PaymentRefNum") or ""
    voided = " (voided)" if record.state == "voided" else ""
    return f"{TEXTS[record.entity]} {number}".strip() + voided
