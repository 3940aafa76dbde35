"""The accounting API under /v3/company: who may ask, what is meant, and the envelope of the answer."""

from __future__ import annotations

import json
from datetime import date

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from . import (
    admission,
    batch,
    changes,
    markup,
    operations,
    own_side,
    pdf,
    refusals,
    remembering,
    reports,
    search,
    tokens,
    uploads,
)  # fmt: skip
from .answers import JSON_FAULT, Answer, fault_answer, throttled
from .books import Books, open_books
from .clock import stamp_with_milliseconds
from .exchange import Simulator, Visit, Work, perform, simulator
from .kinds import BY_PATH, KINDS, Kind
from .kinds.currencies import rate_on
from .kinds.taxes import TAX_SERVICE, serve
from .schema import checked
from .wire import Body, Printed, dumps, half_a_cent, loads
from .writing import not_there, record_meant

blueprint = Blueprint("api", __name__)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
READS = ("query", "cdc")
SINGLETONS = ("preferences", "companyinfo")
LONGEST_REQUESTID, LONGEST_BATCH_REQUESTID = 50, 36
PDF = "application/pdf"
SHAPES = {name: kind.shape for name, kind in KINDS.items()}


@blueprint.route("/v3/company/<realm>/<path:rest>", methods=METHODS)
@blueprint.route("/v3/company/<realm>/", methods=METHODS, defaults={"rest": ""})
def company(realm: str, rest: str) -> Response:
    sim = simulator()
    rest = rest.strip("/")
    reads = request.method == "GET" or rest.lower() in READS
    batch, report = rest.lower() == "batch", rest.lower().startswith("reports/")
    patient, now = not sim.clock.stands_still, sim.clock.seconds()
    with sim.limits.arrived(realm, now, batch=batch, report=report, patient=patient) as broken:
        return perform(realm, _work(sim, realm, rest, broken, reads=reads), reads=reads, metered=reads)


@blueprint.route("/v3/attachable", methods=METHODS)
@blueprint.route("/v3/attachable/<path:id>", methods=METHODS)
def attachable(id: str = "") -> Response:
    """Attachments were seen to be had without naming the company, which the token tells."""
    with simulator().store.reading() as connection:
        realm = tokens.realm_of(connection, request.headers.get("Authorization", ""))
    return company(realm, f"attachable/{id}")


@blueprint.app_errorhandler(404)
@blueprint.app_errorhandler(405)
def nothing_there(error: HTTPException) -> Response | HTTPException:
    """Addresses under /v3 that lead nowhere are answered as the API would."""
    if not request.path.startswith("/v3/"):
        return error
    sim = simulator()

    def work(visit: Visit) -> Answer:
        nameless = request.path.startswith("/v3/company//")
        fault = own_side.no_company() if nameless else refusals.unsupported_operation(request.path)
        visit.entry.fault_code = fault.code
        return fault_answer(sim.clock, fault)

    return perform(None, work, reads=True)


def _work(sim: Simulator, realm: str, rest: str, broken: str | None, *, reads: bool) -> Work:

    def work(visit: Visit) -> Answer:
        refused = tokens.refused(visit.connection, sim.clock, request.headers.get("Authorization", ""), realm)
        if refused:
            visit.entry.fault_code = tokens.code_of(refused)
            return refused
        if over := broken or (reads and sim.limits.used_up(visit.connection, sim.clock)):
            visit.entry.fault_code, visit.entry.breach = "3001", over
            return throttled(sim.limits.shape)
        books = open_books(visit.connection, realm, sim.clock)
        if books is None:
            visit.entry.fault_code = "3100"
            return tokens.not_for_this_company()
        books.most_emails = sim.limits.most("emails_a_day")
        return _in_books(sim, books, visit, rest, reads=reads)

    return work


