"""The watch over organizations sees what it must see: a watch that never barks would pass every test."""

import uuid

import pytest
from sqlalchemy import delete, func, select, text, update

from portal.extensions import NoOrganization, db
from portal.models import Customer, Location, Order, Organization, Push
from tests.support import distributor as given
from tests.support import scope_listener

ONE_PLACE = "SELECT location.name FROM location WHERE location.id = ?"


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        (ONE_PLACE, ["location"]),
        (f"{ONE_PLACE} AND location.organization_id = ?", []),
        ('SELECT "order".id FROM "order" WHERE "order".id = ?', ["order"]),
        ('UPDATE "order" SET status=? WHERE "order".id = ?', ["order"]),
        ('UPDATE "order" SET status=? WHERE "order".organization_id = ?', []),
        ("DELETE FROM push WHERE push.id = ?", ["push"]),
        ("SELECT 1 FROM push AS push_1 WHERE push.organization_id = ?", ["push (as push_1)"]),
        (
            "SELECT 1 FROM push JOIN link ON link.id = push.id WHERE push.organization_id = ?",
            ["link"],
        ),
        ("SELECT 1 FROM push, link WHERE push.organization_id = ?", ["link"]),
        (
            "SELECT 1 FROM push WHERE push.organization_id = ? AND push.id IN (SELECT link.id FROM link)",
            ["link"],
        ),
        ("SELECT push.organization_id FROM push", ["push"]),
        ("INSERT INTO push (id) VALUES (?)", []),
        ("SELECT 1 FROM organization", []),
    ],
)
def test_a_statement_is_read_for_the_tables_it_does_not_restrict(sql: str, tables: list[str]) -> None:
    assert scope_listener.unrestricted(sql) == tables


def test_text_that_names_no_organization_is_seen(ours: uuid.UUID) -> None:
    with scope_listener.watching() as seen:
        db.session.execute(text("SELECT name FROM location"))
        db.session.connection().execute(update(Location.__table__).values(name="Gotcha"))  # type: ignore[arg-type]  # a Table
    assert len(seen) == 2
    assert seen[0].startswith("location:")


@pytest.fixture(autouse=True)
def organizations_stay_apart() -> None:
    """This file breaks the rule on purpose."""


def test_statements_of_the_session_are_restricted_by_themselves(ours: uuid.UUID) -> None:
    order = given.order()
    db.session.commit()
    with scope_listener.watching() as seen:
        db.session.scalars(select(Order)).all()
        db.session.scalar(select(func.count()).select_from(select(Order.id).limit(5).subquery()))
        db.session.execute(select(Order.number).join(Location).join(Customer))
        db.session.execute(update(Push).values(tries=1))
        db.session.execute(delete(Push))
        assert order.lines[0].sku.product.name
        assert order.location.customer.locations
        db.session.refresh(order)
        order.notes = "flushed by primary key"
        db.session.commit()
    assert seen == []


def test_looking_over_all_organizations_has_to_be_said(ours: uuid.UUID) -> None:
    with scope_listener.watching() as seen:
        db.session.scalars(select(Order).execution_options(unscoped="this test")).all()
    assert seen == []
    db.session.info["organization_id"] = None
    with pytest.raises(NoOrganization):
        db.session.scalars(select(Order)).all()
    assert db.session.scalars(select(Organization)).all()
