"""A bulk run asks for each record once, goes on when interrupted, stops, and counts what became of it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal import outbox
from portal.extensions import db
from portal.models import BulkRun, Connection, Location, Order, Problem, User
from portal.models.base import now
from portal.models.pushes import PushState
from portal.outbox import badge, states
from portal.sales import Refused
from portal.sales.bulk import progress, runs, selection
from portal.sales.bulk.selection import Chosen
from portal.sales.search.filters import OrderFilter
from tests.support import distributor as given


def test_ticked_orders_are_asked_for_at_once(company: Connection) -> None:
    ready, draft = _ready(), given.order([])
    run = runs.start(Chosen("order", (ready.id, draft.id)), given.bo())
    assert [(push.record_id, push.run_id, push.reason) for push in given.pushes()] == [
        (ready.id, run.id, "bulk")
    ]
    assert (run.total, run.left_out, run.resolved_at is not None) == (1, 1, True)


def test_what_quickbooks_has_unchanged_is_left_out_and_what_changed_is_not(company: Connection) -> None:
    unchanged, changed = _ready(), _ready()
    for order in (unchanged, changed):
        given.link(company, "order", order.id, revision=1)
    changed.revision = 2
    badge.restate("order", [unchanged.id, changed.id])
    run = runs.start(Chosen("order", (unchanged.id, changed.id)), given.bo())
    assert [push.record_id for push in given.pushes()] == [changed.id]
    assert run.left_out == 1


def test_a_filter_is_resolved_in_chunks_that_each_commit(
    app: Flask, company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 3)
    orders = [_ready() for _ in range(7)]
    kept_out = given.order([])
    run = runs.start(Chosen("order", narrowed=OrderFilter(status="finalized")), given.bo())
    db.session.commit()
    assert (given.pushes(), run.resolved_at) == ([], None)

    _job(app, run)

    assert {push.record_id for push in given.pushes()} == {order.id for order in orders}
    assert kept_out.id not in {push.record_id for push in given.pushes()}
    assert (run.total, run.left_out, run.resolved_at is not None) == (7, 0, True)


def test_a_run_interrupted_between_chunks_goes_on_where_it_was(
    app: Flask, company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 2)
    for _ in range(5):
        _ready()
    run = runs.start(Chosen("order", narrowed=OrderFilter()), given.bo())
    db.session.commit()
    assert runs._resolve_some(run.id)  # and here the worker dies
    assert (len(given.pushes()), run.total) == (2, 2)

    _job(app, run)
    _job(app, run)  # the bell rang once too often

    assert len(given.pushes()) == len({push.record_id for push in given.pushes()}) == run.total == 5


def test_the_preview_counts_what_would_go_and_what_would_not(company: Connection) -> None:
    ready, blocked, there, draft = _ready(), _ready(), _ready(), given.order()
    given.link(company, "order", there.id, revision=1)
    _problem(blocked)
    badge.restate("order", [ready.id, blocked.id, there.id])
    ids = (ready.id, blocked.id, there.id, draft.id)
    preview = selection.preview(Chosen("order", ids))
    groups = ("can_go", "in_the_way", "arrived", "not_finalized")
    assert [preview[group].records for group in groups] == [1, 1, 1, 1]
    assert (preview.would_go, preview.left_out) == (2, 2)
    assert preview.money == {"CAD": ready.net_total + blocked.net_total}
    assert preview["can_go"].money == {"CAD": ready.net_total}
    assert selection.preview(Chosen("order", narrowed=OrderFilter())) == preview


def test_the_preview_of_customers_needs_no_finalizing(company: Connection) -> None:
    places = [given.location(), given.location()]
    given.link(company, "location", places[0].id, kind="customer", revision=1)
    badge.restate("location", [place.id for place in places])
    preview = selection.preview(Chosen("location", tuple(place.id for place in places)))
    assert (preview["can_go"].records, preview["arrived"].records, preview.left_out) == (1, 1, 1)


def test_progress_counts_each_record_by_its_latest_push(company: Connection) -> None:
    synced, failed, moving, retried = (_ready() for _ in range(4))
    run = runs.start(Chosen("order", (synced.id, failed.id, moving.id, retried.id)), given.bo())
    _settle(synced, "synced")
    _settle(failed, "failed")
    _settle(retried, "failed")
    assert progress.state_of(run, progress.of(run)) == "running"
    _problem(failed)
    _problem(retried)
    badge.restate("order", [failed.id, retried.id])
    assert progress.red_ids(run, 9) == sorted([failed.id, retried.id])

    assert runs.retry_failed(run, given.bo()) == 2
    _settle(retried, "synced")
    _settle(failed, "failed")
    _settle(moving, "synced")
    figures = progress.of(run)
    assert (figures.synced, figures.failed, figures.moving, figures.total) == (3, 1, 0, 4)
    assert progress.state_of(run, figures) == "finished"


def test_an_order_that_waits_for_a_failed_customer_counts_as_failed(company: Connection) -> None:
    order = _ready()
    run = runs.start(Chosen("order", (order.id,)), given.bo())
    push = given.pushes(order.id)[0]
    states.move(push, "waiting")
    push.needs = [["location", str(order.location_id), "missing"]]
    assert progress.of(run).moving == 1
    db.session.get_one(Location, order.location_id).integration_status = "failed"
    badge.restate("order", [order.id])
    figures = progress.of(run)
    assert (figures.failed, figures.moving) == (1, 0)
    assert progress.state_of(run, figures) == "finished"


def test_stopping_takes_back_what_is_not_sent_yet(company: Connection) -> None:
    queued, sending = _ready(), _ready()
    run = runs.start(Chosen("order", (queued.id, sending.id)), given.bo())
    states.move(given.pushes(sending.id)[0], "sending")
    assert runs.stop(run) == 1
    assert [push.state for push in given.pushes(queued.id)] == ["cancelled"]
    assert queued.integration_status == "ready"
    assert progress.state_of(run, progress.of(run)) == "running"
    _settle(sending, "synced")
    assert progress.state_of(run, progress.of(run)) == "stopped"


def test_a_stopped_run_gathers_nothing_more(app: Flask, company: Connection) -> None:
    _ready()
    run = runs.start(Chosen("order", narrowed=OrderFilter()), given.bo())
    runs.stop(run)
    db.session.commit()
    _job(app, run)
    assert given.pushes() == []
    assert progress.state_of(run, progress.of(run)) == "stopped"


def test_failures_are_grouped_by_what_they_share(company: Connection) -> None:
    orders = [_ready() for _ in range(3)]
    run = runs.start(Chosen("order", tuple(order.id for order in orders)), given.bo())
    for order, cause in zip(orders, ("term:1", "term:1", "closed_period"), strict=True):
        _problem(order, cause)
    assert [(cause.problem.cause, cause.records) for cause in progress.causes(run)] == [
        ("term:1", 2),
        ("closed_period", 1),
    ]


def test_what_stands_in_the_way_of_what_was_chosen_is_told_by_cause(company: Connection) -> None:
    one, other, third, ready = (_ready() for _ in range(4))
    for order, cause in ((one, "term:1"), (other, "term:1"), (third, "closed_period")):
        _problem(order, cause)
    badge.restate("order", [one.id, other.id, third.id])
    everything = Chosen("order", narrowed=OrderFilter())
    told = [(cause.problem.cause, cause.records) for cause in selection.standing_in_the_way(everything)]
    assert told == [("term:1", 2), ("closed_period", 1)]
    assert selection.standing_in_the_way(Chosen("order", (ready.id,))) == []


def test_what_waits_for_a_choice_counts_as_failed_and_is_not_pushed_again(company: Connection) -> None:
    order = _ready()
    run = runs.start(Chosen("order", (order.id,)), given.bo())
    push = given.pushes(order.id)[0]
    states.move(push, "sending")
    states.move(push, "unsure")
    order.integration_status = "must_choose"
    db.session.flush()
    assert (progress.of(run).failed, progress.of(run).moving) == (1, 0)
    assert runs.retry_failed(run, given.bo()) == 0


def test_the_latest_runs_are_summed_up_as_their_own_pages_do(company: Connection) -> None:
    synced, failed, retried, waiting, taken_back, given_up = (_ready() for _ in range(6))
    first = runs.start(
        Chosen("order", (synced.id, failed.id, retried.id, waiting.id, given.order().id)), given.bo()
    )
    second = runs.start(Chosen("order", (taken_back.id, given_up.id)), given.bo("Avery"))
    second.created_at = first.created_at + timedelta(seconds=1)
    _settle(synced, "synced")
    for order in (failed, retried):
        _settle(order, "failed")
        _problem(order)
    badge.restate("order", [failed.id, retried.id])
    outbox.ask("order", [retried.id], reason="retry", actor=given.bo(), run=first)
    _settle(retried, "synced")
    push = given.pushes(waiting.id)[0]
    states.move(push, "waiting")
    waiting.integration_status = "failed"
    runs.stop(second)
    db.session.flush()

    latest, earlier = runs.recent(5)

    assert (latest.id, latest.actor, latest.state) == (second.id, "Avery", "stopped")
    assert (earlier.id, earlier.total, earlier.left_out, earlier.state) == (first.id, 4, 1, "finished")
    assert (earlier.synced, earlier.failed, earlier.moving) == (2, 2, 0)
    for run in (first, second):
        assert progress.of_each([run])[run.id] == progress.of(run)
    assert [one.id for one in runs.recent(1)] == [second.id]


def test_no_runs_are_none(ours: uuid.UUID) -> None:
    assert runs.recent(5) == []


def test_the_time_left_follows_from_the_limits_of_quickbooks(company: Connection) -> None:
    assert [progress.sending_seconds(pushes) for pushes in (0, 1, 30, 31, 39 * 30, 39 * 30 + 1)] == [
        0, 2, 2, 4, 61, 63,
    ]  # fmt: skip
    run = runs.start(Chosen("order", (_ready().id,)), given.bo())
    assert progress.seconds_left(run) == 2
    company.pause_until = now() + timedelta(seconds=100)
    assert 95 < (progress.seconds_left(run) or 0) <= 102
    company.state = "reconnect"
    assert progress.seconds_left(run) is None


def test_without_a_connection_a_run_is_refused(ours: uuid.UUID) -> None:
    with pytest.raises(Refused, match="not connected"):
        runs.start(Chosen("order", (given.order([]).id,)), given.bo())


def test_too_many_ticked_rows_are_refused(company: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_TICKED", 1)
    with pytest.raises(Refused, match="select all matching"):
        runs.start(Chosen("order", (uuid.uuid4(), uuid.uuid4())), given.bo())


def _ready() -> Order:
    order: Order = given.order(status="finalized", revision=1, currency="CAD", finalized_at=now())
    badge.restate("order", [order.id])
    return order


def _job(app: Flask, run: BulkRun) -> None:
    """What a worker does, in a session of its own."""
    run_id = run.id
    db.session.rollback()
    with app.app_context():
        runs.resolve(run_id)
    db.session.rollback()
    db.session.expire_all()


def _user() -> uuid.UUID:
    user: User = given._stored(
        User(**given.owner(), email=f"{uuid.uuid4().hex}@example.com", role="bookkeeper", password_hash="-")
    )
    return user.id


def _settle(order: Order, state: PushState) -> None:
    push = next(push for push in given.pushes(order.id) if push.state in ("queued", "sending"))
    if push.state == "queued":
        states.move(push, "sending")
    states.move(push, state)
    db.session.flush()


def _problem(order: Order, cause: str = "term:1") -> Problem:
    values: dict[str, Any] = {"record_kind": "order", "record_id": order.id, "code": "term_not_mapped"}
    problem: Problem = given._stored(
        Problem(**given.owner(), cause=cause, values={"term": "Net 45"}, **values)
    )
    return problem


@pytest.fixture
def company(ours: uuid.UUID) -> Connection:
    made: Connection = given.connection()
    return made
