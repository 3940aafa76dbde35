"""A bulk run asks for each record once, goes on when interrupted, stops, and counts what became of it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock, outbox
from portal.extensions import db
from portal.models import BulkRun, Connection, Location, Order, Problem, RunRecord, User
from portal.models.base import now
from portal.models.kinds import RecordKind, RecordRef
from portal.models.pushes import PushState
from portal.outbox import badge, states
from portal.sales import Refused
from portal.sales.bulk import failures, progress, run_records, runs, selection
from portal.sales.bulk.selection import Chosen
from portal.sales.search.filters import FILTERS, OrderFilter
from tests.support import distributor as given
from tests.support import people
from tests.support.queries import queries


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


def test_what_is_confirmed_is_pushed_in_chunks_that_each_commit(
    app: Flask, company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 3)
    orders = [_ready() for _ in range(7)]
    kept_out = given.order([])
    run = runs.start(Chosen("order", narrowed=OrderFilter(status="finalized")), given.bo())
    db.session.commit()
    assert (len(given.pushes()), run.resolved_at) == (3, None)

    _job(app, run)

    assert {push.record_id for push in given.pushes()} == {order.id for order in orders}
    assert kept_out.id not in {push.record_id for push in given.pushes()}
    assert (run.total, run.left_out, run.resolved_at is not None) == (7, 0, True)


def test_only_what_was_confirmed_is_pushed_whatever_matches_then(
    app: Flask, company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 1)
    confirmed = {_ready().id, _ready().id}
    run = runs.offer(Chosen("order", narrowed=OrderFilter(status="finalized")), given.bo())
    before, later = _ready(), _ready()
    runs.confirm(run.id, given.bo())
    _ready()
    db.session.commit()

    _job(app, run)

    assert {push.record_id for push in given.pushes()} == confirmed
    assert (run.total, runs.more_matching(run)) == (2, 3)
    for order in (before, later):
        order.status = "delivered"
    db.session.flush()
    assert runs.more_matching(run) == 1
    later_on = runs.start(Chosen("order", (later.id,)), given.bo())
    assert runs.more_matching(later_on) == 0  # ticked: nothing else was meant


@pytest.mark.parametrize("kind", ["location", "sku"])
def test_customers_and_products_are_kept_and_compared_the_same_way(
    company: Connection, kind: RecordKind
) -> None:
    make = given.location if kind == "location" else given.sku
    confirmed = [make().id, make().id]
    run = runs.offer(Chosen(kind, narrowed=FILTERS[kind].from_args({"active": "yes"})), given.bo())
    make()
    assert selection.preview(Chosen.of(run)).would_go == 2
    runs.confirm(run.id, given.bo())
    assert sorted(push.record_id for push in given.pushes()) == sorted(confirmed)
    assert runs.more_matching(run) == 1


def test_an_offer_is_kept_by_one_statement_however_many_match(company: Connection) -> None:
    matching, bo = Chosen("order", narrowed=OrderFilter(status="finalized")), given.bo()
    asked = []
    for many in (1, 9):
        for _ in range(many):
            _ready()
        with queries() as seen:
            run = runs.offer(matching, bo)
        asked.append([one for one in seen if "run_record" in one])
        assert selection.preview(Chosen.of(run)).would_go == given.count(Order)
    assert asked[0] == asked[1]
    assert len(asked[0]) == 1


def test_more_that_matches_is_counted_up_to_a_limit_and_for_a_day(
    company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "COUNTED", 1)
    run = runs.start(Chosen("order", narrowed=OrderFilter(status="finalized")), given.bo())
    for _ in range(3):
        _ready()
    assert runs.more_matching(run) == 2
    run.created_at = now() - runs.KEPT
    assert runs.more_matching(run) == 0


def test_what_changed_its_state_since_it_was_offered_is_left_out_with_the_reason(company: Connection) -> None:
    still, reopened, there, kept_back = (_ready() for _ in range(4))
    run = runs.offer(Chosen("order", narrowed=OrderFilter()), given.bo())
    reopened.status = "delivered"
    given.link(company, "order", there.id, revision=1)
    kept_back.not_to_be_sent = "a gift"
    badge.restate("order", [reopened.id, there.id, kept_back.id])
    runs.confirm(run.id, given.bo())
    assert [push.record_id for push in given.pushes()] == [still.id]
    assert (run.total, run.left_out) == (1, 3)
    assert run.left_out_by == {"not_finalized": 1, "arrived": 1, "kept_back": 1}


def test_an_offer_confirmed_again_asks_for_nothing_twice(app: Flask, company: Connection) -> None:
    order = _ready()
    run = runs.offer(Chosen("order", (order.id,)), given.bo())
    for _ in range(2):
        assert runs.confirm(run.id, given.bo("Avery")).id == run.id
        db.session.commit()
    assert (len(given.pushes()), run.total) == (1, 1)
    _settle(order, "failed")
    db.session.commit()
    runs.confirm(run.id, given.bo())
    db.session.commit()
    _job(app, run)
    assert len(given.pushes()) == 1
    assert given.count(BulkRun) == 1
    assert run.actor == "Avery"  # who pressed it first


def test_an_offer_is_no_run_yet(app: Flask, company: Connection) -> None:
    _ready()
    run = runs.offer(Chosen("order", narrowed=OrderFilter()), given.bo())
    db.session.commit()
    assert runs.recent(5) == []
    assert clock._unresolved_runs() == []
    _job(app, run)
    assert given.pushes() == []
    runs.confirm(run.id, given.bo())
    assert [one.id for one in runs.recent(5)] == [run.id]


def test_an_offer_that_nobody_confirms_within_a_day_is_thrown_away(
    company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FORGOTTEN", 2)
    ids = tuple(_ready().id for _ in range(3))
    old, young, confirmed = (runs.offer(Chosen("order", ids), given.bo()) for _ in range(3))
    runs.confirm(confirmed.id, given.bo())
    old.offered_until = now() - timedelta(seconds=1)
    db.session.commit()
    with pytest.raises(Refused, match="kept for a day"):
        runs.confirm(old.id, given.bo())
    clock.prune()
    db.session.expire_all()
    assert {run.id for run in db.session.scalars(select(BulkRun))} == {young.id, confirmed.id}
    assert given.count(RunRecord) == 6
    confirmed.created_at = now() - runs.KEPT
    db.session.commit()
    clock.prune()
    assert given.count(RunRecord) == 3
    assert given.count(BulkRun) == 2


def test_what_was_chosen_for_one_company_is_pushed_to_no_other(
    app: Flask, company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 1)
    chosen = Chosen("order", tuple(_ready().id for _ in range(3)))
    begun, offered = runs.start(chosen, given.bo()), runs.offer(chosen, given.bo())
    company.status = "closed"
    given.connection()
    db.session.commit()
    with pytest.raises(Refused, match="Another company"):
        runs.confirm(offered.id, given.bo())
    _job(app, begun)
    assert len(given.pushes()) == 1
    assert begun.stopped_at is not None


def test_a_run_keeps_nothing_of_another_organization(app: Flask, company: Connection) -> None:
    ours = given.order(number="TAP-1")
    db.session.commit()
    mine = db.session.info["organization_id"]
    db.session.info["organization_id"] = people.organization(app, "Theirs")
    theirs = given.order(number="TAP-2")
    db.session.commit()
    db.session.info["organization_id"] = mine
    for chosen in (
        Chosen("order", narrowed=OrderFilter(q="tap")), Chosen("order", (ours.id, theirs.id)),
    ):  # fmt: skip
        run = runs.offer(chosen, given.bo())
        of_run = select(RunRecord.record_id).where(RunRecord.run_id == run.id)
        kept = db.session.scalars(of_run, execution_options={"unscoped": "a test"}).all()
        assert kept == [ours.id]


def test_a_run_interrupted_between_chunks_goes_on_where_it_was(
    app: Flask, company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 2)
    for _ in range(5):
        _ready()
    run = runs.start(Chosen("order", narrowed=OrderFilter()), given.bo())
    db.session.commit()
    assert runs._resolve_some(run.id)  # and here the worker dies
    assert (len(given.pushes()), run.total) == (4, 4)

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
    assert [one.id for one in run_records.page(run, "failed").records] == sorted([failed.id, retried.id])

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
    assert runs.stop(run, given.bo()) == 1
    assert [push.state for push in given.pushes(queued.id)] == ["cancelled"]
    assert queued.integration_status == "ready"
    assert progress.state_of(run, progress.of(run)) == "running"
    _settle(sending, "synced")
    assert progress.state_of(run, progress.of(run)) == "stopped"


def test_a_stopped_run_gathers_nothing_more(
    app: Flask, company: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 1)
    for _ in range(3):
        _ready()
    run = runs.start(Chosen("order", narrowed=OrderFilter()), given.bo())
    runs.stop(run, given.bo())
    db.session.commit()
    _job(app, run)
    assert [push.state for push in given.pushes()] == ["cancelled"]
    assert progress.state_of(run, progress.of(run)) == "stopped"


def test_failures_are_grouped_by_what_they_share(company: Connection) -> None:
    orders = [_ready() for _ in range(3)]
    run = runs.start(Chosen("order", tuple(order.id for order in orders)), given.bo())
    for order, cause in zip(orders, ("term:1", "term:1", "closed_period"), strict=True):
        _settle(order, "failed")
        _problem(order, cause)
    badge.restate("order", [order.id for order in orders])
    found = failures.of(run, progress.of(run))
    assert [(group.problem.cause, group.records) for group in found.groups] == [
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
    runs.stop(second, given.bo())
    db.session.flush()

    latest, earlier = runs.recent(5)

    assert (latest.id, latest.actor, latest.state) == (second.id, "Avery", "stopped")
    assert (earlier.id, earlier.total, earlier.left_out, earlier.state) == (first.id, 4, 1, "finished")
    assert (earlier.synced, earlier.failed, earlier.moving) == (2, 2, 0)
    assert sums_up(latest)
    assert sums_up(earlier)
    for run in (first, second):
        assert progress.of_each([run])[run.id] == progress.of(run)
    assert [one.id for one in runs.recent(1)] == [second.id]


def test_what_was_reopened_or_asked_for_again_is_told_so_that_all_come_to_the_whole(
    company: Connection,
) -> None:
    done, reopened, again = _ready(), _ready(), _ready()
    first = runs.start(Chosen("order", (done.id, reopened.id, again.id)), given.bo())
    states.move(given.pushes(again.id)[0], "waiting")
    again.integration_status = "failed"  # for its customer has
    db.session.flush()
    second = runs.start(Chosen("order", (again.id,)), given.bo())
    _settle(done, "synced")
    outbox.withdraw(RecordRef("order", reopened.id))
    latest, earlier = sorted(runs.recent(2), key=lambda one: one.total)
    assert (earlier.id, earlier.total, earlier.synced, earlier.cancelled, earlier.later) == (
        first.id,
        3,
        1,
        1,
        1,
    )
    assert (latest.id, latest.moving, latest.later) == (second.id, 1, 0)
    assert sums_up(earlier)
    assert sums_up(latest)


def sums_up(one: runs.RunSummary) -> bool:
    return one.total == sum((one.synced, one.failed, one.moving, one.ahead, one.cancelled, one.later))


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
