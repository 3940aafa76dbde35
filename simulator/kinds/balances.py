"""What documents leave owed: the customer's balance they move, and how a changed balance is written down."""

from __future__ import annotations

from decimal import Decimal

from ..books import Books, Indexed, Record
from ..wire import Body, cents, money

NOTHING = Decimal(0)


def index(body: Body) -> Indexed:
    """What a document is found by."""
    return Indexed(
        number=body.get("DocNumber"),
        party=(body.get("CustomerRef") or {}).get("value"),
        txn_date=body["TxnDate"],
        total=cents(body["TotalAmt"]),
        balance=cents(body["Balance"]) if "Balance" in body else None,
    )


def owed(record: Record | None) -> Decimal:
    """Its part of the customer's balance: invoices raise it, open credit and unapplied payments lower it."""
    if record is None or record.deleted:
        return NOTHING
    if record.entity == "Invoice":
        return Decimal(record.body["Balance"])
    if record.entity == "CreditMemo":
        return -Decimal(record.body["Balance"])
    if record.entity == "Payment":
        return -Decimal(record.body["UnappliedAmt"])
    return NOTHING


def move(books: Books, before: Record | None, after: Record) -> None:
    """Carries what changed to the customers named before and now."""
    changes: dict[str, Decimal] = {}
    for record, sign in ((before, -1), (after, 1)):
        if record is not None and record.body.get("CustomerRef"):
            customer = record.body["CustomerRef"]["value"]
            changes[customer] = changes.get(customer, NOTHING) + sign * owed(record)
    for customer, change in changes.items():
        books.shift_balance(customer, change)


def restate(books: Books, record: Record, changes: Body) -> Record:
    """A document changed by another one: its balance, its links. Moves the customer's balance too."""
    body = record.body | changes
    if books.switches["payment_raises_sync_token"]:
        after = books.replace(record, body, index(body))
    else:
        books.touch(record, changes)
        found = books.get(record.entity, record.id)
        assert found is not None
        after = found
    move(books, record, after)
    books.note_effect("update", after)
    return after


def with_balance(record: Record, balance: Decimal) -> Body:
    """A credit memo prints what is left of it twice."""
    left = money(balance)
    changes: Body = {"Balance": left}
    if "RemainingCredit" in record.body:
        changes["RemainingCredit"] = left
    if "HomeBalance" in record.body:
        changes["HomeBalance"] = money(left * record.body.get("ExchangeRate", Decimal(1)))
    return changes
