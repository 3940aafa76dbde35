"""What the search tables share: a table as data, the page or fragment that shows it, and its rows as CSV."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.company import days
from portal.extensions import htmx
from portal.models.kinds import RecordKind
from portal.models.types import units
from portal.outbox import badge
from portal.report import exported
from portal.sales.bulk.selection import MOST_TICKED
from portal.sales.search import table_pages
from portal.sales.search.filters import FILTERS, Filter, uuid_in
from portal.web.access import asks_for_whole_pages, person, render
from portal.web.records.narrowing import PERIOD, Choice, Period, by_reason, period, without_preset
from portal.web.spreadsheet import as_file, read_some_at_a_time

FOLLOWED = "of"
"""The argument by which a page asks again for the badges of its rows, whatever matches now."""
PUSH = "Push to QuickBooks Online"
CHECK = "Reads up to 50 from QuickBooks while you wait; nothing is sent."
# What files tell of what stands in QuickBooks, of records and of documents; and of how a row stands.
THERE = (
    ("QuickBooks name", "QuickBooks Id"),
    ("QuickBooks number", "QuickBooks Id", "QuickBooks total"),
)
STANDING = ("Integrations", "Reason", "Problem", "Cause")
TICK = "1"
"""What `bulk` says while nothing was chosen yet that is to be done."""


@dataclass(frozen=True)
class Column:
    """A column on the page; `sort` names the order of search.SORTS that its header leads to."""

    label: str
    sort: str = ""
    amount: bool = False
    aside: bool = False
    """Left out where there is little room."""


@dataclass(frozen=True)
class Action:
    """What may be done with ticked rows. `name`: as the address says that it was chosen before ticking."""

    name: str
    endpoint: str
    label: str
    about: str
    tells: bool = False
    """Whether it answers, as a push does, what the ticked rows come to."""


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
    more: Sequence[Action] = ()
    """What else may be done with ticked rows."""
    sums: str = ""
    """Where what matches can be added up: the page that does."""
    dates: Sequence[tuple[str, str]] = ()
    """Where it may be narrowed to days: which dates they may be of, the usual one first."""

    @property
    def push_endpoint(self) -> str:
        return f"pushes.push_{self.name}"

    @property
    def actions(self) -> Sequence[Action]:
        """All that the menu *Bulk* offers, the usual one first."""
        return (
            Action("push", self.push_endpoint, PUSH, "Shows first what it comes to.", tells=True),
            Action("check", f"checks.check_{self.name}", "Check now", CHECK),
            *self.more,
        )

    @property
    def sorts(self) -> Mapping[str, table_pages.Sort]:
        return table_pages.SORTS[self.record_kind]


@dataclass(frozen=True)
class Chip:
    """A record that the table is narrowed to from elsewhere: the argument, and what it says."""

    argument: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A page of a table as it is looked at: everything that its address says, and what came of it."""

    table: Table
    narrowed: Filter
    page: table_pages.Page
    badges: Mapping[Any, badge.Badge]
    bulk: str
    """Empty, or the action that rows are ticked for, or TICK."""
    chips: Sequence[Chip]
    filters: Sequence[Choice]
    period: Period | None
    is_fragment: bool

    def args(self, **changes: str) -> dict[str, Any]:
        """The arguments of this view with some changed; an empty one is left out."""
        state = {"sort": self.sort, "bulk": self.bulk}
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

    def bulk_url(self, bulk: str) -> str:
        """This page with rows to be ticked for an action; or with that ended."""
        return self.url(**_place(), bulk=bulk)

    @property
    def actions(self) -> Sequence[Action]:
        """Those of the table, the one that was chosen first."""
        return sorted(self.table.actions, key=lambda one: one.name != self.bulk)

    @property
    def telling(self) -> str:
        """The endpoint that tells what the ticked rows come to: that of the chosen action, or of a push."""
        return next(one.endpoint for one in [self.actions[0], *self.table.actions] if one.tells)

    @property
    def place(self) -> Mapping[str, str]:
        """What of the address is no filter, for forms that lead back to it."""
        said = {"sort": self.sort, "bulk": self.bulk, **_place()}
        return {name: value for name, value in said.items() if value}

    @property
    def ticks(self) -> str:
        """Under which name the tab keeps what this person ticked in this table."""
        return f"ticks-{self.table.record_kind}-{person().id}"

    @property
    def most_ticked(self) -> int:
        return MOST_TICKED

    @property
    def narrowing(self) -> int:
        """How many of the filters are in use, the days among them."""
        in_days = self.period is not None and bool(self.narrowed.args().keys() & {"start", "end"})
        return len(self._in_use()) + bool(self.narrowed.reason) + in_days

    @property
    def narrowing_aside(self) -> int:
        """How many of those that may be out of sight."""
        return len([one for one in self._in_use() if one.aside])

    def _in_use(self) -> list[Choice]:
        """But for the reason, which is chosen from what is there."""
        chosen = (one for one in self.filters if one.name != "reason")
        return [one for one in chosen if getattr(self.narrowed, one.name)]

    @property
    def csv_url(self) -> str:
        return url_for(f"{self.table.name}.export", **self.args(bulk=""))

    @property
    def sums_url(self) -> str:
        """What all that match come to; empty where nothing is narrowed, or there is nothing to add."""
        asked = self.table.sums and self.narrowed_at_all and self.page.rows
        return url_for(self.table.sums, **self.narrowed.args()) if asked else ""

    @cached_property
    def where(self) -> str:
        """The query by which a badge's drawer knows the rows beside it."""
        return urlencode({**self.args(**_place(), bulk=""), "list": "1"})

    @property
    def narrowed_at_all(self) -> bool:
        return bool(self.narrowed.args())

    @property
    def may_push(self) -> bool:
        return person().may("bookkeeper")


