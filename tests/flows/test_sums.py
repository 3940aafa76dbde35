"""The clock turns single calls into daily sums, and dies in between: none is lost, none counted twice."""

import signal
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from portal.models import Call, CallDay
from portal.models.base import now
from tests.flows.conftest import on_sqlite
from tests.support import processes
from tests.support.stack import Stack, until

House = Callable[..., Stack]
OLD = 50


class TestTheClockIsKilledBetweenDeletingAndSumming:
    @on_sqlite
    def test_the_next_one_finds_all_calls(self, house: House, database: str) -> None:
        stack = house(database)
        self.killed(stack)
        assert (single(stack), summed(stack)) == (OLD, 0)
        stack.start(processes.clock)
        until(lambda: single(stack) == 0, what="the calls to be summed")
        assert summed(stack) == OLD

    @on_sqlite
    def test_in_two_transactions_they_are_lost(self, house: House, database: str) -> None:
        stack = house(database)
        self.killed(stack, WITHOUT="one sum")
        assert (single(stack), summed(stack)) == (0, 0)

    def killed(self, stack: Stack, **env: str) -> None:
        called_yesterday(stack)
        clock = stack.start(processes.clock, CRASH_AT="calls deleted", **env)
        clock.join(30)
        assert clock.exitcode == -signal.SIGKILL


class TestTwoClocks:
    def test_each_call_is_summed_by_one_of_them(self, house: House) -> None:
        stack = house("postgresql")
        called_yesterday(stack)
        for _ in range(3):
            stack.start(processes.clock)
        until(lambda: single(stack) == 0, what="the calls to be summed")
        stack.stop_parts()
        assert summed(stack) == OLD


def called_yesterday(stack: Stack) -> None:
    with stack.database() as session:
        session.add_all(
            Call(
                organization_id=stack.organization_id,
                connection_id=stack.connection_id,
                kind="read",
                metered=True,
                started_at=now() - timedelta(days=1, seconds=nth),
            )
            for nth in range(OLD)
        )


def single(stack: Stack) -> int:
    return int(
        stack.read(select(func.count(Call.id)).where(Call.started_at < now() - timedelta(hours=20)))[0]
    )


def summed(stack: Stack) -> int:
    return int(stack.read(select(func.coalesce(func.sum(CallDay.metered), 0)))[0])
