"""Records that differ from theirs: customers and products that wait for a choice, differ by one, or were
overwritten; and orders whose documents differ."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Self, get_args

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import joinedload

from portal.decisions.common import company
from portal.decisions.differing_fields import WAITING, DifferingField, as_read, overwritten, standings_of
from portal.decisions.side_by_side import FIGURES, figure, namer
from portal.extensions import db
from portal.models import Connection, Link, Location, Order, Sku, Theirs
from portal.models.bulk_decisions import Stand
from portal.models.kinds import BECOMES, RECORDS, RecordKind, RecordRef
from portal.models.links import of_link
from portal.outbox.badge_labels import DIFFERS
from portal.outbox.statuses import those
from portal.plan.fields import NAMES
from portal.plan.three_way import Verdict
from portal.plan.types import plain_name
from portal.push import plan_context

PAGE = 50
# The statuses of orders whose documents differ, of customers and products that wait for a choice about their
# fields, and of those that are marked.
STATUSES: Mapping[Stand, frozenset[str]] = {
    "documents": frozenset({"variance"}),
    "waits": those("undecided") & those("there") | {"variance"},
    "marked": frozenset({"marked"}),
}
VERDICTS: Mapping[Stand, tuple[Verdict, ...]] = {"waits": WAITING, "marked": ("kept",)}


@dataclass(frozen=True)
class Narrowed:
    """What the list is narrowed to. An empty field narrows nothing; one that can't be read has no match."""

    stand: str = "waits"
    kind: str = ""
    field: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Self:
        """Read from a query string or a form."""
        return cls(**{one.name: args.get(one.name) or one.default for one in fields(cls)})  # type: ignore[arg-type]  # a text each

    def args(self) -> dict[str, str]:
        """The query string, as short as it can be."""
        return {
            one.name: value
            for one in fields(self)
            if (value := asdict(self)[one.name]) and value != one.default
        }

    @property
    def of_stand(self) -> Collection[RecordKind]:
        return ("order",) if self.stand == "documents" else tuple(BECOMES)

    @property
    def kinds(self) -> list[RecordKind]:
        return [kind for kind in self.of_stand if self.kind in ("", kind)]

    @property
    def makes_sense(self) -> bool:
        return self.stand in get_args(Stand) and bool(self.kinds) and self.field in self._fields

    @property
    def _fields(self) -> Collection[str]:
        return ("",) if self.stand == "documents" else ("", *NAMES)


@dataclass(frozen=True)
class DifferingRecord:
    """One record of the list, as it is shown. seen: stands for it as it is; as_of: when QBO showed theirs."""

    ref: RecordRef
    name: str
    there: str
    as_of: datetime
    fields: Sequence[DifferingField]
    seen: str


@dataclass(frozen=True)
class ListPage:
    """Some of the records, by kind and the name they have there, and how many there are by kind."""

    records: Sequence[DifferingRecord]
    totals: Mapping[RecordKind, int]
    page: int

    @property
    def total(self) -> int:
        return sum(self.totals.values())

    @property
    def has_more(self) -> bool:
        return self.page * PAGE < self.total


def list_page(narrowed: Narrowed, page: int) -> ListPage:
    """A page of the list, from the first on. Asks nothing. Raises CantDecide where nothing is connected."""
    connection = company()
    statement = select(Link.record_kind, Link.record_id).join(Theirs, of_link())
    statement = statement.where(*conditions(connection, narrowed)).order_by(Link.kind, Theirs.name, Link.id)
    refs = [RecordRef(*row) for row in db.session.execute(statement.limit(PAGE).offset((page - 1) * PAGE))]
    return ListPage(_shown(connection, narrowed, refs), totals(connection, narrowed), page)


def totals(connection: Connection, narrowed: Narrowed) -> dict[RecordKind, int]:
    """How many records of each kind there are."""
    counted = select(Link.record_kind, func.count(Link.id)).where(*conditions(connection, narrowed))
    return dict(db.session.execute(counted.group_by(Link.record_kind)).all())


def as_they_stand(connection: Connection, narrowed: Narrowed) -> Iterable[tuple[RecordRef, int, str]]:
    """All of them, each with the revision of ours and the version of theirs."""
    for kind in narrowed.kinds:
        table = RECORDS[kind].model
        statement = (
            select(Link.record_id, table.revision, Theirs.sync_token)
            .join(Theirs, of_link())
            .join(table, table.id == Link.record_id)
            .where(*conditions(connection, narrowed), Link.record_kind == kind)
        )
        for record_id, revision, sync_token in db.session.execute(statement):
            yield RecordRef(kind, record_id), revision, sync_token


