"""The accounting API under /v3/company: who may ask, what is meant, and the envelope of the answer."""

from __future__ import annotations

import json
import sqlite3

from flask import Blueprint, Response, request

from . import batch, refusals, remembering, search, tokens, writing
from .books import Books, open_books
from .clock import stamp_with_milliseconds
from .exchange import Answer, Simulator, Visit, fault_answer, perform, simulator
from .kinds import BY_PATH, Kind
from .wire import Body, Printed, dumps, loads

blueprint = Blueprint("api", __name__)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@blueprint.route("/v3/company/<realm>/<path:rest>", methods=METHODS)
@blueprint.route("/v3/company/<realm>/", methods=METHODS, defaults={"rest": ""})
def company(realm: str, rest: str) -> Response:
    sim = simulator()
    reads = request.method == "GET" or rest == "query"

    def work(visit: Visit) -> Answer:
        refused = tokens.refused(visit.connection, request.headers.get("Authorization", ""), realm)
        if refused:
            visit.entry.fault_code = tokens.code_of(refused)
            return refused
        books = open_books(visit.connection, realm, sim.clock)
        if books is None:
            visit.entry.fault_code = "3100"
            return tokens.not_for_this_company()
        return _in_books(sim, books, visit, rest)

    return perform(realm, work, reads=reads, metered=reads)


def _in_books(sim: Simulator, books: Books, visit: Visit, rest: str) -> Answer:
    """A refusal undoes what the request had begun, but not its place in the ledger."""
    saved = request.method != "GET" and rest != "query"
    if saved:
        books.connection.execute("SAVEPOINT request")
    try:
        return _answer(sim, books, visit, rest)
    except batch.Aborted:
        return Answer("", 0, dropped=True)
    except refusals.Refusal as refusal:
        if saved:
            books.connection.execute("ROLLBACK TO request")
        books.effects.clear()
        visit.entry.fault_code = refusal.code
        return fault_answer(sim, refusal)
    finally:
        visit.entry.effects = books.effects


def _answer(sim: Simulator, books: Books, visit: Visit, rest: str) -> Answer:
    time = stamp_with_milliseconds(sim.clock.now())
    parts = rest.split("/")
    if rest == "query":
        return _enveloped({"QueryResponse": search.answer(books, _statement())}, time)
    if request.method == "GET":
        return _enveloped(_read(books, parts), time)
    if request.method != "POST" or len(parts) != 1:
        raise refusals.unsupported_operation(request.path)
    memory = remembering.memory_of(books, visit.entry.requestid)
    if (known := memory.whole(batch=rest == "batch")) is not None:
        visit.entry.replayed = True
        return Answer(known)
    body = _body()
    if rest == "batch":
        answer = Answer(batch.printed(batch.answers(books, visit, body, memory), time))
    else:
        answer = _enveloped(_written(books, parts[0], body), time)
    memory.keep_whole(answer.text, batch=rest == "batch")
    return answer


def _statement() -> str:
    if request.method == "POST":
        return request.get_data().decode("utf-8", "replace")
    return request.args.get("query", "")


def _body() -> object:
    raw = request.get_data()
    try:
        body: object = loads(raw.decode("utf-8"))
        if b"\\u" in raw:
            json.dumps(body, default=str, ensure_ascii=False).encode(
                "utf-8"
            )  # half a surrogate pair is text that can be neither stored nor sent
        return body
    except UnicodeError:
        raise refusals.unsupported(
            "MalformedByteSequenceException: Invalid byte of a UTF-8 sequence."
        ) from None
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise refusals.not_json(str(error)) from None


def _read(books: Books, parts: list[str]) -> Body:
    kind = BY_PATH.get(parts[0])
    singleton = parts[0] in ("preferences", "companyinfo")
    if kind is None or len(parts) > 2 or (len(parts) == 1 and parts[0] != "preferences"):
        raise refusals.unsupported_operation(request.path)
    id = "1" if singleton else parts[1]
    if not singleton and kind.name != "TaxCode" and not id.isdecimal():
        raise refusals.invalid_id(id)
    row = _stored(books.connection, books.realm, kind, id)
    if row is None:
        raise refusals.not_found()
    return {kind.name: Printed(row["body"])}


def _stored(connection: sqlite3.Connection, realm: str, kind: Kind, id: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = connection.execute(
        "SELECT body FROM record WHERE realm = ? AND entity = ? AND id = ? AND state <> 'deleted'",
        (realm, kind.name, id),
    ).fetchone()
    return found


def _written(books: Books, path: str, body: object) -> Body:
    kind = BY_PATH.get(path)
    if kind is None:
        raise refusals.unsupported_operation(request.path)
    operation = request.args.get("operation", "").lower()
    options = frozenset(request.args.get("include", "").replace(" ", "").split(","))
    if operation == "void":
        return {kind.name: writing.void(books, kind, body).printed}
    if operation == "delete":
        return {kind.name: writing.deleted_stub(writing.delete(books, kind, body))}
    if operation not in ("", "update", "create"):
        raise refusals.unsupported(operation)
    if operation == "update" and isinstance(body, dict) and not body.get("Id"):
        raise refusals.missing("Id")
    return {kind.name: writing.save(books, kind, body, options).printed}


def _enveloped(inside: Body, time: str) -> Answer:
    return Answer(dumps(inside | {"time": time}))
