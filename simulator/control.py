"""The control address for tests and demos: ledger, books, faults to order, switches, and a person's hand."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from . import acting, ledger, past, refusals, switches, switching, tokens
from .books import Books, open_books
from .clock import PACIFIC, stamp_with_milliseconds
from .exchange import simulator
from .kinds import KINDS
from .seed import SEEDS, clear, plant, plant_company
from .seed_others import COMPANIES
from .store import CLOCK, keep_setting
from .wire import Body, dumps, loads

blueprint = Blueprint("control", __name__, url_prefix="/control")


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


@blueprint.get("/books/<realm>/<entity>/<id>")
def read_as_it_stood(realm: str, entity: str, id: str) -> tuple[Response, int]:
    """One record as the API would have answered it, now or `at` a moment of the ledger, and since when."""
    if entity not in KINDS:
        raise NotUnderstood(f"entity is one of {', '.join(KINDS)}")
    asked = request.args.get("at", "")
    try:
        # A plus sign that wasn't encoded arrives as a blank.
        at = _moment(asked.strip().replace(" ", "+")) if asked else datetime.now(UTC)
    except ValueError as error:
        raise NotUnderstood(str(error)) from None
    with simulator().store.reading() as connection:
        stood = past.as_it_stood(connection, _books(connection, realm).realm, entity, id, at)
    if stood is None:
        return _json({"error": f"no {entity} {id} stood in these books at {at.isoformat()}"}), 404
    since = stood.since.isoformat(timespec="microseconds")
    return _json({entity: KINDS[entity].shown(stood.text), "since": since}), 200


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


@blueprint.get("/limits")
def show_limits() -> Response:
    return _json(simulator().limits.told())


@blueprint.post("/limits")
def turn_limits() -> Response:
    limits = simulator().limits
    try:
        limits.turn(_given())
    except ValueError as error:
        raise NotUnderstood(str(error)) from None
    return _json(limits.told())


@blueprint.delete("/limits")
def forget_requests() -> Response:
    """Nothing was asked so far, and nothing broken."""
    simulator().limits.forget()
    return _json({})


@blueprint.get("/webhooks")
def show_webhooks() -> Response:
    return Response(json.dumps(simulator().webhooks.told()), content_type="application/json")


@blueprint.post("/webhooks")
def register_webhooks() -> Response:
    try:
        simulator().webhooks.register(_given())
    except ValueError as error:
        raise NotUnderstood(str(error)) from None
    return show_webhooks()


@blueprint.delete("/webhooks")
def forget_webhooks() -> Response:
    simulator().webhooks.forget()
    return _json({})


@blueprint.get("/clock")
def show_clock() -> Response:
    return _json(_time())


@blueprint.post("/clock")
def move_clock() -> Response:
    """`set` to a moment, `step` by seconds, `stop` or `go`. What is due then has been done on answering."""
    sim, given = simulator(), _given()
    if unknown := set(given) - {"set", "step", "stop", "go"}:
        raise NotUnderstood(f"the clock knows no {', '.join(sorted(unknown))}")
    sim.later.run_due()  # what is under way goes by the time at which it began
    try:
        if "set" in given:
            sim.clock.set(_moment(given["set"]))
        sim.clock.step(float(given.get("step", 0)))
    except (TypeError, ValueError, OverflowError) as error:
        raise NotUnderstood(str(error)) from None
    if given.get("stop"):
        sim.clock.stop()
    if given.get("go"):
        sim.clock.go()
    with sim.store.writing() as connection:
        keep_setting(connection, CLOCK, sim.clock.kept())
    sim.later.run_due()
    return _json(_time())


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)


def _time() -> Body:
    clock = simulator().clock
    return {"now": stamp_with_milliseconds(clock.now()), "stands_still": clock.stands_still}


@blueprint.post("/switches")
def turn_global_switches() -> Response:
    given = _given()
    if wrong := [name for name, value in given.items() if not switches.fits_all(name, value)]:
        raise NotUnderstood(f"no such switch, or not one of its values: {', '.join(sorted(wrong))}")
    with simulator().store.writing() as connection:
        for name, value in given.items():
            keep_setting(connection, name, value)
    return _json(given)


@blueprint.post("/switches/<realm>")
def turn_switches(realm: str) -> Response:
    given = _given()
    with simulator().store.writing() as connection:
        books = _books(connection, realm)
        try:
            switching.turn(books, given)
        except ValueError as error:
            raise NotUnderstood(str(error)) from None
    return _json(books.switches)


@blueprint.post("/person/<realm>")
def act_as_person(realm: str) -> Response:
    """What a person does in QuickBooks itself, without tokens; it stands in the ledger as PERSON."""
    sim, given = simulator(), _given()
    with sim.store.writing() as connection:
        books = _books(connection, realm)
        try:
            record = acting.act(books, given)
        except ValueError as error:
            raise NotUnderstood(str(error)) from None
        acting.note(books, str(given["action"]), record)
    if sim.webhooks.wanted:
        sim.later.add(0, sim.webhooks.tell)
    return _json({record.entity: record.printed} if record else {})


@blueprint.post("/reset")
def reset() -> Response:
    """Back to a seed: companies, tokens, faults, webhooks, clock. The ledger stays and says so."""
    sim, given = simulator(), _given()
    seed, keeps_tokens = given.get("seed", "plain"), given.get("keep_tokens", False)
    if seed not in SEEDS or not isinstance(keeps_tokens, bool):
        raise NotUnderstood(f"seed is one of {', '.join(SEEDS)}; keep_tokens is true or false")
    sim.orders.clear()
    sim.limits.forget()
    sim.later.clear()
    sim.webhooks.forget()
    sim.clock.restore({"stepped": 0, "stopped_at": None})
    with sim.store.writing() as connection:
        clear(connection, keeps_tokens=keeps_tokens)
        keep_setting(connection, CLOCK, sim.clock.kept())
        plant(connection, sim.clock, seed)
        acting.note_control(connection, "reset", {"seed": seed})
        realms = [row["realm"] for row in connection.execute("SELECT realm FROM company ORDER BY realm")]
    return _json({"companies": realms})


@blueprint.post("/seed")
def seed_company() -> Response:
    """One more company beside those that are there."""
    sim, name = simulator(), _given().get("company")
    if name not in COMPANIES:
        raise NotUnderstood(f"company is one of {', '.join(COMPANIES)}")
    with sim.store.writing() as connection:
        realm = plant_company(connection, sim.clock, name)
        acting.note_control(connection, "seed", {"company": name})
    return _json({"realm": realm})


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
