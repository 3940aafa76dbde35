"""What stops a push, a connection or a drain, and what does not: answers, a disconnect, crashes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from portal import problems
from portal.connect import connections
from portal.extensions import db
from portal.models import Call, Connection, Push
from portal.models.base import now
from portal.models.kinds import RecordRef
from tests.support.bookkeeping import Books
from tests.support.connected import connect
from tests.support.on_the_way import Said
from tests.support.simulator import CANADA


@pytest.mark.parametrize(
    ("ordered", "state", "paused"),
    [
        ({"fault": "throttle", "retry_after": 7}, "ok", True),
        ({"fault": "unauthorized", "times": 2}, "reconnect", False),
        ({"fault": "fault", "code": "3100"}, "reconnect", False),
        ({"fault": "fault", "code": "6190"}, "on_hold", False),
    ],
    ids=lambda value: "-".join(str(each) for each in value.values()) if isinstance(value, dict) else None,
)
def test_what_is_wrong_with_the_company_stops_the_connection_and_burns_no_try(
    books: Books, ordered: dict[str, Any], state: str, paused: bool
) -> None:
    order = books.order()
    books.fault(**ordered, match={"path": "batch"})
    books.carry()
    with books.working():
        connection = db.session.get_one(Connection, books.connection_id)
        assert (connection.state, connection.pause_until is not None) == (state, paused)
        assert db.session.scalars(select(Push.tries).where(Push.record_id == order)).one() == 0
        connection.state = "ok"  # somebody has put it right
    assert (books.status(order), books.problems(order)) == ("queued", [])
    books.carry()
    assert books.status(order) == "synced"


def test_an_unknown_refusal_is_tried_once_more_and_then_told_in_their_words(books: Books) -> None:
    order = books.order()
    odd = {"Error": [{"Message": "Odd", "Detail": "The moon is full", "code": "987"}], "type": "Strange"}
    told = Said({"BatchItemResponse": [{"bId": "0", "Fault": odd}]})
    with books.answering("/batch", told, calls=2) as instead:
        books.carry()
        books.settle()
    assert instead.left == 0
    assert books.problems(order) == ["unknown_fault"]
    with books.working():
        assert "moon" in problems.open_for(RecordRef("order", order))[0].qbo_words


def test_a_replay_that_is_throttled_stays_unsure_until_it_is_known(books: Books) -> None:
    """N15."""
    order = books.order()
    with books.losing_writes():
        books.carry()
    books.fault("throttle", retry_after=1, match={"path": "batch"})
    books.settle()
    assert books.pushes(order) == ["unsure"]
    books.settle()
    assert (books.pushes(order), len(books.live())) == (["synced"], 2)


def test_what_was_answered_401_is_sent_again_only_once_a_call_is_free(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, asked = books.order(), len(books.writes())
    books.fault("unauthorized", match={"path": "batch"})
    one_batch_is_free(books, monkeypatch)
    books.carry()
    assert (len(books.writes()), books.status(order)) == (asked + 1, "queued")
    assert is_held(books)
    one_batch_is_free(books, monkeypatch)
    books.carry()
    assert (len(books.writes()), books.status(order)) == (asked + 2, "synced")


def test_a_replay_is_sent_only_once_a_call_is_free(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    order, asked = books.order(), len(books.writes())
    one_batch_is_free(books, monkeypatch)
    with books.losing_writes():
        books.carry()
    books.settle()
    assert (len(books.writes()), books.pushes(order)) == (asked, ["unsure"])
    assert is_held(books)
    one_batch_is_free(books, monkeypatch)
    books.carry()
    assert (len(books.writes()), books.pushes(order)) == (asked + 1, ["synced"])


def test_more_look_ups_than_a_second_has_calls_stop_no_drain(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each drain would read the first ones again, and none would ever come to send."""
    orders = [books.order() for _ in range(4)]
    books.carry()
    for order in orders:
        books.change(order, "5")  # each is read before it is updated
    slow = replace(books.app.extensions["times"], calls_in_second=2, calls_second=0.5)
    monkeypatch.setitem(books.app.extensions, "times", slow)
    books.carry()
    assert [books.status(order) for order in orders] == ["synced"] * 4


def test_a_grant_that_ended_keeps_every_push_until_somebody_reconnects(books: Books) -> None:
    """T4: no try is burnt, and reconnecting resumes all."""
    order = books.order()
    books.simulated.control("POST", "tokens/revoke", {"realm": CANADA})
    books.carry()
    with books.working():
        assert db.session.get_one(Connection, books.connection_id).state == "reconnect"
        assert db.session.scalars(select(Push.tries).where(Push.record_id == order)).one() == 0
    connect(books.sign_in("administrator"), books.simulated)
    books.carry()
    assert books.status(order) == "synced"


def test_a_disconnect_in_the_middle_of_a_call_stops_what_follows_until_somebody_reconnects(
    books: Books,
) -> None:
    """T7."""
    order = books.order()
    before = len(books.writes())

    def disconnect() -> None:
        with books.working():
            connections.disconnect(db.session.get_one(Connection, books.connection_id), books.bo)

    with books.before_a_write(disconnect):
        books.carry()
    books.carry()
    assert (len(books.writes()), books.status(order)) == (before + 1, "queued")
    connect(books.sign_in("administrator"), books.simulated)
    books.carry()
    assert books.status(order) == "synced"
    assert books.document(order)


def test_a_push_that_five_drains_died_on_fails_and_one_that_two_died_on_goes_alone(books: Books) -> None:
    """K18."""
    crashing, suspect, others = books.order(), books.order(), [books.order(), books.order()]
    with books.working():
        for order, claims in ((crashing, 5), (suspect, 2)):
            db.session.execute(update(Push).where(Push.record_id == order).values(claims=claims))
    books.carry()
    assert (books.status(crashing), books.problems(crashing)) == ("failed", ["crashes"])
    assert [books.status(order) for order in (suspect, *others)] == ["synced"] * 3
    with books.working():
        deliveries = {
            order: db.session.scalars(select(Push.delivery_id).where(Push.record_id == order)).one()
            for order in (suspect, *others)
        }
    assert deliveries[others[0]] == deliveries[others[1]] != deliveries[suspect]


def one_batch_is_free(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the minute that begins now."""
    tight = replace(books.app.extensions["times"], batches_in_window=1, calls_window=61.0)
    monkeypatch.setitem(books.app.extensions, "times", tight)
    with books.working():
        db.session.execute(delete(Call))


def is_held(books: Books) -> bool:
    """Whether our own limit keeps the connection from going on for most of a minute."""
    with books.working():
        next_at = db.session.get_one(Connection, books.connection_id).next_at
        return next_at is not None and next_at > now() + timedelta(seconds=20)
