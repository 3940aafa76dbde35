"""What an entity of theirs says, read from QBO's JSON: what is kept of it, its name, number and amounts."""

from collections.abc import Mapping
from typing import Any

from portal.models.types import cents_of, storable

Entity = Mapping[str, Any]
"""One of theirs, as QBO shows it."""

# What changes without anybody having changed the record: paid, printed, e-mailed, put there by QBO itself.
VOLATILE = frozenset(
    {
        "Balance",
        "DeliveryInfo",
        "EmailStatus",
        "FreeFormAddress",
        "HomeBalance",
        "InvoiceLink",
        "LinkedTxn",
        "MetaData",
        "PrintStatus",
        "RemainingCredit",
        "SyncToken",
        "domain",
        "sparse",
    }
)

# Of these, what others did with a document: paid or credited it, printed or mailed it.
DEALINGS = ("Balance", "EmailStatus", "LinkedTxn", "PrintStatus")


def fields_of(entity: Entity) -> dict[str, Any]:
    """What of an entity is kept: all that a person can have changed, as JSON."""
    stored: dict[str, Any] = storable({name: value for name, value in entity.items() if name not in VOLATILE})
    return stored


def dealings_of(entity: Entity) -> dict[str, Any]:
    """What others did with a document, as JSON; a property that the answer leaves out is not known."""
    stored: dict[str, Any] = storable({name: entity[name] for name in DEALINGS if name in entity})
    return stored


def name_of(entity: Entity) -> str:
    """The whole name of a Customer or Item, its parents' before it; empty of a document."""
    named = (entity.get(field) for field in ("FullyQualifiedName", "DisplayName", "Name"))
    return next((str(name) for name in named if name), "")


def tax_of(entity: Entity) -> int:
    """Cents of tax in all."""
    return cents_of((entity.get("TxnTaxDetail") or {}).get("TotalTax"))


def is_voided(entity: Entity) -> bool:
    """Whether a document was voided: all its amounts are 0, and its note says so or there is nothing else
    to say it.

    An order of nothing but free samples makes amounts of 0 too; QBO puts “Voided” before the note of a
    voided one.
    """
    amounts = [entity.get("TotalAmt"), *(line.get("Amount") for line in entity.get("Line") or ())]
    if any(cents_of(amount) for amount in amounts):
        return False
    return str(entity.get("PrivateNote") or "").strip().casefold().startswith("voided")
