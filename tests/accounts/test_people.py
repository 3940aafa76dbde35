"""People of an organization: made, signed in, let out."""

import uuid

import pytest
from flask import Flask

from portal.accounts import people
from portal.extensions import db
from portal.models import Event, Organization, User
from portal.sales import Refused
from tests.support import distributor as given

PASSWORD = "correct horse"


def test_the_first_person_makes_the_organization_and_the_next_joins_it(app: Flask) -> None:
    with app.app_context():
        first = people.create_user("Maple", "Ada@Example.com ", "Ada", "administrator", PASSWORD)
        second = people.create_user("Maple", "bo@example.com", "Bo", "bookkeeper", PASSWORD)
        assert first.organization_id == second.organization_id
        assert len(db.session.scalars(given.select(Organization)).all()) == 1
        assert first.email == "ada@example.com"


def test_guessing_at_a_password_costs_what_argon2_recommends(app: Flask) -> None:
    del app.config["PASSWORD_COST"]
    with app.app_context():
        assert people.hashed(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_signing_in_takes_the_right_password_of_an_active_person(app: Flask) -> None:
    with app.app_context():
        user = people.create_user("Maple", "ada@example.com", "Ada", "viewer", PASSWORD)
        assert people.sign_in(" ADA@example.com", PASSWORD) is user
        assert people.sign_in("ada@example.com", "wrong") is None
        assert people.sign_in("nobody@example.com", PASSWORD) is None
        user.active = False
        db.session.commit()
        assert people.sign_in("ada@example.com", PASSWORD) is None


@pytest.mark.parametrize(
    ("email", "role", "password", "words"),
    [
        ("ada@example.com", "viewer", PASSWORD, "already has an account"),
        ("bo@example.com", "owner", PASSWORD, "is not a role"),
        ("bo@example.com", "viewer", "short", "at least 8 characters"),
    ],
)
def test_what_makes_no_person(app: Flask, email: str, role: str, password: str, words: str) -> None:
    with app.app_context():
        people.create_user("Maple", "ada@example.com", "Ada", "administrator", PASSWORD)
        with pytest.raises(Refused, match=words):
            people.create_user("Maple", email, "", role, password)  # type: ignore[arg-type]  # wrong on purpose


def test_letting_somebody_out_changes_the_key_of_their_sessions(ours: uuid.UUID) -> None:
    people.add_user("ada@example.com", "Ada", "administrator", PASSWORD, people.command_line(ours))
    user = people.add_user("bo@example.com", "Bo", "bookkeeper", PASSWORD, people.command_line(ours))
    key = user.session_key
    people.set_active(user, False, given.bo("Ada"))
    assert not user.active
    assert user.session_key != key


def test_the_only_administrator_stays_one(ours: uuid.UUID) -> None:
    ada = people.add_user("ada@example.com", "Ada", "administrator", PASSWORD, people.command_line(ours))
    for attempt in (
        lambda: people.set_role(ada, "viewer", given.bo("Ada")),
        lambda: people.set_active(ada, False, given.bo("Ada")),
    ):
        with pytest.raises(Refused, match="only administrator"):
            attempt()
    people.add_user("bo@example.com", "Bo", "administrator", PASSWORD, people.command_line(ours))
    people.set_role(ada, "viewer", given.bo("Bo"))
    assert ada.role == "viewer"
    assert "role_changed" in {event.what for event in db.session.scalars(given.select(Event))}


def test_a_person_may_what_their_role_includes() -> None:
    bookkeeper = User(role="bookkeeper")
    assert (bookkeeper.may("viewer"), bookkeeper.may("bookkeeper"), bookkeeper.may("administrator")) == (
        True,
        True,
        False,
    )
