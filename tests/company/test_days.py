"""Daily sums: how pushes ended, in the organization's own days, and the calls of the month."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from portal import clock
from portal.company import days
from portal.extensions import db
from portal.models import BulkRun, Call, CallDay, Connection, Organization, Push, PushDay, PushHour
from portal.models.base import now
from portal.models.pushes import PushState
from portal.outbox.states import move
from portal.plan.types import NothingToDo
from portal.problems import Found
from portal.push import outcome
from portal.report import activity, health
from tests.support import distributor as given

CROSSED = Found("crashes", {"claims": 5}, "push:1")
# Their clocks are 25 hours apart: it is never the same day in both.
FIRST_TO_WAKE, LAST_TO_WAKE = "Pacific/Kiritimati", "Pacific/Pago_Pago"


@pytest.fixture
def company(ours: uuid.UUID) -> Connection:
    return given.connection()


class TestPushesThatEnded:
    def test_each_is_counted_by_how_it_ended(self, company: Connection) -> None:
        outcome.settle_unchanged(push(company, "order"), NothingToDo())
        outcome.settle_unchanged(push(company, "order"), NothingToDo())
        outcome.settle_unchanged(push(company, "sku"), NothingToDo())
        outcome.settle_failed(push(company, "order"), [CROSSED])
        kept = db.session.execute(select(PushDay.record_kind, PushDay.synced, PushDay.failed)).all()
        assert sorted(map(tuple, kept)) == [("order", 2, 1), ("sku", 1, 0)]

    def test_each_is_counted_in_its_hour_too_which_is_forgotten_after_some_days(
        self, company: Connection
    ) -> None:
        zone = "America/St_Johns"  # half an hour apart from UTC
        db.session.get_one(Organization, company.organization_id).timezone = zone
        for _ in range(2):
            outcome.settle_unchanged(push(company, "order"), NothingToDo())
        outcome.settle_failed(push(company, "sku"), [CROSSED])
        rows = db.session.execute(select(PushHour.hour, PushHour.synced, PushHour.failed)).all()
        assert (sum(row.synced for row in rows), sum(row.failed for row in rows)) == (2, 1)
        assert {row.hour.astimezone(ZoneInfo(zone)).minute for row in rows} == {0}
        db.session.execute(update(PushHour).values(hour=now() - timedelta(days=4)))
        outcome.settle_unchanged(push(company, "order"), NothingToDo())
        days.forget_hours()
        assert db.session.scalars(select(PushHour.synced)).all() == [1]

    def test_what_was_asked_for_by_hand_is_counted_apart_from_what_went_by_itself(
        self, company: Connection
    ) -> None:
        run = BulkRun(**given.owner(), connection_id=company.id)
        db.session.add(run)
        db.session.flush()
        for values in ({}, {"reason": "needed_by_order"}, {"reason": "retry"}, {"run_id": run.id}):
            outcome.settle_unchanged(push(company, "order", **values), NothingToDo())
        kept = db.session.execute(select(PushDay.automatic, PushDay.synced)).all()
        assert sorted(map(tuple, kept)) == [(False, 2), (True, 2)]
        [day] = activity.automatic_days(company, 3)
        assert (day.records, day.synced, day.failed) == ({"order": 2}, 2, 0)

    def test_what_qbo_said_yes_to_is_counted_once(self, company: Connection) -> None:
        sent = push(company, "location", state="sending", kind="customer", operation="create", payload={})
        outcome.settle_synced(sent, company, {"Id": "7", "SyncToken": "0"})
        assert today_of(company) == (1, 0)

    @pytest.mark.parametrize("state", ["superseded", "cancelled"])
    def test_what_was_withdrawn_has_not_ended_either_way(self, company: Connection, state: PushState) -> None:
        move(push(company, "order"), state)
        assert today_of(company) == (0, 0)

    def test_an_ending_that_is_rolled_back_is_not_counted(self, company: Connection) -> None:
        db.session.commit()
        outcome.settle_failed(push(company, "order"), [CROSSED])
        db.session.rollback()
        assert today_of(company) == (0, 0)

    @pytest.mark.parametrize("zone", [FIRST_TO_WAKE, LAST_TO_WAKE])
    def test_the_day_is_the_organizations(self, company: Connection, zone: str) -> None:
        db.session.get_one(Organization, company.organization_id).timezone = zone
        outcome.settle_failed(push(company, "order"), [CROSSED])
        assert db.session.scalars(select(PushDay.day)).one() == datetime.now(ZoneInfo(zone)).date()

    def test_fourteen_days_are_told_and_empty_ones_filled(self, company: Connection) -> None:
        last = days.today(company)
        for back, synced, failed in ((0, 3, 1), (2, 5, 0), (13, 7, 2), (14, 100, 100)):
            db.session.add(ended(company, last - timedelta(days=back), synced, failed))
        db.session.add(ended(company, last, 10, 0, record_kind="sku"))
        told = activity.pushes_per_day(company)
        assert len(told) == 14
        assert told[-1] == activity.PerDay(last, 13, 1)
        assert told[-2] == activity.PerDay(last - timedelta(days=1), 0, 0)
        assert told[-3] == activity.PerDay(last - timedelta(days=2), 5, 0)
        assert told[0] == activity.PerDay(last - timedelta(days=13), 7, 2)
        assert sum(day.synced + day.failed for day in told) == 28

    def test_another_companys_are_not_among_them(self, company: Connection) -> None:
        other = given.connection(status="closed")
        db.session.add(ended(other, days.today(other), 9, 9))
        assert today_of(company) == (0, 0)


class TestCallsOfDaysGoneBy:
    def test_single_calls_become_sums_by_day_and_kind(self, company: Connection) -> None:
        midnight = (now() - timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
        made(company, "read", midnight - timedelta(seconds=1), metered=True)
        made(company, "read", midnight, midnight + timedelta(hours=5), metered=True)
        made(company, "batch", midnight)
        clock.prune()
        assert sums(company) == [
            ((midnight - timedelta(days=1)).date(), "read", 1, 1),
            (midnight.date(), "batch", 1, 0),
            (midnight.date(), "read", 2, 2),
        ]
        assert singles() == 0

    def test_a_second_time_they_are_added_to(self, company: Connection) -> None:
        earlier = now() - timedelta(hours=30)
        for _ in range(3):
            made(company, "read", earlier, metered=True)
            clock.prune()
        clock.prune()
        assert sums(company) == [(earlier.date(), "read", 3, 3)]

    def test_more_than_fit_into_one_transaction_are_all_summed(
        self, company: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(days, "AT_ONCE", 3)
        made(company, "write", *[now() - timedelta(days=2)] * 8)
        clock.prune()
        assert [row[2] for row in sums(company)] == [8]

    def test_what_the_brake_still_counts_stays_single(self, company: Connection) -> None:
        made(company, "batch", now(), now() - timedelta(seconds=61), now() - timedelta(minutes=59))
        clock.prune()
        assert (singles(), sums(company)) == (3, [])

    def test_the_meter_of_the_month_reads_the_same_before_and_after(self, company: Connection) -> None:
        first = now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        made(company, "read", first - timedelta(seconds=1), metered=True)  # last month's
        made(company, "read", first, first, now(), metered=True)
        made(company, "batch", first, now())
        assert health.health(company).reads_this_month == 3
        clock.prune()
        assert health.health(company).reads_this_month == 3

    def test_without_a_company_nothing_is_read(self, ours: uuid.UUID) -> None:
        assert health.health(None).reads_this_month == 0


def push(company: Connection, record_kind: str, **values: object) -> Push:
    made_push = Push(
        **given.owner(),
        connection_id=company.id,
        record_kind=record_kind,
        record_id=uuid.uuid4(),
        revision=1,
        **{"reason": "finalized", "state": "queued", **values},
    )
    db.session.add(made_push)
    db.session.flush()
    return made_push


def ended(company: Connection, day: date, synced: int, failed: int, record_kind: str = "order") -> PushDay:
    return PushDay(
        **given.owner(),
        connection_id=company.id,
        day=day,
        record_kind=record_kind,
        synced=synced,
        failed=failed,
    )


def today_of(company: Connection) -> tuple[int, int]:
    last = activity.pushes_per_day(company)[-1]
    return last.synced, last.failed


def made(company: Connection, kind: str, *moments: datetime, metered: bool = False) -> None:
    db.session.add_all(
        Call(**given.owner(), connection_id=company.id, kind=kind, started_at=moment, metered=metered)
        for moment in moments
    )
    db.session.commit()


def sums(company: Connection) -> list[tuple[date, str, int, int]]:
    rows = db.session.scalars(
        select(CallDay)
        .where(CallDay.connection_id == company.id)
        .order_by(CallDay.day, CallDay.kind)
        .execution_options(populate_existing=True)
    )
    return [(row.day, row.kind, row.calls, row.metered) for row in rows]


def singles() -> int:
    return db.session.scalar(select(func.count(Call.id))) or 0
