"""What a page of a table costs hardly depends on how many rows it has: every filter in every order, counted
in rows that PostgreSQL reads and in steps that SQLite makes, on a distributor that has grown.
"""

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from benchmarks import grown
from portal import create_app
from portal.extensions import db
from portal.models import Customer, Location, Order, PaymentTerm
from portal.models.kinds import RecordKind
from portal.sales.search import keyset, matching, table_pages
from portal.sales.search.filters import FILTERS, INTEGRATIONS, Filter
from portal.sales.search.table_pages import SORTS
from tests.support import people, tables
from tests.support.proof import in_proof
from tests.support.servers import fresh_database
from tests.support.settings import settings

SMALL = 1_000
SIZES = [5_000, in_proof(100_000)]
MOST_ROWS = 2_000
MOST_TIMES = 2
EVERY = 20  # steps between two looks at them
Narrowed = Mapping[str, str]
# What each table is narrowed to: one of a kind and many, words and statuses, and what is looked at most.
# Whoever adds a filter adds it here. Several words are not among it: of these up to `matching.MANY` are read.
ASKED: Mapping[RecordKind, list[Narrowed]] = {
    "order": [
        {},
        {"q": "10500"},
        {"q": "1"},
        {"q": "nowhere"},
        {"q": "bar"},
        {"q": "1,234.56"},
        {"q": "brasserie"},
        {"integration": "failed"},
        {"integration": "must_choose"},
        {"integration": "attention"},
        {"integration": "meant"},
        {"reason": "term_not_mapped"},
        {"reason": "term_not_mapped", "integration": "failed"},
        {"status": "finalized"},
        {"status": "draft"},
        {"status": "finalized", "integration": "attention"},
        {"status": "finalized", "integration": "ready"},
        {"status": "draft", "integration": "synced"},
        {"status": "delivered", "integration": "not_sent"},
        {"start": "2024-01-05", "end": "2024-01-05"},
        {"start": "2024-01-05"},
        {"dated": "invoice", "start": "2024-01-05", "end": "2024-01-06"},
        {"location": "Location"},
        {"customer": "Customer"},
        {"imported": grown.FILE.hex},
        {"route": "Route 7"},
        {"driver": "Nobody"},
        {"warehouse": "North"},
        {"route": "Route 7", "start": "2024-01-05", "end": "2024-01-05"},
        {"q": "1", "status": "finalized", "integration": "attention"},
    ],
    "location": [
        {},
        {"q": "l40"},
        {"q": "b"},
        {"integration": "blocked"},
        {"integration": "attention"},
        {"active": "yes"},
        {"active": "no"},
        {"term": "PaymentTerm"},
        {"customer": "Customer"},
        {"certificate": "ending"},
        {"exemption": "missing"},
        {"reason": "term_not_mapped"},
    ],
    "sku": [
        {},
        {"q": "sku-20"},
        {"q": "lager"},
        {"integration": "blocked"},
        {"integration": "attention"},
        {"active": "yes"},
        {"active": "no"},
        {"reason": "term_not_mapped"},
        {"kind": "service"},
        {"category": "CO₂"},
    ],
}
# More rows than few meet these, and yet few among very many; where they also stand together in an order of
# the table, its page is walked to over others. An index for each would cost every save. At a hundred thousand
# rows such a page stays far below the time that is cut, and it is held that no row is read twice.
FAR: Mapping[RecordKind, list[Narrowed]] = {
    "order": [
        {"status": "delivered", "integration": "not_sent"},
        {"q": "1", "status": "finalized", "integration": "attention"},
        {"route": "Route 7"},
    ],
    "location": [{"q": "l40"}, {"q": "b"}, {"active": "no"}, {"exemption": "missing"}],
    "sku": [{"q": "sku-20"}, {"category": "CO₂"}],
}
# In the order of customers locations are walked to over others, of which here each has one order.
NAMED: Narrowed = {"q": "brasserie"}
CASES = [pytest.param(kind, asked, id=f"{kind}: {asked or 'all'}") for kind in ASKED for asked in ASKED[kind]]
House = Callable[[int], Any]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kind", "asked"), CASES)
def test_sqlite_takes_no_more_steps_where_there_are_more_rows(
    sqlite: House, kind: RecordKind, asked: Narrowed, size: int
) -> None:
    few, many = (dict(_steps(sqlite, one, kind, asked)) for one in (SMALL, size))
    few["sorted"] = _steps_of_sorting(sqlite, kind)
    too_many = {}
    for way, steps in many.items():
        before = max(few.get(way, 0), few["sorted"])
        most = MOST_TIMES * before * (MOST_TIMES * size / SMALL if _is_far(kind, asked, size) else 1)
        if steps > most:
            too_many[way] = (before, steps)
    assert too_many == {}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kind", "asked"), CASES)
