"""The control address for tests and demos: ledger, books, faults to order, switches, and a person's hand."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from . import ledger, refusals, tokens, writing
from .books import Books, open_books
from .exchange import simulator
from .kinds import KINDS
from .kinds.people import BY_A_PERSON
from .store import keep_setting
from .wire import Body, dumps, loads

blueprint = Blueprint("control", __name__, url_prefix="/control")
CHOICES: dict[str, tuple[Any, ...]] = {
    "requestid": ("answer", "item", "off"),
    "docnumber_check": (True, False),
    "docnumber_group": ("type", "sales"),
    "tax_rounding": ("line", "line-and-rate", "document"),
    "duplicate_name_text": ("id", "null", "sentence"),
}
"""Switches of a company that stand beside its preferences. Those below are kept as preferences."""

PREFERENCES = {
    "custom_txn_numbers": ("SalesFormsPrefs", "CustomTxnNumbers"),
    "allow_discount": ("SalesFormsPrefs", "AllowDiscount"),
    "close_date": ("AccountingInfoPrefs", "BookCloseDate"),
    "multicurrency": ("CurrencyPrefs", "MultiCurrencyEnabled"),
    "sales_tax": ("TaxPrefs", "UsingSalesTax"),
}


class NotUnderstood(Exception):
    """The control request is wrong; the sentence says how."""


@blueprint.errorhandler(NotUnderstood)
def not_understood(error: NotUnderstood) -> tuple[Response, int]:
    return _json({"error": str(error)}), 400


@blueprint.errorhandler(refusals.Refusal)
def refused(error: refusals.Refusal) -> tuple[Response, int]:
    return _json({"Fault": error.fault()}), 400


@blueprint.get("/ledger")
def read_ledger() -> Response:
    with simulator().store.reading() as connection:
        found = ledger.entries(connection, request.args.get("after", 0, int), request.args.get("realm"))
        return Response(ledger.printed(found), content_type="application/json")


@blueprint.get("/books/<realm>/<entity>")
def read_books(realm: str, entity: str) -> Response:
    if entity not in KINDS:
        raise NotUnderstood(f"entity is one of {', '.join(KINDS)}")
    with simulator().store.reading() as connection:
        return _json({entity: [record.printed for record in _books(connection, realm).all(entity)]})


@blueprint.get("/faults")
def list_faults() -> Response:
    return Response(json.dumps({"faults": simulator().orders.all()}), content_type="application/json")


@blueprint.post("/faults")
def order_fault() -> Response:
    try:
        order = simulator().orders.add(json.loads(request.get_data()))
    except (ValueError, AttributeError) as error:
        raise NotUnderstood(str(error)) from None
    return _json({"id": order.id})


@blueprint.delete("/faults")
def clear_faults() -> Response:
    simulator().orders.clear()
    return _json({})


@blueprint.post("/switches")
def turn_global_switches() -> Response:
    given = _given()
    if unknown := set(given) - {"strict_rotation", "access_token_seconds"}:
        raise NotUnderstood(f"no such switch: {', '.join(sorted(unknown))}")
    if not isinstance(given.get("access_token_seconds", 0), int):
        raise NotUnderstood("access_token_seconds is a whole number")
    with simulator().store.writing() as connection:
        for name, value in given.items():
            keep_setting(connection, name, value)
    return _json(given)


@blueprint.post("/switches/<realm>")
def turn_switches(realm: str) -> Response:
    given = _given()
    with simulator().store.writing() as connection:
        books = _books(connection, realm)
        for name, value in given.items():
            if name == "who_edited" or (name in CHOICES and value in CHOICES[name]):
                books.switches[name] = value
            else:
                _turn_preference(books, name, value)
        connection.execute(
            "UPDATE company SET switches = ? WHERE realm = ?", (json.dumps(books.switches), realm)
        )
    return _json(books.switches)


def _turn_preference(books: Books, name: str, value: Any) -> None:
    group, field = PREFERENCES.get(name, ("", ""))
    fits = isinstance(value, bool) if name != "close_date" else value is None or _is_day(value)
    if not group or not fits:
        raise NotUnderstood(f"no such switch, or not one of its values: {name} = {value!r}")
    standing = books.get("Preferences", "1")
    assert standing is not None
    changed = {key: each for key, each in standing.body[group].items() if key != field}
    if value is not None:
        changed[field] = value
    books.replace(standing, standing.body | {group: changed}, KINDS["Preferences"].index(standing.body))


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


@blueprint.post("/person/<realm>")
def act_as_person(realm: str) -> Response:
    """What a person does in QuickBooks itself, without tokens; it stands in the ledger as PERSON."""
    given = _given()
    action, entity = given.get("action"), given.get("entity", "")
    if entity not in KINDS:
        raise NotUnderstood(f"entity is one of {', '.join(KINDS)}")
    with simulator().store.writing() as connection:
        books = _books(connection, realm)
        record = _acted(books, str(action), entity, given)
        entry = ledger.Entry(
            realm=realm, method="PERSON", path=f"{entity}/{record.id}", query={}, requestid=None,
            metered=False, tid="", body_hash="", status=200, effects=books.effects,
        )  # fmt: skip
        ledger.append(connection, entry)
    return _json({entity: record.printed})


def _acted(books: Books, action: str, entity: str, given: Body) -> Any:
    kind = KINDS[entity]
    options = frozenset({"allowduplicatedocnum", BY_A_PERSON})
    if action == "create":
        return writing.save(books, kind, given.get("object"), options)
    standing = books.get(entity, str(given.get("id")))
    if standing is None or standing.deleted:
        raise NotUnderstood(f"there is no {entity} {given.get('id')}")
    named = {"Id": standing.id, "SyncToken": str(standing.sync_token)}
    if action == "update":
        return writing.save(books, kind, {**named, "sparse": True, **given.get("changes", {})}, options)
    if action == "deactivate":
        name = {kind.key_name: standing.body[kind.key_name]}
        return writing.save(books, kind, {**named, **name, "sparse": True, "Active": False}, options)
    if action == "void":
        return writing.void(books, kind, named)
    if action == "delete":
        return writing.delete(books, kind, named)
    raise NotUnderstood("action is create, update, deactivate, void or delete")


@blueprint.post("/tokens/expire")
def expire_tokens() -> Response:
    with simulator().store.writing() as connection:
        tokens.expire_access(connection)
    return _json({})


@blueprint.post("/tokens/revoke")
def revoke_tokens() -> Response:
    realm = str(_given().get("realm"))
    with simulator().store.writing() as connection:
        tokens.revoke_company(connection, realm)
    return _json({"realm": realm})


def _books(connection: sqlite3.Connection, realm: str) -> Books:
    books = open_books(connection, realm, simulator().clock)
    if books is None:
        raise NotUnderstood(f"there is no company {realm}")
    return books


def _given() -> Body:
    try:
        given = loads(request.get_data())
    except ValueError as error:
        raise NotUnderstood(str(error)) from None
    if not isinstance(given, dict):
        raise NotUnderstood("send a JSON object")
    return given


def _json(body: Body) -> Response:
    return Response(dumps(body), content_type="application/json")
