"""Invitations: one link lets one person in, once, within a day."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.accounts import invitations, people
from portal.extensions import db
from portal.models import Event, Invitation, Organization, User
from portal.models.base import now
from portal.sales import Refused
from tests.support import distributor as given

PASSWORD = "correct horse"


def test_who_follows_the_link_joins_with_the_role_it_was_made_for(ours: uuid.UUID) -> None:
    token = invite(" Bo@Example.com", "bookkeeper")
    bo = invitations.accept(token, "Bo", PASSWORD)
    assert (bo.organization_id, bo.email, bo.name, bo.role) == (ours, "bo@example.com", "Bo", "bookkeeper")
    assert people.sign_in("bo@example.com", PASSWORD) is bo
    assert [event.what for event in events()] == ["invited", "user_added"]


def test_the_token_is_kept_nowhere(ours: uuid.UUID) -> None:
    token = invite()
    row = standing()
    assert token not in [getattr(row, column.key) for column in Invitation.__table__.columns]
    assert token not in row.token_hash
    assert len(token) > 40


@pytest.mark.parametrize("way", ["used", "cancelled", "too old", "replaced by a newer one", "nonsense"])
def test_a_link_that_is_over_lets_nobody_in(ours: uuid.UUID, way: str) -> None:
    token = invite()
    if way == "used":
        invitations.accept(token, "Bo", PASSWORD)
    elif way == "cancelled":
        invitations.cancel(standing(), given.bo("Ada"))
    elif way == "too old":
        db.session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
    elif way == "replaced by a newer one":
        invite()
    else:
        token = "nonsense"
    db.session.commit()
    assert invitations.find(token) is None
    with pytest.raises(Refused, match="does not work any more"):
        invitations.accept(token, "Mallory", PASSWORD)
    db.session.rollback()
    others = [user.name for user in db.session.scalars(select(User)) if user.name != "Ada"]
    assert others == (["Bo"] if way == "used" else [])


def test_it_lasts_a_day(ours: uuid.UUID) -> None:
    invite()
    left = standing().expires_at - now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


def test_of_two_who_use_one_link_at_the_same_moment_one_gets_in(
    ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = invite()
    found = invitations.find(token)
    invitations.accept(token, "Bo", PASSWORD)
    monkeypatch.setattr(invitations, "find", lambda token: found)  # read before the other one was done
    with pytest.raises(Refused, match="does not work any more"):
        invitations.accept(token, "Mallory", "another password")


def test_somebody_with_an_account_is_not_invited(ours: uuid.UUID) -> None:
    people.add_user("bo@example.com", "Bo", "viewer", PASSWORD, given.bo("Ada"))
    with pytest.raises(Refused, match="already has an account"):
        invite()


def test_an_account_made_meanwhile_elsewhere_is_not_touched(app: Flask, ours: uuid.UUID) -> None:
    token = invite()
    theirs = Organization(name="Theirs")
    db.session.add(theirs)
    db.session.flush()
    other = people.add_user("bo@example.com", "Bo", "viewer", PASSWORD, people.command_line(theirs.id))
    db.session.commit()
    before = other.password_hash
    with pytest.raises(Refused, match="does not work any more"):
        invitations.accept(token, "Mallory", "another password")
    db.session.rollback()
    assert other.password_hash == before


def test_a_short_password_is_refused_and_the_link_still_works(ours: uuid.UUID) -> None:
    token = invite()
    with pytest.raises(Refused, match="at least 8 characters"):
        invitations.accept(token, "Bo", "short")
    assert invitations.find(token) is not None


class TestANewPassword:
    def test_takes_the_place_of_the_forgotten_one_and_ends_every_session(self, ours: uuid.UUID) -> None:
        bo = people.add_user("bo@example.com", "Bo", "viewer", PASSWORD, given.bo("Ada"))
        key = bo.session_key
        invitation, token = invitations.offer_new_password(bo, given.bo("Ada"))
        assert invitations.is_for_a_new_password(invitation)
        db.session.commit()
        assert invitations.accept(token, "", "another password") is bo
        assert bo.session_key != key
        assert (bo.name, bo.role) == ("Bo", "viewer")
        assert people.sign_in("bo@example.com", PASSWORD) is None
        assert people.sign_in("bo@example.com", "another password") is bo

    def test_is_not_for_who_is_kept_out(self, ours: uuid.UUID) -> None:
        bo = people.add_user("bo@example.com", "Bo", "viewer", PASSWORD, given.bo("Ada"))
        _, token = invitations.offer_new_password(bo, given.bo("Ada"))
        people.set_active(bo, False, given.bo("Ada"))
        db.session.commit()
        with pytest.raises(Refused, match="does not work any more"):
            invitations.accept(token, "", "another password")
        db.session.rollback()
        with pytest.raises(Refused, match="Let them in again first"):
            invitations.offer_new_password(bo, given.bo("Ada"))


def invite(email: str = "bo@example.com", role: str = "viewer") -> str:
    _, token = invitations.invite(email, role, given.bo("Ada"))  # type: ignore[arg-type]  # a role of ours
    db.session.commit()
    return token


def standing() -> Invitation:
    [only] = invitations.standing()
    return only


def events() -> list[Event]:
    return list(db.session.scalars(select(Event).order_by(Event.at)))