def test_postgresql_reads_few_rows(postgresql: House, kind: RecordKind, asked: Narrowed, size: int) -> None:
    read = {}
    with postgresql(size):
        if size == SIZES[0]:
            _as_if_large()
        narrowed = _narrowed(kind, asked)
        for way, sort, place in _ways(narrowed):
            with _explained() as rows:
                _page(narrowed, sort, place)
            read[way] = sum(rows)
    most = size if _is_far(kind, asked, size) else MOST_ROWS
    assert {way: rows for way, rows in read.items() if rows > most} == {}


def test_each_filter_and_integration_is_looked_at() -> None:
    for kind, narrowed in FILTERS.items():
        fields = {name for asked in ASKED[kind] for name in asked}
        assert fields == {field.name for field in dataclasses.fields(narrowed)}
    assert {"attention", "meant"} <= INTEGRATIONS.keys()


def _is_far(kind: RecordKind, asked: Narrowed, size: int) -> bool:
    return asked == NAMED or (size > SIZES[0] and asked in FAR[kind])


def _ways(narrowed: Filter) -> Iterator[tuple[str, str, str]]:
    """Each order of the table both ways: its first page, and one way one in its midst where it has more."""
    for sort in (way for name in SORTS[narrowed.record_kind] for way in (name, f"-{name}")):
        yield sort, sort, ""
        if sort.startswith("-"):
            continue
        ordering = table_pages._ordering(narrowed.record_kind, sort)
        found = table_pages._matching(narrowed, ordering)
        rows = table_pages._records(found, ordering, None, False, 30)
        if len(rows) == 30:
            yield f"{sort}, further", sort, table_pages._place_of(rows[-1], ordering).text


def _page(narrowed: Filter, sort: str, after: str) -> None:
    """Its rows alone: what is counted is counted up to a limit."""
    ordering = table_pages._ordering(narrowed.record_kind, sort)
    place = keyset.place_in(after, ordering.sort.reads, ordering.sort.may_be_empty)
    db.session.expunge_all()
    found = table_pages._matching(narrowed, ordering)
    table_pages._records(found, ordering, place, False, table_pages.PAGE + 1)


def _narrowed(kind: RecordKind, asked: Narrowed) -> Filter:
    models = {model.__name__: model for model in (Customer, Location, PaymentTerm)}
    filled = {
        name: str(grown.a_place(models[value])) if value in models else value for name, value in asked.items()
    }
    return FILTERS[kind].from_args(filled)


def _steps(house: House, size: int, kind: RecordKind, asked: Narrowed) -> Iterator[tuple[str, int]]:
    with house(size):
        narrowed = _narrowed(kind, asked)
        for way, sort, place in _ways(narrowed):
            with _counted() as steps:
                _page(narrowed, sort, place)
            yield way, len(steps)


