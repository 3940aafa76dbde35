"""What the search tables share: a table as data, the page or fragment that shows it, and its rows as CSV."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.company import days
from portal.extensions import htmx
from portal.models.kinds import RecordKind
from portal.outbox import badge
from portal.problems.reasons import words
from portal.sales.search import reasons, table_pages
from portal.sales.search.filters import FILTERS, INTEGRATIONS, Filter, uuid_in
from portal.web.access import person, render
from portal.web.spreadsheet import as_file, read_some_at_a_time

FOLLOWED = "of"
"""The argument by which a page asks again for the badges of its rows, whatever matches now."""


@dataclass(frozen=True)
class Column:
    """A column on the page; `sort` names the order of search.SORTS that its header leads to."""

    label: str
    sort: str = ""
    amount: bool = False
    aside: bool = False
    """Left out where there is little room."""


@dataclass(frozen=True)
class Table:
    """One search table. Of its CSV: headers, the columns that are read, and how a row of them reads."""

    record_kind: RecordKind
    name: str
    one: str
    many: str
    columns: Sequence[Column]
    headers: Sequence[str]
    read: Sequence[Any]
    cells: Callable[[Any, str], Sequence[Any]]
    more: Sequence[tuple[str, str]] = ()
    """What else may be done with ticked rows: endpoints with their labels."""

    @property
    def push_endpoint(self) -> str:
        return f"pushes.push_{self.name}"

    @property
    def check_endpoint(self) -> str:
        return f"checks.check_{self.name}"

    @property
    def sorts(self) -> Mapping[str, table_pages.Sort]:
        return table_pages.SORTS[self.record_kind]


@dataclass(frozen=True)
class Chip:
    """A record that the table is narrowed to from elsewhere: the argument, and what it says."""

    argument: str
    text: str
    in_form: bool = False
    """The search form has a field of its own for it."""


@dataclass(frozen=True)
class Shown:
    """A page of a table as it is looked at: everything that its address says, and what came of it."""

    table: Table
    narrowed: Filter
    page: table_pages.Page
    badges: Mapping[Any, badge.Badge]
    bulk: bool
    chips: Sequence[Chip]

    def args(self, **changes: str) -> dict[str, Any]:
        """The arguments of this view with some changed; an empty one is left out."""
        state = {"sort": self.sort, "bulk": "1" if self.bulk else ""}
        return {
            name: value for name, value in ({**self.narrowed.args(), **state, **changes}).items() if value
        }

    def url(self, **changes: str) -> str:
        """The first page of this view with something changed."""
        return url_for(f"{self.table.name}.index", **self.args(**changes))

    @property
    def here(self) -> str:
        """This very page."""
        return self.url(**_place())

    @property
    def followed(self) -> str:
        """Where the badges of these rows are asked for again."""
        ids = ".".join(row.id.hex for row in self.page.rows)
        return self.url(**_place(), bulk="", **{FOLLOWED: ids})

    @property
    def sort(self) -> str:
        """As the address says it: empty where it is the usual one."""
        key = self.page.ordering.key
        name, usual = next(iter(self.table.sorts.items()))
        return "" if key == (f"-{name}" if usual.down_first else name) else key

    def sorted_by(self, column: Column) -> str | None:
        """`ascending` or `descending`, as a header says it."""
        if self.page.ordering.key.removeprefix("-") != column.sort:
            return None
        return "descending" if self.page.ordering.down else "ascending"

    def sort_url(self, column: Column) -> str:
        """By this column, first in its usual way; by the other one where that is how it is already."""
        key = self.page.ordering.key
        usual = f"-{column.sort}" if self.table.sorts[column.sort].down_first else column.sort
        other = column.sort if usual.startswith("-") else f"-{column.sort}"
        return self.url(sort=other if key == usual else usual)

    @property
    def bulk_url(self) -> str:
        """This page with ticking begun, or ended."""
        return self.url(**_place(), bulk="" if self.bulk else "1")

    @property
    def csv_url(self) -> str:
        return url_for(f"{self.table.name}.export", **self.args(bulk=""))

    @cached_property
    def where(self) -> str:
        """The query by which a badge's drawer knows the rows beside it."""
        return urlencode({**self.args(**_place(), bulk=""), "list": "1"})

    @property
    def narrowed_at_all(self) -> bool:
        return bool(self.narrowed.args())

    @property
    def integrations(self) -> Sequence[tuple[str, str]]:
        """What the table may be narrowed to by its badges."""
        return [(name, words) for name, (words, _) in INTEGRATIONS.items()]

    @cached_property
    def reasons(self) -> Sequence[tuple[str, str]]:
        """What the table may be narrowed to by what stands in the way."""
        return reasons.choices(self.table.record_kind, self.narrowed.reason)

    @property
    def may_push(self) -> bool:
        return person().may("bookkeeper")