def _in_books(sim: Simulator, books: Books, visit: Visit, rest: str, *, reads: bool) -> Answer:
    """A refusal undoes what the request had begun, but not its place in the ledger."""
    if not reads:
        books.connection.execute("SAVEPOINT request")
    try:
        answer = admission.refused(books, writes=not reads)
        if answer is not None:
            visit.entry.fault_code = "7001"
            return answer
        with half_a_cent(books.switches["half_a_cent"]):
            return _answer(sim, books, visit, rest)
    except batch.Aborted:
        return Answer("", 0, dropped=True)
    except refusals.Refusal as refusal:
        if not reads:
            books.connection.execute("ROLLBACK TO request")
        books.effects.clear()
        visit.entry.fault_code = refusal.code
        answer = fault_answer(sim.clock, refusal)
        if refusal.code == own_side.THROTTLED:
            visit.entry.breach = "emails_a_day"
            sim.limits.note("emails_a_day")
            answer = throttled(sim.limits.shape)
        if not reads and answer.status == 400:
            remembering.memory_of(books, visit.entry.requestid).keep_fault(answer.text)
        return answer
    finally:
        visit.entry.effects = books.effects


def _answer(sim: Simulator, books: Books, visit: Visit, rest: str) -> Answer:
    time = stamp_with_milliseconds(sim.clock.now())
    parts = rest.lower().split("/")
    if parts == ["query"]:
        return _enveloped({"QueryResponse": search.answer(books, _statement())}, time)
    if request.method == "GET":
        return _read(books, parts, time)
    if request.method != "POST":
        raise refusals.unsupported_operation(request.path)
    if len(parts) == 3 and parts[2] == "send":
        kind = _kind(parts[0])
        sent = operations.send(books, kind, parts[1], request.args.get("sendTo", ""))
        return _enveloped({kind.answered_as: sent.printed}, time)
    if parts != ["taxservice", "taxcode"] and len(parts) != 1:
        raise refusals.unsupported_operation(request.path)
    return _written(books, visit, rest.lower(), time)


def _written(books: Books, visit: Visit, path: str, time: str) -> Answer:
    """Once for each requestid; what was answered then is answered again."""
    is_batch = path == "batch"
    _check_requestid(visit.entry.requestid, is_batch=is_batch)
    memory = remembering.memory_of(books, visit.entry.requestid)
    if (known := memory.whole(batch=is_batch, body_hash=visit.entry.body_hash)) is not None:
        visit.entry.replayed = True
        return Answer(known)
    if (refused := memory.fault()) is not None:
        visit.entry.replayed = True
        return Answer(refused, 400, JSON_FAULT)
    if is_batch:
        answer = Answer(batch.printed(batch.answers(books, visit, _body(None), memory), time))
    elif path == "upload":
        answer = _enveloped({"AttachableResponse": uploads.answer(books)}, time)
    elif path == "taxservice/taxcode":
        answer = _enveloped(serve(books, checked(TAX_SERVICE, _body(None))), time)
    else:
        kind = _kind(path)
        operation = request.args.get("operation", "").lower()
        options = operations.options_of(request.args.get("include"))
        made = operations.perform(books, kind, operation, options, _body(kind))
        answer = _enveloped(_with_link(books, kind, made), time)
    memory.keep_whole(answer.text, batch=is_batch, body_hash=visit.entry.body_hash)
    return answer


def _check_requestid(requestid: str | None, *, is_batch: bool) -> None:
    longest = LONGEST_BATCH_REQUESTID if is_batch else LONGEST_REQUESTID
    if requestid is not None and len(requestid) > longest:
        raise refusals.wrong_length("requestid", 0, longest, len(requestid))


def _statement() -> str:
    if request.method == "POST":
        return request.get_data().decode("utf-8", "replace")
    return request.args.get("query", "")


def _body(kind: Kind | None) -> object:
    """JSON or XML, of one entity or of a batch. Raises 500 for broken text, 2010 for what isn't readable."""
    raw = request.get_data()
    try:
        if "xml" in request.headers.get("Content-Type", ""):
            written = raw.decode("utf-8")
            return markup.read(written, kind.shape) if kind else markup.read_batch(written, SHAPES)
        body: object = loads(raw.decode("utf-8"))
        if b"\\u" in raw:
            json.dumps(body, default=str, ensure_ascii=False).encode(
                "utf-8"
            )  # half a surrogate pair is text that can be neither stored nor sent
        return body
    except UnicodeError:
        raise refusals.broken_text() from None
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise refusals.not_json(str(error)) from None


