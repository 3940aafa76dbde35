"""What a person does in QuickBooks itself, without tokens: in the documents, the lists and the company."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from . import ledger, operations, switching, tokens, writing
from .books import Books, Record
from .kinds import KINDS, Kind
from .kinds.kind import BY_A_PERSON
from .kinds.taxes import PSEUDO_CODES
from .merging import merge
from .wire import Body

OPTIONS = frozenset({"allowduplicatedocnum", BY_A_PERSON})


def act(books: Books, given: Body) -> Record | None:
    """The record acted on, or none where it was the company. Raises ValueError for what can't be done."""
    action = str(given.get("action"))
    if action in OF_COMPANY:
        OF_COMPANY[action](books, given)
        return None
    if action == "pay":
        return _pay(books, given)
    entity = given.get("entity", "")
    if entity not in KINDS:
        raise ValueError(f"entity is one of {', '.join(KINDS)}")
    kind = KINDS[entity]
    if action == "create":
        return writing.save(books, kind, given.get("object"), OPTIONS)
    if action not in OF_RECORD:
        raise ValueError(f"action is one of create, pay, {', '.join((*OF_RECORD, *OF_COMPANY))}")
    standing = books.get(entity, str(given.get("id")))
    if standing is None or standing.deleted:
        raise ValueError(f"there is no {entity} {given.get('id')}")
    return OF_RECORD[action](books, kind, standing, given)


def note(books: Books, action: str, record: Record | None) -> None:
    """In the ledger, in the transaction of its effect."""
    path = f"{record.entity}/{record.id}" if record else action
    ledger.append(books.connection, _entry("PERSON", books.realm, path, {}, books.effects))


def note_control(connection: sqlite3.Connection, what: str, said: dict[str, str]) -> None:
    ledger.append(connection, _entry("CONTROL", None, what, said, []))


def _entry(
    method: str, realm: str | None, path: str, query: dict[str, str], effects: list[Body]
) -> ledger.Entry:
    return ledger.Entry(
        realm=realm, method=method, path=path, query=query, requestid=None,
        metered=False, tid="", body_hash="", status=200, effects=effects,
    )  # fmt: skip


def _update(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    changes = given.get("changes", {})
    return writing.save(books, kind, {**_named(standing), "sparse": True, **changes}, OPTIONS)


def _rename(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    name = {kind.key_name: str(given.get("name", ""))}
    return writing.save(books, kind, {**_named(standing), "sparse": True, **name}, OPTIONS)


def _set_active(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    """Codes and rates of tax, too, which software can't change; what becomes of their names isn't known."""
    active = given["action"] == "reactivate"
    if not kind.has_active or standing.id in PSEUDO_CODES:
        raise ValueError(f"{standing.entity} {standing.id} can't be made inactive")
    if not kind.operations:
        after = books.replace(standing, standing.body | {"Active": active}, kind.index(standing.body))
        books.note_effect("update", after)
        return after
    name = {kind.key_name: standing.body[kind.key_name].removesuffix(" (deleted)")}
    return writing.save(books, kind, {**_named(standing), **name, "sparse": True, "Active": active}, OPTIONS)


def _move_account(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    """Another account of an item: which one, `field` says."""
    field = str(given.get("field", "IncomeAccountRef"))
    account = {"value": str(given.get("account", ""))}
    return writing.save(books, kind, {**_named(standing), "sparse": True, field: account}, OPTIONS)


def _void(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    return writing.void(books, kind, _named(standing))


def _delete(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    return writing.delete(books, kind, _named(standing))


def _send(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    return operations.send(books, kind, standing.id, str(given.get("address", "")))


def _deposit(books: Books, kind: Kind, standing: Record, given: Body) -> Record:
    if standing.entity != "Payment":
        raise ValueError("only a payment is deposited")
    return books.replace(standing, standing.body, kind.index(standing.body), state="deposited")


def _pay(books: Books, given: Body) -> Record:
    """An invoice, wholly or by the amount given."""
    invoice = books.get("Invoice", str(given.get("id")))
    if invoice is None or invoice.deleted:
        raise ValueError(f"there is no Invoice {given.get('id')}")
    amount = given.get("amount", invoice.body["Balance"])
    linked = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]}
    body = {"CustomerRef": invoice.body["CustomerRef"], "TotalAmt": amount, "Line": [linked]}
    if "CurrencyRef" in invoice.body and books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        body["CurrencyRef"] = invoice.body["CurrencyRef"]
    return writing.save(books, KINDS["Payment"], body, OPTIONS)


def _close_period(books: Books, given: Body) -> None:
    switching.turn(books, {"close_date": given.get("date")})


def _lapse(books: Books, given: Body) -> None:
    switching.turn(books, {"company_status": "lapsed"})


def _renew(books: Books, given: Body) -> None:
    switching.turn(books, {"company_status": "open"})


def _disconnect(books: Books, given: Body) -> None:
    """Apps → Disconnect: every token of the company is void."""
    tokens.revoke_company(books.connection, books.realm)


def _named(standing: Record) -> Body:
    return {"Id": standing.id, "SyncToken": str(standing.sync_token)}


OF_RECORD: dict[str, Callable[[Books, Kind, Record, Body], Record]] = {
    "update": _update,
    "rename": _rename,
    "deactivate": _set_active,
    "reactivate": _set_active,
    "move_account": _move_account,
    "void": _void,
    "delete": _delete,
    "send": _send,
    "deposit": _deposit,
    "merge": merge,
}
OF_COMPANY: dict[str, Callable[[Books, Any], None]] = {
    "close_period": _close_period,
    "lapse": _lapse,
    "renew": _renew,
    "disconnect": _disconnect,
}
