"""Companies that a person connects, switches and lets go, and what stands by them in the database."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.company import current, facts
from portal.connect import connections
from portal.extensions import db
from portal.mapping import choices
from portal.models import (
    Connection,
    Customer,
    Event,
    ListEntry,
    Location,
    Mapping,
    Organization,
    Push,
    User,
)
from portal.models.base import now
from portal.models.books import LIST_OF, SectionName
from tests.support.simulator import (
    CANADA,
    Simulated,
)


def refused_and_nothing_stored(user: User, answer: dict[str, str]) -> None:
    with pytest.raises(connections.CantConnect):
        connections.finish_connect(user, answer)
    assert db.session.scalar(select(func.count(Connection.id))) == 0


def connect(books: Simulated, user: User, realm: str = CANADA) -> Connection:
    outcome = connections.finish_connect(user, books.consent(connections.begin_connect(user), realm))
    assert isinstance(outcome, Connection)
    return outcome


def switch_to(books: Simulated, user: User, realm: str) -> Connection:
    outcome = connections.finish_connect(user, books.consent(connections.begin_connect(user), realm))
    assert isinstance(outcome, connections.SwitchNeeded)
    return connections.confirm_switch(user, outcome.token).connection


def ends_soon(connection: Connection) -> None:
    connection.access_expires_at = now() + timedelta(seconds=30)
    db.session.commit()


def active() -> Connection:
    connection = current.connection()
    assert connection is not None
    return connection


def offered_for(section: SectionName, ours: str = "") -> list[choices.Option]:
    read = facts.entries(active(), LIST_OF[section])
    return choices.fitting(active(), read, section, ours)


def entry_named(name: str, label: str) -> ListEntry:
    return db.session.scalars(select(ListEntry).where(ListEntry.list == name, ListEntry.name == label)).one()


def events() -> list[str]:
    return list(db.session.scalars(select(Event.what).order_by(Event.at)))


def organization(name: str) -> uuid.UUID:
    row = Organization(name=name, timezone="America/Toronto")
    db.session.add(row)
    db.session.commit()
    return row.id


def person(email: str, organization_id: uuid.UUID) -> User:
    row = User(email=email, organization_id=organization_id, role="administrator", password_hash="-")
    db.session.add(row)
    db.session.commit()
    return row


def location(organization_id: uuid.UUID) -> Location:
    customer = Customer(organization_id=organization_id, number="1", name="Café Olé")
    place = Location(organization_id=organization_id, customer=customer, number="1", name="Queen St")
    db.session.add(place)
    db.session.flush()
    return place


def mapped(organization_id: uuid.UUID) -> Mapping:
    return Mapping(
        organization_id=organization_id,
        section="customer_tax",
        ours="default",
        province="",
        external_id="5",
        label="HST ON",
    )


def push(organization_id: uuid.UUID, connection_id: uuid.UUID, record_id: uuid.UUID, state: str) -> uuid.UUID:
    row = Push(
        organization_id=organization_id,
        connection_id=connection_id,
        record_kind="location",
        record_id=record_id,
        revision=1,
        reason="record_changed",
        state=state,
    )
    db.session.add(row)
    db.session.flush()
    return row.id
