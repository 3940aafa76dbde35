"""One write as it was asked for, alone or in a batch: which verb is meant, and the entity it answers with."""

from __future__ import annotations

from typing import Any

from . import own_side, refusals, writing
from .books import Books, Record
from .kinds import Kind
from .kinds.mail import bad_addresses
from .wire import Body, Printed, dumps


def perform(books: Books, kind: Kind, operation: str, options: frozenset[str], body: Any) -> Body:
    """`options` are those of include or optionsData. Raises what the verb does, 500 for an unknown one."""
    body = kind.unwrapped(body)
    if operation == "void" or (operation == "update" and "void" in options):
        return {kind.answered_as: kind.shown(writing.void(books, kind, body).text)}
    if operation == "delete":
        return {kind.answered_as: _deleted(kind, writing.delete(books, kind, body))}
    if operation == "send":
        return {kind.answered_as: kind.shown(send(books, kind, _id_of(body), "").text)}
    if operation not in ("", "create", "update"):
        raise refusals.unsupported(operation)
    if operation == "update":
        _id_of(body)
    return {kind.answered_as: kind.shown(writing.save(books, kind, body, options).text)}


def send(books: Books, kind: Kind, id: str, address: str) -> Record:
    """By e-mail to the address given, else to the one on the document."""
    if "send" not in kind.operations:
        raise refusals.unsupported(f"send of {kind.name}")
    document = writing.record_meant(books, kind, id)
    address = address or (document.body.get("BillEmail") or {}).get("Address", "")
    if not address:
        raise refusals.missing("BillEmail")
    if bad := bad_addresses(books, address):
        raise refusals.invalid_email(bad[0], "BillEmail", str(books.switches["bad_email_code"]))
    sent_today = int(books.next_id(f"e-mails of {books.clock.today()}"))
    if books.most_emails is not None and sent_today > books.most_emails:
        raise own_side.throttled()
    return writing.mark_sent(books, kind, document, address)


def _deleted(kind: Kind, record: Record) -> Body | Printed:
    """All that QuickBooks says of what it has deleted."""
    stub = {"domain": "QBO", "status": "Deleted", "Id": record.id}
    return kind.shown(dumps(stub | {"Type": record.body["Type"]})) if kind.wraps else stub


def options_of(given: object) -> frozenset[str]:
    return frozenset(str(given or "").replace(" ", "").lower().split(","))


def _id_of(body: Any) -> str:
    if isinstance(body, dict) and not body.get("Id"):
        raise refusals.missing("Id")
    return str(body.get("Id")) if isinstance(body, dict) else ""
