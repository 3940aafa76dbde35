"""Migrations make the tables that the models describe, from nothing and from a database that is in use."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Column, Engine, MetaData, Table, insert, inspect, select, update
from sqlalchemy.engine import Connection

from portal import create_app
from portal.extensions import db
from portal.models import Base
from tests.support.queries import queries
from tests.support.servers import fresh_database
from tests.support.settings import settings

# The statements that the migrations of before made a database by.
BEFORE_FOLDING = Path(__file__).parent / "before_folding"
CHECKED = {
    ("connection", "state"): "ok",
    ("connection", "status"): "active",
    ("delivery", "state"): "unsure",
    ("invitation", "role"): "viewer",
    ("location", "tax_status"): "default",
    ("order", "status"): "finalized",
    ("push", "state"): "unsure",
    ("sku", "kind"): "goods",
    ("sku", "tax_status"): "default",
    ("user", "role"): "viewer",
}
# What a migration makes of a row in which every column was filled, where it is not what was filled in.
BECOMES: dict[str, dict[str, Any]] = {
    "connection": {"number_guard": None},  # it had been on, and nobody knew since when
    "delivery": {"numbers_guarded": True},  # armed while it was on, and still open
    "organization": {"timezone_origin": "assumed"},  # nobody was ever asked
}
EMPTY_AT_FIRST = {
    "discovery",
    "filed_tax",
    "loose_grant",
    "provincial_registration",
    "run_record",
    "unlinked",
    "bulk_decision",
    "decided_record",
    "push_hour",
    "import_run",
    "import_piece",
    "import_profile",
}
UNSCOPED = {"unscoped": "a test"}
VALUES: dict[type, Any] = {
    bool: True,
    bytes: b"\x00{}",
    date: date(2026, 11, 22),
    datetime: datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
    Decimal: 7,
    object: {"Id": "1"},  # JSON
    int: 7,
    str: "Ø",
    uuid.UUID: uuid.UUID(int=7),
}
Portal = Callable[[], Flask]


def test_from_nothing_they_make_what_the_models_describe(portal: Portal) -> None:
    with portal().app_context():
        flask_migrate.upgrade()
        assert differences() == []
        made = described(db.engine)
    with portal().app_context():
        Base.metadata.create_all(db.engine)
        assert described(db.engine) == made


def test_a_database_of_before_the_folding_is_the_folded_one(portal: Portal) -> None:
    with portal().app_context():
        flask_migrate.upgrade(revision="pages")
        folded = described(db.engine)
    with portal().app_context():
        make_as_before()
        assert described(db.engine) == folded


def test_a_database_of_before_the_folding_goes_on_with_all_that_is_stored(portal: Portal) -> None:
    with portal().app_context():
        make_as_before()
        with db.engine.begin() as connection:
            kept = filled(connection)
        flask_migrate.upgrade()
        assert differences() == []
        with db.engine.connect() as connection:
            tables = reflected(connection)
            for name, table in tables.items():
                if name in kept:
                    was = {column: value for column, value in kept[name].items() if column in table.columns}
                    assert row_of(connection, table).items() >= (was | BECOMES.get(name, {})).items()
        for mapper in Base.registry.mappers:
            found = db.session.scalars(select(mapper.class_), execution_options={"unscoped": "a test"}).all()
            assert len(found) == (mapper.class_.__tablename__ not in EMPTY_AT_FIRST), mapper
        db.session.rollback()


def test_each_migration_can_be_taken_back(portal: Portal) -> None:
    with portal().app_context():
        flask_migrate.upgrade(revision="pages")
        folded = described(db.engine)
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision="pages")
        assert described(db.engine) == folded
        flask_migrate.downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]


def test_sqlite_loses_no_row_by_them_and_looks_after_its_rows_again(tmp_path: Path) -> None:
    """Tables that others lead to are made anew, for which it must not look after them."""
    app = create_app(settings(tmp_path, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/0.sqlite3"))
    with app.app_context():
        flask_migrate.upgrade(revision="exchange_rates")
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        with closing(sqlite3.connect(tmp_path / "0.sqlite3")) as database:
            leads_nowhere = "INSERT INTO drain_lease (connection_id, fence, until, organization_id) "
            database.execute(f"{leads_nowhere} VALUES ('{'1' * 32}', 1, '2026-11-30', '{'2' * 32}')")
            database.commit()
        with pytest.raises(SystemExit):
            flask_migrate.upgrade()
        with db.engine.connect() as connection:
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            assert (version, connection.exec_driver_sql("PRAGMA foreign_keys").scalar()) == (
                "exchange_rates", 1
            )  # fmt: skip
            assert "provincial_registration" not in inspect(connection).get_table_names()
        db.engine.dispose()


def test_one_line_says_what_they_did_and_where_nothing_is_to_be_done_no_row_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings(tmp_path, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/0.sqlite3"))
    with app.app_context(), caplog.at_level("INFO", "portal"):
        flask_migrate.upgrade()
        with queries() as seen:
            flask_migrate.upgrade()
        assert not [one for one in seen if "foreign_key_check" in one]
        db.engine.dispose()
    [line] = [one for one in caplog.records if one.name == "portal.migrations"]
    assert line.getMessage().startswith("the database is brought to ")


def test_of_links_from_before_only_what_was_sent_and_answered_the_same_counts_as_agreed(
    portal: Portal,
) -> None:
    """Kept as sent was all of ours, though a sparse update carries less; addresses were never kept."""
    sent = {"DisplayName": "Pub", "PrimaryPhone": {"FreeFormNumber": "1"}, "SalesTermRef": {"value": "3"}}
    sent |= {"BillAddr": {"Line1": "1 King St"}, "Notes": "Routeique location L1"}
    shown = {"Id": "58", "DisplayName": "Pub ", "PrimaryPhone": {"FreeFormNumber": "2"}}
    shown |= {"SalesTermRef": {"value": "3", "name": "Net 30"}}
    with portal().app_context():
        flask_migrate.upgrade(revision="unread_columns")
        with db.engine.begin() as connection:
            filled(connection)
            links = reflected(connection)["link"]
            of_a_customer = {"kind": "customer", "sent": sent, "theirs": shown, "voided": False}
            connection.execute(update(links).values(of_a_customer), execution_options={"unscoped": "a test"})
            for name in ("location", "sku"):
                green = update(reflected(connection)[name]).values(integration_status="synced")
                connection.execute(green, execution_options={"unscoped": "a test"})
        flask_migrate.upgrade(revision="theirs")
        with db.engine.connect() as connection:
            tables = reflected(connection)
            link, there = row_of(connection, tables["link"]), row_of(connection, tables["theirs"])
            of_records = [
                row_of(connection, tables[name])["integration_status"] for name in ("location", "sku")
            ]
        flask_migrate.downgrade(revision="unread_columns")
        with db.engine.connect() as connection:
            back = row_of(connection, reflected(connection)["link"])
    assert link["ours_then"] == {"DisplayName": "Pub", "SalesTermRef": {"value": "3"}}
    assert link["theirs_then"].keys() == link["ours_then"].keys()
    assert (link["differs"], link["decided"], link["before"]) == (None, {}, {})
    assert of_records == ["uncompared", "uncompared"]
    assert there["fields"] == shown
    assert there["unread"] == ["BillAddr", "ShipAddr", "CustomField", "DefaultTaxCodeRef"]
    assert (there["name"], there["active"], there["gone"]) == ("Pub ", True, False)
    assert (back["sync_token"], back["theirs"]) == (there["sync_token"], shown)


@pytest.mark.parametrize(("also", "becomes"), [(None, "ready"), ("no_lines", "failed")])
def test_what_had_failed_for_a_date_to_come_alone_is_ready(
    portal: Portal, also: str | None, becomes: str
) -> None:
    with portal().app_context():
        flask_migrate.upgrade(revision="time_zones")
        with db.engine.begin() as connection:
            rows, tables = filled(connection), reflected(connection)
            of_order = {"record_kind": "order", "record_id": rows["order"]["id"], "resolved_at": None}
            ahead = update(tables["problem"]).values(of_order | {"code": "in_future"})
            failed = update(tables["order"]).values(integration_status="failed")
            for statement in (ahead, failed):
                connection.execute(statement, execution_options={"unscoped": "a test"})
            if also:
                another = rows["problem"] | of_order | {"code": also, "id": uuid.uuid4().hex}
                connection.execute(insert(tables["problem"]).values(another))
        flask_migrate.upgrade(revision="push_not_before")
        with db.engine.connect() as connection:
            tables = reflected(connection)
            still = select(tables["problem"].c.code).where(tables["problem"].c.resolved_at.is_(None))
            status = row_of(connection, tables["order"])["integration_status"]
            open_ones = connection.scalars(still, execution_options={"unscoped": "a test"}).all()
    assert (status, open_ones) == (becomes, [also] if also else [])


def make_as_before() -> None:
    statements = (BEFORE_FOLDING / f"{db.engine.dialect.name}.sql").read_text().splitlines()
    with closing(db.engine.raw_connection()) as connection:
        for statement in statements:
            connection.cursor().execute(statement)
        connection.commit()


def differences() -> list[Any]:
    """What `flask db migrate` would write a migration for."""
    with db.engine.connect() as connection:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        return found


def described(engine: Engine) -> dict[str, Any]:
    """Each table as the database tells it, bare of the order of its columns: also checks, and what a partial
    index holds, which Alembic does not compare.
    """
    told = inspect(engine)
    return {
        name: {
            "columns": {one["name"]: (str(one["type"]), one["nullable"]) for one in told.get_columns(name)},
            "primary key": told.get_pk_constraint(name),
            "foreign keys": named(told.get_foreign_keys(name)),
            "unique": named(told.get_unique_constraints(name)),
            "checks": named(told.get_check_constraints(name)),
            "indexes": named(told.get_indexes(name)),
        }
        for name in told.get_table_names()
        if name != "alembic_version"
    }


def named(found: Any) -> dict[str, str]:
    return {
        one["name"]: str(
            {key: one[key] for key in sorted(one) if key != "dialect_options"}
            | {key: str(value) for key, value in one.get("dialect_options", {}).items()}
        )
        for one in found
    }


def filled(connection: Connection) -> dict[str, dict[str, Any]]:
    """One row in each table, every column of it filled; returns them as they then are."""
    stored: dict[str, dict[str, Any]] = {}
    for name, table in reflected(connection).items():
        values = {column.name: value_for(column, stored) for column in table.columns}
        connection.execute(insert(table).values(values))
        stored[name] = row_of(connection, table)
    return stored


def value_for(column: Column[Any], stored: dict[str, dict[str, Any]]) -> Any:
    if column.foreign_keys:
        [led_to] = column.foreign_keys
        return stored[led_to.column.table.name][led_to.column.name]
    if checked := CHECKED.get((column.table.name, column.name)):
        return checked
    value = VALUES[column.type.python_type]
    is_id = getattr(column.type, "length", None) == 32 and column.name.endswith("id")
    return VALUES[uuid.UUID].hex if is_id else value


def row_of(connection: Connection, table: Table) -> dict[str, Any]:
    asked = connection.execute(select(table), execution_options={"unscoped": "a test"})
    return dict(asked.mappings().one())


def reflected(connection: Connection) -> dict[str, Table]:
    """The tables as they stand, each after those that it leads to."""
    found = MetaData()
    found.reflect(connection)
    return {table.name: table for table in found.sorted_tables if table.name != "alembic_version"}


def test_choices_and_reasons_from_before_are_known_by_province_and_id(portal: Portal) -> None:
    """What was chosen for another spelling is the province's; the words of a reason stay as they are."""
    spelled = {"N.S.": "8", "QUE.": "9", "BC": "7", "B.C.": "5", "ONT./QUE.": "6"}
    with portal().app_context():
        flask_migrate.upgrade(revision="push_not_before")
        with db.engine.begin() as connection:
            filled(connection)
            tables = reflected(connection)
            changes = {
                "connection": {"country": "CA", "status": "active"},
                "location": {
                    "exemption_reason": " Educational organization ",
                    "integration_status": "synced",
                },
                "order": {"exemption_reason": "School"},
            }
            for name, values in changes.items():
                connection.execute(update(tables[name]).values(values), execution_options=UNSCOPED)
            was = row_of(connection, tables["mapping"]) | {"section": "customer_tax", "ours": "default"}
            connection.execute(
                insert(tables["mapping"]),
                [
                    {
                        **was,
                        "id": type(was["id"])(f"{number:032x}"),
                        "province": province,
                        "external_id": code,
                    }
                    for number, (province, code) in enumerate(spelled.items(), 100)
                ],
            )
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            tables = reflected(connection)
            rows = connection.execute(
                select(tables["mapping"]).where(tables["mapping"].c.section == "customer_tax"),
                execution_options=UNSCOPED,
            ).mappings()
            chosen = {row["province"]: row["external_id"] for row in rows}
            place, order = row_of(connection, tables["location"]), row_of(connection, tables["order"])
    assert chosen == {"NS": "8", "QC": "9", "BC": "7", "ONT./QUE.": "6"}
    assert (place["exemption_reason_id"], place["exemption_reason"]) == ("7", " Educational organization ")
    assert place["integration_status"] == "uncompared"  # it may say another code now
    assert (order["exemption_reason_id"], order["exemption_reason"]) == (None, "School")


@pytest.fixture(params=["sqlite", "postgresql"])
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """`portal()`: one on an empty database of its own."""
    with ExitStack() as stack:
        made: list[Flask] = []

        def make() -> Flask:
            url = f"sqlite:///{tmp_path}/{len(made)}.sqlite3"
            if request.param == "postgresql":
                url = stack.enter_context(fresh_database(request.getfixturevalue("postgresql_url")))
            made.append(create_app(settings(tmp_path, SQLALCHEMY_DATABASE_URI=url)))
            return made[-1]

        yield make
        for app in made:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