def _read(books: Books, parts: list[str], time: str) -> Answer:
    if parts == ["cdc"]:
        asked = request.args
        found = changes.answer(books, asked.get("entities", ""), asked.get("changedSince", ""))
        return _enveloped({"CDCResponse": found}, time)
    if parts == ["exchangerate"]:
        return _enveloped({"ExchangeRate": _exchange_rate(books)}, time)
    if parts[0] == "reports" and len(parts) == 2:
        return _reported(books, parts[1])
    if parts[0] == "download" and len(parts) == 2:
        return Answer(uploads.address(books, parts[1]), content_type="text/plain;charset=UTF-8")
    kind = _kind(parts[0])
    if parts[0] in SINGLETONS:
        if len(parts) > 2 or (len(parts) == 1 and parts[0] != "preferences"):
            raise refusals.unsupported_operation(request.path)
        return _enveloped({kind.answered_as: _stored(books, kind, "1")}, time)
    if len(parts) == 3 and parts[2] == "pdf" and "pdf" in kind.operations:
        return _on_paper(books, kind, parts[1])
    if len(parts) != 2:
        raise refusals.unsupported_operation(request.path)
    id = request.path.rstrip("/").rpartition("/")[2] if kind.name == "TaxCode" else parts[1]
    return _enveloped(_with_link(books, kind, {kind.answered_as: _stored(books, kind, id)}), time)


def _reported(books: Books, name: str) -> Answer:
    """Neither wrapped nor timed, as no entity is answered."""
    report = reports.answer(books, name, request.args.to_dict())
    if report is None:
        raise refusals.unsupported_operation(request.path)
    return Answer(dumps(report))


def _kind(path: str) -> Kind:
    kind = BY_PATH.get(path)
    if kind is None:
        raise refusals.unsupported_operation(request.path)
    return kind


def _stored(books: Books, kind: Kind, id: str) -> Printed:
    if kind.name != "TaxCode" and not id.isdecimal():
        raise refusals.invalid_id(id)
    row = books.connection.execute(
        "SELECT body, state FROM record WHERE realm = ? AND entity = ? AND id = ?",
        (books.realm, kind.name, id),
    ).fetchone()
    if row is None and kind.reads_as is not None:
        entity, as_this = kind.reads_as
        return Printed(dumps(as_this(record_meant(books, KINDS[entity], id).body)))
    if row is None or row["state"] == "deleted":
        raise not_there(books, books.get(kind.name, id))
    return kind.shown(row["body"])


def _exchange_rate(books: Books) -> Body:
    asked = {name.lower(): value for name, value in request.args.items()}
    day = asked.get("asofdate") or books.clock.today().isoformat()
    if not asked.get("sourcecurrencycode"):
        raise refusals.missing("sourcecurrencycode")
    try:
        day = date.fromisoformat(day[:10]).isoformat()
    except ValueError:
        raise refusals.invalid_number(day, "asofdate") from None
    return rate_on(books, asked["sourcecurrencycode"].upper(), day)


def _on_paper(books: Books, kind: Kind, id: str) -> Answer:
    document = record_meant(books, kind, id)
    company = books.get("CompanyInfo", "1")
    assert company is not None
    return Answer("", content_type=PDF, data=pdf.of_document(kind.name, company.body, document.body))


def _with_link(books: Books, kind: Kind, answer: Body) -> Body:
    """`include=invoiceLink`: where the customer may look at the invoice."""
    if kind.name != "Invoice" or "invoicelink" not in operations.options_of(request.args.get("include")):
        return answer
    body = answer["Invoice"]
    whole: Body = loads(body.text) if isinstance(body, Printed) else dict(body)
    if "SyncToken" in whole:
        whole["InvoiceLink"] = f"{request.host_url}app/{books.realm}/invoice?txnId={whole['Id']}"
    return {"Invoice": whole}


def _enveloped(inside: Body, time: str) -> Answer:
    return Answer(dumps(inside | {"time": time}))
