"""Why nothing moves is in the log, once per change, and a thousand orders write some lines a batch."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portal.extensions import db
from portal.models import Connection, DrainLease, Location
from portal.models.base import now
from portal.models.types import TokenCipher
from portal.push import drain, lease
from portal.push import rounds as planning
from portal.runtime import logs
from tests.support.bookkeeping import Books
from tests.support.distributor import pushes as pushes_of
from tests.support.lines import Lines


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "told", logs.News())


@pytest.mark.parametrize(
    ("ordered", "words"),
    [
        ({"fault": "throttle", "retry_after": 7}, "QuickBooks asks for a pause: no call before 20"),
        ({"fault": "unauthorized", "times": 2}, "a person must connect again"),
        ({"fault": "fault", "code": "6190"}, "the company's subscription has a problem"),
    ],
)
def test_a_halt_of_the_connection(books: Books, lines: Lines, ordered: dict[str, Any], words: str) -> None:
    books.order()
    books.fault(**ordered, match={"path": "batch"})
    books.carry()
    [line] = [line for line in lines() if words in line["message"]]
    assert line["connection"] == str(books.connection_id)
    assert "drain" in lines()[-1]["message"]
    for _ in range(3):
        drained(books)
    assert len(said(lines, "no drain begins")) == 1


def test_that_the_key_of_its_tokens_is_gone(books: Books, lines: Lines) -> None:
    """It rests, and goes on once the operator has put the key back."""
    order = books.order()
    key = books.app.extensions["cipher"]
    books.app.extensions["cipher"] = TokenCipher({"another": b"x" * 32})
    try:
        books.carry()
    finally:
        books.app.extensions["cipher"] = key
    assert said(lines, "not among TOKEN_KEYS")
    assert said(lines, "its tokens can't be opened, 1 times in a row: no call before")
    assert books.status(order) == "queued"
    books.carry()
    assert books.status(order) == "synced"


def test_that_the_connection_rests_after_unclear_answers(books: Books, lines: Lines) -> None:
    books.order()
    books.fault("status_before_commit", status=503, match={"path": "batch"})
    with books.working():
        db.session.execute(update(Connection).values(streak=2))
    drained(books)
    line, *_ = said(lines, "3 calls in a row without a clear answer: no call before 20")
    assert line["connection"] == str(books.connection_id)


def test_a_token_service_that_refuses_is_not_called_out_of_reach(books: Books, lines: Lines) -> None:
    books.order()
    books.fault("status_before_commit", status=503, match={"path": "tokens/bearer"})
    with books.working():
        db.session.execute(update(Connection).values(access_expires_at=now()))
    drained(books)
    assert said(lines, "no new token came, 1 times in a row: no call before 20")
    assert not said(lines, "can't be reached")


def test_our_own_limit_and_when_it_goes_on(
    books: Books, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.synced_order("5")  # carried over now, not copied: its calls count
    tight = replace(books.app.extensions["times"], batches_in_window=1, calls_window=61.0)
    monkeypatch.setitem(books.app.extensions, "times", tight)
    books.order()
    drained(books)
    with books.working():
        goes_on = db.session.get_one(Connection, books.connection_id).next_at
    assert goes_on is not None
    assert said(lines, f"our own limit of calls is reached: goes on at {logs.at(goes_on)}")
    assert f"our own limit of calls; goes on at {logs.at(goes_on)}" in lines()[-1]["message"]


def test_a_lease_that_another_drain_holds_is_told_once_until_something_goes_on(
    books: Books, lines: Lines
) -> None:
    books.order()
    for _ in range(2):
        with books.working():
            held = lease.take(db.session.get_one(Connection, books.connection_id))
            assert held is not None
        for _ in range(3):
            drained(books)
        with books.working():
            db.session.execute(update(DrainLease).values(until=now() - timedelta(seconds=1)))
        drained(books)
    assert len(said(lines, "another one holds the lease")) == 2


def test_a_drain_that_another_one_overtakes(books: Books, lines: Lines) -> None:
    books.order()

    def overtake() -> None:
        with books.working():
            db.session.execute(update(DrainLease).values(fence=DrainLease.fence + 1))

    with books.before_a_write(overtake):
        books.carry()
    [line] = said(lines, "stops, since another one has taken over")
    assert (line["level"], line["connection"]) == ("WARNING", str(books.connection_id))


def test_nothing_is_due(books: Books, lines: Lines) -> None:
    drained(books)
    begins, ends = (line["message"] for line in lines())
    assert begins.endswith("begins")
    assert "nothing is due; 0 sent, 0 synced, 0 failed, 0 became unsure" in ends


def test_forty_orders_write_some_lines_a_batch_and_none_a_record(books: Books, lines: Lines) -> None:
    for _ in range(40):
        books.order()
    books.carry()
    assert "40 sent, 40 synced, 0 failed, 0 became unsure" in lines()[-1]["message"]
    assert len(lines()) <= 10


def test_what_becomes_unsure_is_found_by_the_id_of_each(books: Books, lines: Lines) -> None:
    orders = [books.order() for _ in range(3)]
    books.fault("commit_then_drop", match={"path": "batch"})
    books.carry()
    [line] = said(lines, "not known whether QuickBooks has them: 3")
    with books.working():
        pushes = {str(push.id) for order in orders for push in pushes_of(order)}
    assert set(line["push"].split()) == pushes
    assert line["delivery"]


def test_what_fails_unexpectedly_is_told_with_its_place_and_not_its_words(
    books: Books, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(record: Any, known: Any) -> Any:
        raise ValueError(record.location.name)

    order = books.order()
    monkeypatch.setattr(planning, "plan", fail)
    books.carry()
    [line] = [line for line in lines() if "traceback" in line]
    with books.working():
        [push] = pushes_of(order)
        assert line["push"] == str(push.id)
        name = db.session.get_one(Location, books.place).name
    assert "ValueError" in line["traceback"]
    assert name not in str(lines())


def drained(books: Books) -> None:
    """As it stands: nothing that holds it back is over."""
    with books.app.app_context():
        drain.run(books.connection_id)


def said(lines: Lines, words: str) -> list[dict[str, Any]]:
    return [line for line in lines() if words in line["message"]]
