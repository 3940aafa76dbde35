"""What is left of a voided document: its number, customer and lines, with every amount zero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..wire import Body, dumps, loads

NOTHING = Decimal(0)
LONGEST_NOTE = 4000


def voided(body: Body) -> Body:
    gone: Body = loads(dumps(body))
    for line in gone["Line"]:
        _empty(line)
        for inner in line.get("GroupLineDetail", {}).get("Line", []):
            _empty(inner)
    zero: dict[str, Any] = {"TotalAmt": NOTHING, "TxnTaxDetail": {"TotalTax": NOTHING}}
    for field in ("Balance", "HomeTotalAmt", "HomeBalance", "Deposit"):
        if field in gone:
            zero[field] = NOTHING
    if "LinkedTxn" in gone:
        zero["LinkedTxn"] = []
    return gone | zero | {"PrivateNote": note(body)}


def voided_payment(body: Body) -> Body:
    gone: Body = loads(dumps(body))
    return gone | {"TotalAmt": NOTHING, "UnappliedAmt": NOTHING, "Line": [], "PrivateNote": note(body)}


def note(body: Body) -> str:
    old = body.get("PrivateNote")
    return f"Voided - {old}"[:LONGEST_NOTE] if old else "Voided"


def _empty(line: Body) -> None:
    if "Amount" in line:
        line["Amount"] = NOTHING
    detail = line.get("SalesItemLineDetail", {})
    detail.pop("TaxInclusiveAmt", None)
    if "Qty" in detail:
        detail["Qty"] = NOTHING
