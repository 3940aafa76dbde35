"""Who did what: the id is the truth, the name is kept as it was then."""

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts import people
from portal.extensions import db
from portal.models import Actor, Event, User
from portal.runtime.history import ForeignActor, remember
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from tests.support import distributor as given
from tests.support.people import organization


def test_a_name_changes_and_what_was_done_under_it_stays(ours: uuid.UUID) -> None:
    bo = given.bo("Bo")
    done_by(bo)
    db.session.get_one(User, bo.user_id).name = "Bo Derek"
    db.session.flush()
    done_by(given.bo("Bo Derek"))
    assert told() == [(bo.user_id, "Bo"), (bo.user_id, "Bo Derek")]


def test_two_of_one_name_are_told_apart(ours: uuid.UUID) -> None:
    first = given.bo("Bo")
    db.session.get_one(User, first.user_id).name = "another"
    db.session.flush()
    second = given.bo("Bo")
    done_by(first)
    done_by(second)
    assert told() == [(first.user_id, "Bo"), (second.user_id, "Bo")]


def test_what_the_portal_does_by_itself_is_nobodys(ours: uuid.UUID) -> None:
    done_by(Actor(ours, None, ""))
    assert told() == [(None, "")]


ACTING: dict[str, Callable[[Actor], object]] = {
    "an event": lambda actor: done_by(actor),
    "a bulk run": lambda actor: runs.start(Chosen("order", (uuid.uuid4(),)), actor),
}


@pytest.mark.parametrize("what", ACTING)
def test_a_person_of_another_organization_does_nothing_here(app: Flask, ours: uuid.UUID, what: str) -> None:
    db.session.info["organization_id"] = organization(app, "Theirs")
    eve = given.bo("Eve")
    db.session.info["organization_id"] = ours
    given.connection()
    with pytest.raises(ForeignActor):
        ACTING[what](eve)
    assert told() == []


def test_who_is_let_out_keeps_their_history_and_can_not_be_deleted(ours: uuid.UUID) -> None:
    bo = given.bo()
    done_by(bo)
    person = db.session.get_one(User, bo.user_id)
    people.set_active(person, False, given.bo("Ada"))
    assert told()[0] == (bo.user_id, bo.name)
    db.session.delete(person)
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def done_by(actor: Actor) -> None:
    remember(actor, "finalized", ("order", uuid.uuid4()), "Finalized order 1.")


def told() -> list[tuple[uuid.UUID | None, str]]:
    rows = db.session.execute(select(Event.user_id, Event.actor).order_by(Event.at))
    return [(user_id, name) for user_id, name in rows]
