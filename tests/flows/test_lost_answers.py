"""What QuickBooks did and did not tell: each order still stands exactly once (N3, N10, N14, N17, K7, K9,
K10).

Each scenario runs where one of QBO's own two guards stands, by `make proof` with more orders, under every way
in which they may stand and on both databases; and once with our proof taken out and QBO's guards off, where
it must be seen to go wrong.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import select

from portal.models import Delivery, Push
from tests.flows.conftest import GUARDS, PATIENCE, UNGUARDED, Prepare, on_postgresql, on_sqlite
from tests.flows.oracle import faults_of, posts
from tests.flows.prepared import copy
from tests.support import processes, records
from tests.support.proof import PROOF, in_proof
from tests.support.records import known_orders
from tests.support.stack import CANADA, Stack, until
from tests.support.trouble import INVOICES, Scenario, in_trouble

House = Callable[..., Stack]
# How many orders a batch has: several where the answer is cut off, since that costs least.
CUT_OFF, OTHERS = (3, 3) if PROOF else (2, 1)
DIES_AFTER, BEGUN = (2, 5) if PROOF else (1, 3)


def reply_lost(stack: Stack, **env: str) -> list[uuid.UUID]:
    """N3: it landed, and the connection was cut before the answer."""
    orders = known_orders(stack, CUT_OFF)
    stack.simulator.fault("commit_then_drop", match=INVOICES)
    stack.drain(**env)
    return orders


def server_errors(stack: Stack, **env: str) -> list[uuid.UUID]:
    """N10: 500, 502, 503 and 504, each once before and once after the commit."""
    when = ("before", "after")
    return answered_by(stack, [(status, then) for status in (500, 502, 503, 504) for then in when], **env)


def two_server_errors(stack: Stack, **env: str) -> list[uuid.UUID]:
    """N10 in brief: all of these statuses are one class of answer."""
    return answered_by(stack, [(503, "before"), (502, "after")], **env)


def answered_by(stack: Stack, errors: Sequence[tuple[int, str]], **env: str) -> list[uuid.UUID]:
    orders = []
    for status, when in errors:
        stack.simulator.fault(f"status_{when}_commit", status=status, match=INVOICES)
        orders += known_orders(stack, 1)
        until(lambda: stack.drain(**env) == 0 and not stack.simulator_has_faults_left(), 60)
    return orders


def died_within_a_batch(stack: Stack, **env: str) -> list[uuid.UUID]:
    """N14: QBO commits some items of a batch and dies."""
    orders = known_orders(stack, BEGUN)
    stack.simulator.fault("abort_after_k", k=DIES_AFTER, match=INVOICES)
    stack.drain(**env)
    return orders


def killed_after_arming(stack: Stack, **env: str) -> list[uuid.UUID]:
    """K7: nothing has left yet, which nobody can know."""
    orders = known_orders(stack, OTHERS)
    until(lambda: stack.drain(CRASH_AT="armed:1", **env) == -9, what="a drain to arm")
    return orders


def killed_before_the_reply(stack: Stack, **env: str) -> list[uuid.UUID]:
    """K9: it landed; the drain dies while QBO is still to answer."""
    landed = len(stack.simulator.live("Invoice"))
    orders = known_orders(stack, OTHERS)
    stack.simulator.fault("hold", seconds=30, match=INVOICES)
    child = stack.start(processes.drain, str(stack.connection_id), **env)
    until(lambda: len(stack.simulator.live("Invoice")) == landed + OTHERS, what="the invoices to land")
    child.kill()
    child.join()
    return orders


def killed_with_the_reply(stack: Stack, **env: str) -> list[uuid.UUID]:
    """K10: the answer was read, and its commit never came."""
    orders = known_orders(stack, OTHERS)
    until(lambda: stack.drain(CRASH_AT="answered:1", **env) == -9, what="a drain to be answered")
    return orders


NOT_TOLD = (reply_lost, died_within_a_batch, two_server_errors)
KILLED = (killed_before_the_reply, killed_with_the_reply)
LANDING = (*KILLED, *NOT_TOLD)
ALL = (*LANDING, killed_after_arming)


@pytest.mark.parametrize(
    ("database", "guards"),
    [("sqlite", "per item, numbers free"), ("postgresql", "not at all, numbers checked")],
)
def test_each_order_stands_once_where_qbo_has_one_guard(
    busy_house: House, database: str, guards: str
) -> None:
    stands_once(busy_house(database, GUARDS[guards]), NOT_TOLD)


def test_each_order_stands_once_whoever_dies_before_the_answer_is_written_down(busy_house: House) -> None:
    stands_once(busy_house("sqlite", GUARDS["not at all, numbers checked"]), KILLED)


@pytest.mark.proof
@pytest.mark.parametrize("guards", GUARDS)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_each_order_stands_once_when_all_of_it_comes_together(
    busy_house: House, database: str, guards: str
) -> None:
    stands_once(busy_house(database, GUARDS[guards]), ALL)


@pytest.mark.proof
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_each_order_stands_once_whatever_error_the_server_gives(busy_house: House, database: str) -> None:
    stands_once(busy_house(database), (server_errors,))


@pytest.mark.grows
@pytest.mark.parametrize("scenario", LANDING, ids=lambda scenario: scenario.__name__)
def test_without_our_proof_and_their_guards_orders_stand_twice(unguarded: Stack, scenario: Scenario) -> None:
    unguarded.stop_parts()
    unguarded.simulator.control("DELETE", "faults")
    unguarded.forget_deliveries()
    [_, *orders] = in_trouble(unguarded, (scenario,), WITHOUT="proof")
    unguarded.let_lease_run_out()
    until(lambda: unguarded.drain(WITHOUT="proof") == 0 and not unguarded.open_pushes(), 30)
    assert any("stands 2 times" in fault for fault in faults_of(unguarded, orders))


@pytest.mark.grows
@on_postgresql
def test_what_was_armed_is_looked_up_before_it_is_sent(busy_house: House, database: str) -> None:
    stack = busy_house(database)
    orders = in_trouble(stack, (killed_after_arming,))
    before = len(stack.simulator.ledger())
    stack.recover()
    after = stack.simulator.ledger()[before:]
    first_look = next(i for i, entry in enumerate(after) if "DocNumber IN" in str(entry["query"]))
    first_post = next(i for i, entry in enumerate(after) if entry["method"] == "POST")
    assert first_look < first_post
    assert faults_of(stack, orders) == []


def test_without_our_proof_what_was_armed_is_sent_unseen(busy_house: House) -> None:
    stack = busy_house("sqlite")
    in_trouble(stack, (killed_after_arming,), WITHOUT="proof")
    before = len(stack.simulator.ledger())
    stack.start(processes.worker, WITHOUT="proof")
    stack.start(processes.clock)
    until(lambda: not stack.open_pushes(), 30)
    assert not any("DocNumber IN" in str(entry["query"]) for entry in stack.simulator.ledger()[before:])


@pytest.mark.grows
def test_timeout_after_they_said_yes_makes_no_second_post(busy_house: House) -> None:
    stack = busy_house("sqlite")
    orders = in_trouble(stack, (reply_lost,))
    before = len(posts(stack))
    stack.recover()
    assert len(posts(stack)) == before
    assert faults_of(stack, orders) == []


@pytest.mark.grows
def test_only_the_missing_ones_of_a_batch_go_again_each_alone(busy_house: House) -> None:
    stack = busy_house("sqlite")
    orders = in_trouble(stack, (died_within_a_batch,))
    stack.recover()
    assert faults_of(stack, orders) == []
    carried = [
        len([push for push in stack.read(select(Push)) if push.delivery_id == delivery.id])
        for delivery in stack.read(select(Delivery).order_by(Delivery.first_armed_at))
    ]
    missing = BEGUN - DIES_AFTER
    assert carried[-1 - missing :] == [DIES_AFTER, *[1] * missing]


class TestN17AnUpdateOrVoidWithoutAnswer:
    """The void is reached by a change of sign: what was an invoice becomes a return."""

    @on_sqlite
    @pytest.mark.parametrize("fault", ["commit_then_drop", "drop_before_commit"])
    @pytest.mark.parametrize("change", ["3", "-3"])
    def test_it_is_read_by_id_and_ends_as_it_should(
        self, busy_house: House, database: str, fault: str, change: str
    ) -> None:
        stack = busy_house(database)
        order = self.lost(stack, fault, change)
        stack.recover()
        assert faults_of(stack, [order]) == []
        assert len(stack.simulator.live("Invoice" if change == "3" else "CreditMemo")) == 1

    @pytest.mark.parametrize("change", ["3", in_proof("-3")])
    def test_without_looking_it_stays_open(self, busy_house: House, change: str) -> None:
        stack = busy_house("sqlite")
        self.lost(stack, "commit_then_drop", change, WITHOUT="looking")
        stack.start(processes.worker, WITHOUT="looking")
        stack.start(processes.clock)
        begun = stack.drains()
        until(lambda: stack.drains() > begun + 3 or not stack.open_pushes(), what="drains that could look")
        assert stack.open_pushes() == ["order unsure"]

    def lost(self, stack: Stack, fault: str, change: str, **env: str) -> uuid.UUID:
        order = stack.first
        records.reopen(stack, order)
        records.quantity_becomes(stack, order, change)
        records.finalize(stack, order)
        stack.simulator.fault(fault, match={"method": "POST", "path": "batch|operation=void"})
        stack.drain(**env)
        return order


def stands_once(stack: Stack, scenarios: Sequence[Scenario]) -> None:
    """One trouble comes upon the other; what they all leave open is carried over at the end."""
    orders = in_trouble(stack, scenarios)
    stack.recover(PATIENCE)
    assert faults_of(stack, orders) == []


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory, prepared: Prepare, redis_url: str) -> Iterator[Stack]:
    """One house for all scenarios: of one that failed, the next finds nothing but orders and documents."""
    folder = tmp_path_factory.mktemp("unguarded") / "house"
    with copy(prepared("sqlite", CANADA, "trading"), folder, redis_url) as made:
        requestid, numbers_checked = UNGUARDED
        made.simulator.switch(requestid=requestid, docnumber_check=numbers_checked)
        yield made
