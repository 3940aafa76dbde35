"""DocNumber: who gives it, and who holds it already."""

from __future__ import annotations

from .. import refusals
from ..books import Books, Record
from ..wire import Body

TYPE_NAMES = {
    "Invoice": "Invoice",
    "CreditMemo": "Credit Memo",
    "SalesReceipt": "Sales Receipt",
    "Estimate": "Estimate",
    "RefundReceipt": "Refund Receipt",
}
LONGEST_SEQUENCE = 19
"""Digits a sequence can count on from; a longer number is text to it."""
NUMBERED = tuple(TYPE_NAMES)


def settle_number(
    books: Books, type_name: str, body: Body, before: Record | None, options: frozenset[str]
) -> None:
    custom = books.preferences["SalesFormsPrefs"]["CustomTxnNumbers"]
    wanted = body.get("DocNumber")
    automatic = body.pop("AutoDocNumber", None) or wanted == "AUTO_GENERATE"
    if automatic or (wanted is None and before is None and not custom):
        body["DocNumber"] = _next_number(books, type_name)
        return
    if wanted is None:
        body.pop("DocNumber", None)
        return
    if before and before.body.get("DocNumber") == wanted:
        return
    if books.switches["docnumber_check"] and "allowduplicatedocnum" not in options:
        _check_number_free(books, type_name, wanted, before)
    if wanted.isdecimal() and len(wanted) < LONGEST_SEQUENCE and not custom:
        books.connection.execute(
            "INSERT OR REPLACE INTO sequence (realm, name, last) VALUES (?, ?, ?)",
            (books.realm, _sequence(books, type_name), int(wanted)),
        )


def _sequence(books: Books, type_name: str) -> str:
    return "DocNumber" if books.switches["number_sequence"] == "shared" else f"DocNumber of {type_name}"


def _next_number(books: Books, type_name: str) -> str:
    alike = NUMBERED if books.switches["number_sequence"] == "shared" else (type_name,)
    while True:
        candidate = books.next_id(_sequence(books, type_name), at_least=1001)
        if not any(books.find(each, "number", candidate) for each in alike):
            return candidate


def _check_number_free(books: Books, type_name: str, wanted: str, own: Record | None) -> None:
    group = NUMBERED if books.switches["docnumber_group"] == "sales" else (type_name,)
    gone = books.switches["numbers_of_the_gone"]
    for each in group:
        for holder in books.find(each, "number", wanted.casefold(), among_deleted=gone == "both_kept"):
            if gone == "both_freed" and holder.state == "voided":
                continue
            if own is None or (holder.entity, holder.id) != (own.entity, own.id):
                raise refusals.duplicate_number(holder.body["DocNumber"], TYPE_NAMES[each], holder.id)
