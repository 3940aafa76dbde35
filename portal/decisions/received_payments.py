"""The payments on a document, as QuickBooks has them.

Whether one was matched in a bank reconciliation is nowhere in QBO's answers: only where it was deposited is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.company import facts
from portal.company.entities import Entity
from portal.company.reader import Reader
from portal.models import Connection, ListEntry
from portal.models.types import cents_of
from portal.quickbooks import queries


@dataclass(frozen=True)
class Received:
    """A payment as QuickBooks has it: cents of it on this document, the day, and the account it went to.

    account: empty where it is none that we know. undeposited: it is QuickBooks' own for what waits to be
    taken to the bank.
    """

    amount: int
    dated: date | None
    account: str
    undeposited: bool


def payments_on(connection: Connection, document: Entity) -> list[Received]:
    """Those that are applied to it. Commits. Raises Unavailable, Reconnect."""
    ids = {str(one["TxnId"]) for one in document.get("LinkedTxn") or () if one.get("TxnType") == "Payment"}
    if not ids:
        return []
    rows = Reader(connection).rows("Payment", queries.any_of("Id", sorted(ids)))
    accounts = {entry.external_id: entry for entry in facts.entries(connection, "accounts")}
    return [_as_received(row, str(document["Id"]), accounts) for row in rows]


def _as_received(payment: Entity, document_id: str, accounts: Mapping[str, ListEntry]) -> Received:
    applied = [
        line
        for line in payment.get("Line") or ()
        if any(str(one.get("TxnId")) == document_id for one in line.get("LinkedTxn") or ())
    ]
    account = accounts.get(str((payment.get("DepositToAccountRef") or {}).get("value")))
    text = payment.get("TxnDate")
    return Received(
        amount=sum(cents_of(line.get("Amount")) for line in applied),
        dated=date.fromisoformat(str(text)) if text else None,
        account=account.name if account else "",
        undeposited=account is not None and account.details.get("subtype") == "UndepositedFunds",
    )
