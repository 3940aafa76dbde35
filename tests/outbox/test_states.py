"""Pushes go where the table leads, one by one or many in one UPDATE, and keep the same on arrival."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from portal import create_app
from portal.extensions import db
from portal.models import Connection, Push
from portal.models.pushes import WISH, PushState
from portal.outbox.states import PUSH, ImpossibleMove, begin, move, move_all, move_as_planned
from portal.runtime import logs
from tests.support import distributor, tables
from tests.support.people import organization
from tests.support.servers import fresh_database
from tests.support.settings import settings

MOVES = [(before, after) for before, possible in PUSH.items() for after in sorted(possible)]
NO_MOVES = [pair for pair in product(PUSH, repeat=2) if pair not in MOVES]


@pytest.mark.parametrize("taken", [None, "Duplicate Document Number Error"])
@pytest.mark.parametrize(("before", "after"), MOVES)
def test_many_keep_on_arrival_what_one_keeps(
    company: Connection, before: PushState, after: PushState, taken: str | None
) -> None:
    one, another = (wish(company, state=before, claims=3, taken=taken) for _ in range(2))
    move(one, after)
    assert move_all(Push.id == another.id, [before], after) == {another.id}
    db.session.flush()
    assert kept(another) == kept(one)
    db.session.expire_all()
    assert kept(another) == kept(one)


def test_what_was_moved_meanwhile_is_left_alone_and_not_among_the_moved(company: Connection) -> None:
    queued, waiting, gone = (wish(company, state=state) for state in ("queued", "waiting", "cancelled"))
    everything = Push.connection_id == company.id
    assert move_all(everything, WISH, "failed") == {queued.id, waiting.id}
    assert [push.state for push in (queued, waiting, gone)] == ["failed", "failed", "cancelled"]
    assert move_all(everything, WISH, "failed") == set()


@pytest.mark.parametrize(
    "meanwhile", [{"state": "cancelled"}, {"revision": 2}, {"intent": "take_back"}, {"state": "queued"}]
)
def test_a_wish_that_is_another_than_was_planned_stays_what_it_has_become(
    company: Connection, meanwhile: dict[str, object]
) -> None:
    push = wish(company, state="waiting", claims=1)
    changed = update(Push).values(**meanwhile)
    db.session.execute(changed, execution_options={"synchronize_session": False})
    assert not move_as_planned(push, "failed")
    assert {name: getattr(push, name) for name in meanwhile} == meanwhile
    assert (push.claims, push.settled_at) == (0, None)
    assert move_as_planned(wish(company, claims=1), "failed")


@pytest.mark.parametrize(("before", "after"), NO_MOVES)
def test_none_goes_where_the_table_does_not_lead(
    company: Connection, before: PushState, after: PushState
) -> None:
    push = wish(company, state=before)
    with pytest.raises(ImpossibleMove):
        move(push, after)
    with pytest.raises(ImpossibleMove):
        move_all(Push.id == push.id, [*PUSH, before], after)
    assert db.session.scalar(select(Push.state)) == before


def test_all_that_moved_are_counted_once_they_are_committed(company: Connection) -> None:
    pushes = [wish(company) for _ in range(3)]
    with logs.tally() as counted:
        move(pushes[0], "cancelled")
        move_all(Push.connection_id == company.id, WISH, "cancelled")
        move_all(Push.connection_id == company.id, WISH, "failed")
        assert not counted
        db.session.commit()
    assert counted == {"cancelled": 3}


def test_a_second_wish_raises_the_first_one_and_has_it_planned_again(company: Connection) -> None:
    push = wish(company, claims=2, run_id=None)
    db.session.execute(update(Push).values(state="waiting"))
    again = {column.key: getattr(push, column.key) for column in Push.__table__.columns}
    begin([{**again, "id": uuid.uuid4(), "state": "queued", "revision": 7}])
    db.session.expire_all()
    assert [(one.id, one.state, one.revision, one.claims) for one in distributor.pushes()] == [
        (push.id, "queued", 7, 2)
    ]


def wish(company: Connection, **values: object) -> Push:
    push = Push(
        **distributor.owner(),
        connection_id=company.id,
        record_kind="order",
        record_id=uuid.uuid4(),
        revision=1,
        reason="bulk",
        **values,
    )
    db.session.add(push)
    db.session.flush()
    db.session.refresh(push)
    return push


def kept(push: Push) -> tuple[object, ...]:
    return push.state, push.claims, push.ever_unsure, push.taken, push.settled_at is not None


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    home: Path = tmp_path_factory.mktemp("states")
    with ExitStack() as stack:
        url = f"sqlite:///{home}/portal.sqlite3"
        if request.param == "postgresql":
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgresql_url")))
        app = create_app(settings(home, SQLALCHEMY_DATABASE_URI=url))
        tables.make(app)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def company(house: Flask) -> Iterator[Connection]:
    """The connected company, in an open session."""
    organization_id = organization(house, "Ours")
    with house.app_context():
        db.session.info["organization_id"] = organization_id
        yield distributor.connection()
        db.session.rollback()
        db.session.execute(delete(Push))
        db.session.execute(delete(Connection))
        db.session.commit()
        db.session.remove()