def conditions(connection: Connection, narrowed: Narrowed) -> list[ColumnElement[bool]]:
    """What a link of the list must meet."""
    found = [Link.connection_id == connection.id, Link.record_kind.in_(narrowed.kinds)]
    if not narrowed.makes_sense:
        return [*found, Link.kind == ""]
    if narrowed.stand == "overwritten":
        has_any = cast(Link.before, String) != "{}"
        return [*found, Link.before[narrowed.field].as_string().is_not(None) if narrowed.field else has_any]
    stand = next(stand for stand in STATUSES if stand == narrowed.stand)
    of_status = [
        and_(
            Link.record_kind == kind,
            Link.record_id.in_(
                select(RECORDS[kind].model.id).where(
                    RECORDS[kind].model.integration_status.in_(STATUSES[stand])
                )
            ),
        )
        for kind in narrowed.kinds
    ]
    found.append(or_(*of_status))
    if narrowed.field:
        found.append(Link.differs[narrowed.field].as_string().in_(VERDICTS[stand]))
    return found


def _shown(connection: Connection, narrowed: Narrowed, refs: Sequence[RecordRef]) -> list[DifferingRecord]:
    name = namer(connection.id)
    found = _documents(connection, [ref.id for ref in refs if ref.kind == "order"])
    for kind in BECOMES:
        ids = [ref.id for ref in refs if ref.kind == kind]
        records = plan_context.load_records({kind: ids}) if ids else {}
        for link, standings in standings_of(connection, kind, ids) if ids else ():
            record = records[link.ref]
            if isinstance(record, Location | Sku):
                if narrowed.stand == "overwritten":
                    told = overwritten(link, name)
                else:
                    told = [as_read(one, name) for one in standings if _is_told(narrowed, one.verdict)]
                found[link.ref] = DifferingRecord(
                    link.ref,
                    plain_name(record),
                    link.theirs.name,
                    link.theirs.as_of,
                    [one for one in told if narrowed.field in ("", one.name)],
                    seen_as(link.ref, record.revision, link.theirs.sync_token),
                )
    return [found[ref] for ref in refs if ref in found]


def _documents(connection: Connection, ids: Sequence[uuid.UUID]) -> dict[RecordRef, DifferingRecord]:
    if not ids:
        return {}
    orders = {order.id: order for order in db.session.scalars(select(Order).where(Order.id.in_(ids)))}
    links = select(Link).where(Link.connection_id == connection.id, Link.record_id.in_(ids))
    return {
        link.ref: DifferingRecord(
            link.ref,
            f"Order {orders[link.record_id].number}",
            link.theirs.number or "",
            link.theirs.as_of,
            [
                DifferingField(what, f"{word[0].upper()}{word[1:]}", "otherwise", *_both(link, what), "")
                for what, word in DIFFERS.items()
                if what in link.variance
            ],
            seen_as(link.ref, orders[link.record_id].revision, link.theirs.sync_token),
        )
        for link in db.session.scalars(links.options(joinedload(Link.theirs)))
    }


def _both(link: Link, what: str) -> tuple[str, str]:
    """Figures of both sides; of other groups that they differ: side by side they stand in the drawer."""
    if what not in FIGURES:
        return "as sent", "otherwise"
    ours, theirs = link.variance[what]
    return figure(ours), figure(theirs)


def _is_told(narrowed: Narrowed, verdict: Verdict) -> bool:
    return verdict in VERDICTS["waits" if narrowed.stand == "waits" else "marked"]


def seen_as(ref: RecordRef, revision: int, sync_token: str) -> str:
    """As a form carries a record that was shown."""
    return f"{ref}/{revision}/{sync_token}"


def seen_in(texts: Collection[str]) -> list[tuple[RecordRef, int, str]]:
    """What a form carries; what can't be read is left out."""
    found = []
    for text in texts:
        kind, _, rest = text.partition("/")
        record_id, _, versions = rest.partition("/")
        revision, _, sync_token = versions.partition("/")
        if kind in RECORDS and revision.isdigit() and len(revision) < 10 and len(sync_token) <= 20:
            try:
                ref = RecordRef(next(one for one in RECORDS if one == kind), uuid.UUID(record_id))
            except ValueError:
                continue
            found.append((ref, int(revision), sync_token))
    return found