def spelled(value: str) -> str:
    """`zero_rated` as it reads."""
    return value.replace("_", " ").capitalize()


def show(
    table: Table,
    filters: Sequence[Choice],
    chips: Callable[[Any], Sequence[Chip]] = lambda _: (),
    **context: Any,
) -> ResponseReturnValue:
    """The table as its address asks for it: the whole page, or for htmx only what changes."""
    today = days.today_of(person().organization)
    if table.dates and PERIOD in request.args:
        days_of_it: dict[str, Any] = without_preset(request.args, today)
        return redirect(url_for(f"{table.name}.index", **days_of_it), 303)
    narrowed = FILTERS[table.record_kind].from_args(request.args)
    if htmx and FOLLOWED in request.args:
        return _badges(table, narrowed)
    page = table_pages.page(
        narrowed,
        request.args.get("sort", ""),
        **_place(),
    )
    badges = badge.badges(table.record_kind, [row.id for row in page.rows])
    is_fragment = not asks_for_whole_pages()
    reason = [] if is_fragment else by_reason(narrowed)
    shown = Shown(
        table=table,
        narrowed=narrowed,
        page=page,
        badges=badges,
        bulk=_bulk(table) if person().may("bookkeeper") else "",
        chips=chips(narrowed),
        filters=[*filters[:1], *reason, *filters[1:]],
        period=period(narrowed, table.dates, today) if table.dates else None,
        is_fragment=is_fragment,
    )
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


def _bulk(table: Table) -> str:
    said = request.args.get("bulk", "")
    return said if said in {"", *(one.name for one in table.actions)} else TICK


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
        there = exported.there(table.record_kind, known)
        stuck = exported.standing_in_the_way(table.record_kind, known)
        return [
            [
                *table.cells(row.values, currency),
                *_there(table, there.get(row.record_id)),
                badges[row.record_id].label,
                badges[row.record_id].reason,
                *_joined(stuck.get(row.record_id, ())),
            ]
            for row in rows
        ], then

    headers = [*table.headers, *THERE[table.record_kind == "order"], *STANDING]
    return read_some_at_a_time(organization_id, headers, some)


def _there(table: Table, found: exported.There | None) -> Sequence[Any]:
    if found is None:
        return [None] * len(THERE[table.record_kind == "order"])
    if table.record_kind != "order":
        return [found.name, found.external_id]
    return [found.number, found.external_id, None if found.total is None else units(found.total)]


def _joined(problems: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """All problems of one record in a cell each of what they say and of their causes."""
    causes = dict.fromkeys(cause for _, cause in problems)
    return " ".join(said for said, _ in problems), "; ".join(causes)