def _steps_of_sorting(house: House, kind: RecordKind) -> int:
    """Of a page of as many as are sorted where few match, however many others there are."""
    narrowed = FILTERS[kind]()
    with house(SMALL):
        ids = db.session.scalars(select(narrowed.model.id).limit(matching.FEW)).all()
        found = matching.Matching(narrowed, [], frozenset(ids))
        with _counted() as steps:
            table_pages._records(found, table_pages._ordering(kind, ""), None, False, table_pages.PAGE + 1)
    return len(steps)


@contextmanager
def _counted() -> Iterator[list[None]]:
    """An entry for each so many steps. What cuts a page that takes too long uses it too, and gives way."""
    steps: list[None] = []

    def look(connection: Any, *_: Any) -> None:
        connection.connection.driver_connection.set_progress_handler(lambda: steps.append(None), EVERY)

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        yield steps
    finally:
        event.remove(db.engine, "before_cursor_execute", look)


@contextmanager
def _explained() -> Iterator[list[int]]:
    """The rows that each statement reads, those that a condition then leaves out among them."""
    rows: list[int] = []
    asked: list[tuple[str, Any]] = []

    def look(connection: Any, cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if sql.startswith("SELECT"):
            asked.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        yield rows
    finally:
        event.remove(db.engine, "before_cursor_execute", look)
        connection = db.session.connection().execution_options(unscoped="a plan")
        for sql, parameters in asked:
            explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}"
            [plan] = connection.exec_driver_sql(explain, parameters).scalar_one()
            rows.append(_read_by(plan["Plan"]))


def _as_if_large() -> None:
    """A table of some hundred rows is rather read whole than by an index: that says nothing of large ones."""
    for way in ("seqscan", "hashjoin", "mergejoin"):
        db.session.execute(text(f"SET LOCAL enable_{way} = off"))
    for what in ("cpu_tuple_cost", "cpu_index_tuple_cost"):
        db.session.execute(text(f"SET LOCAL {what} = 1"))


def _read_by(node: Mapping[str, Any]) -> int:
    read = 0
    if "Scan" in node["Node Type"] and node["Node Type"] not in ("Subquery Scan", "Bitmap Heap Scan"):
        left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        read = (node["Actual Rows"] + left_out) * node["Actual Loops"]
    elif node["Node Type"] == "Bitmap Heap Scan":
        read = node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
    return read + sum(_read_by(one) for one in node.get("Plans", ()))


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`sqlite(size)`: a session in a house of so many orders."""
    home = tmp_path_factory.mktemp("grown")
    with ExitStack() as stack:
        made: dict[int, tuple[Flask, uuid.UUID]] = {}

        @contextmanager
        def house(size: int) -> Iterator[None]:
            if size not in made:
                made[size] = stack.enter_context(_grown(home / str(size), "", size))
            with _working_in(*made[size]):
                yield

        yield house


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str) -> Iterator[House]:
    home = tmp_path_factory.mktemp("grown")
    with ExitStack() as stack:
        made: dict[int, tuple[Flask, uuid.UUID]] = {}

        @contextmanager
        def house(size: int) -> Iterator[None]:
            if size not in made:
                url = stack.enter_context(fresh_database(postgresql_url))
                made[size] = stack.enter_context(_grown(home / str(size), url, size))
            with _working_in(*made[size]):
                yield

        yield house


@contextmanager
def _working_in(app: Flask, organization_id: uuid.UUID) -> Iterator[None]:
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        yield
        db.session.rollback()


@contextmanager
def _grown(home: Path, url: str, size: int) -> Iterator[tuple[Flask, uuid.UUID]]:
    """Once the clock, or PostgreSQL by itself, has looked at the tables."""
    home.mkdir()
    address = url or f"sqlite:///{home}/portal.sqlite3"
    app = create_app(settings(home, SQLALCHEMY_DATABASE_URI=address))
    tables.make(app)
    organization_id = people.organization(app, "Grown Beverages")
    with _working_in(app, organization_id):
        grown.store(organization_id, size, others=size)
        db.session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE" if not url else "VACUUM ANALYZE")
        assert size - db.session.query(Order).count() == 0
    yield app, organization_id
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