def by_reason(narrowed: Filter) -> list[Chip]:
    """What stands in the way of all rows, where they are narrowed to that."""
    if not narrowed.reason:
        return []
    return [Chip("reason", f"Reason: {words(narrowed.reason)}", in_form=True)]


def spelled(value: str) -> str:
    """`zero_rated` as it reads."""
    return value.replace("_", " ").capitalize()


def show(
    table: Table, chips: Callable[[Any], Sequence[Chip]] = lambda _: (), **context: Any
) -> ResponseReturnValue:
    """The table as its address asks for it: the whole page, or for htmx only what changes."""
    narrowed = FILTERS[table.record_kind].from_args(request.args)
    if htmx and FOLLOWED in request.args:
        return _badges(table, narrowed)
    page = table_pages.page(
        narrowed,
        request.args.get("sort", ""),
        **_place(),
    )
    badges = badge.badges(table.record_kind, [row.id for row in page.rows])
    bulk = bool(request.args.get("bulk")) and person().may("bookkeeper")
    shown = Shown(table, narrowed, page, badges, bulk, [*by_reason(narrowed), *chips(narrowed)])
    response = render(f"{table.name}/index.html", f"{table.name}/_table.html", shown=shown, **context)
    if htmx:
        response.headers["HX-Push-Url"] = shown.here
    return response


def _badges(table: Table, narrowed: Filter) -> ResponseReturnValue:
    """Of the rows that a page shows, though they match no more: one that has arrived stays, and is green."""
    texts = request.args[FOLLOWED].split(".")[: table_pages.PAGE]
    ids = [record_id for record_id in map(uuid_in, texts) if record_id is not None]
    asked = {**narrowed.args(), "sort": request.args.get("sort", ""), **_place()}
    view: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return render(
        "tables/_badges.html",
        record_kind=table.record_kind,
        badges=badge.badges(table.record_kind, ids),
        where=urlencode({**view, "list": "1"}),
        here=url_for(f"{table.name}.index", **{**view, FOLLOWED: request.args[FOLLOWED]}),
    )


def _place() -> dict[str, str]:
    """Where among the rows this page begins, as its address says."""
    return {name: request.args.get(name, "") for name in ("after", "before")}


def export(table: Table) -> ResponseReturnValue:
    """All rows that match, in the order of the page, as a file that Excel opens as it is meant."""
    narrowed = FILTERS[table.record_kind].from_args(request.args)
    organization = person().organization
    today = days.today_of(organization)
    lines = _lines(table, narrowed, organization.id, organization.currency)
    return as_file(f"{table.name}-{today}.csv", lines)


def _lines(table: Table, narrowed: Filter, organization_id: uuid.UUID, currency: str) -> Iterator[str]:
    sort = request.args.get("sort", "")

    def some(place: Any) -> tuple[list[Sequence[Any]], Any]:
        rows, then = table_pages.some(narrowed, table.read, sort, place)
        known = {row.record_id: badge.Stated(row.status, row.reason, row.customer) for row in rows}
        badges = badge.badges_of(table.record_kind, known)
        return [
            [
                *table.cells(row.values, currency),
                badges[row.record_id].label,
                badges[row.record_id].reason,
            ]
            for row in rows
        ], then

    return read_some_at_a_time(organization_id, [*table.headers, "Integrations", "Reason"], some)
