"""Our customers and products against QBO's, by key: what would match, be created, or needs a look.

Asked for by a person, since reads are metered: at most PAGES reads for each kind, and four for orders.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, select

from portal.company.entities import name_of
from portal.company.reader import Reader
from portal.extensions import db
from portal.mapping.keys import key_settings
from portal.models import Connection, Customer, Link, Location, Order, Product, Sku
from portal.models.kinds import BECOMES, DOCUMENTS, ENTITIES, RECORDS, RecordKind, RecordRef
from portal.outbox.statuses import those
from portal.plan.matching import (
    DELETED,
    NO_ITEMS,
    Companies,
    Owner,
    bare,
    created_name,
    match_of,
    somebody_elses,
)
from portal.plan.types import Match, fold, joined_name
from portal.push.lookup import owners_of
from portal.push.parted import parted_from
from portal.quickbooks import queries

PAGES = 5
MOST = PAGES * queries.MOST_ROWS
ORDERS = 100
IN_ONE_QUERY = 50


@dataclass(frozen=True)
class Ours:
    """One of our records, as far as matching goes."""

    id: uuid.UUID
    name: str
    key: str
    linked: bool
    owner: Owner | None = None
    apart: frozenset[str] = frozenset()  # those of theirs that a person parted it from


@dataclass(frozen=True)
class Odd:
    """One of ours that a person should look at, with the names of theirs that it may be."""

    id: uuid.UUID
    name: str
    theirs: tuple[str, ...]


@dataclass
class Comparison:
    """How ours and theirs fit together. `ours_cut`, `theirs_cut`: there are more than were compared.

    one, none: how many have one match, or none; `create`: those of `none` that are not linked and look like
    nothing of theirs. The lists name the others. `keyless`: without a key, or sharing it with another one.
    matches: the one row of theirs that each without a link has; rows: all of theirs by Id. compared: those
    that have a match or a link, in the order of their names.
    """

    ours: int
    theirs: int
    ours_cut: bool
    theirs_cut: bool
    one: int = 0
    none: int = 0
    create: int = 0
    keyless: int = 0
    several: list[Odd] = field(default_factory=list)
    inactive: list[Odd] = field(default_factory=list)
    alike: list[Odd] = field(default_factory=list)
    anothers: list[Odd] = field(default_factory=list)
    matches: dict[uuid.UUID, Mapping[str, Any]] = field(default_factory=dict)
    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    compared: list[uuid.UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Numbers:
    """Of the newest unsent orders: how many were looked at, and whose number stands in QBO already."""

    looked: int
    standing: list[Odd]


@dataclass(frozen=True)
class BothSides:
    """Ours by each field that may be their key, and all of theirs, read once."""

    record_kind: RecordKind
    ours: Mapping[str, Sequence[Ours]]
    theirs: Sequence[Mapping[str, Any]]
    known: Companies


def compare(connection: Connection, record_kind: RecordKind) -> Comparison:
    """All active customers' locations or SKUs against theirs, by the saved keys. Commits. Raises Unavailable,
    Reconnect.
    """
    settings, ours = key_settings.settings(), RECORDS[record_kind]
    sides = read_both(connection, record_kind, [getattr(settings, ours.key)])
    return by_pair(sides, getattr(settings, ours.key), getattr(settings, ours.their_key))


def read_both(
    connection: Connection, record_kind: RecordKind, fields: Collection[str] | None = None
) -> BothSides:
    """Both sides, ours by these of its fields, or by all that may be the key. Commits. Raises Unavailable,
    Reconnect.
    """
    mine, entity = _ours(connection, record_kind, fields), ENTITIES[BECOMES[record_kind]].entity
    rows = Reader(connection).rows(entity, "Active IN (true, false)", pages=PAGES)
    customers = db.session.scalars(select(Customer.name)).all() if record_kind == "location" else ()
    return BothSides(record_kind, mine, rows, Companies.of(customers, _active(rows)))


def by_pair(sides: BothSides, ours: str, theirs: str) -> Comparison:
    """Pure: how the two sides fit together where this field of ours is the same as that field of theirs."""
    name_field = ENTITIES[BECOMES[sides.record_kind]].unique
    return judged(sides.ours[ours], sides.theirs, theirs, name_field, known=sides.known)


def judged(
    mine: Sequence[Ours],
    rows: Sequence[Mapping[str, Any]],
    theirs_key: str,
    name_field: str,
    known: Companies,
) -> Comparison:
    """Pure: each of ours by what the look-up before a push would make of it."""
    real = [row for row in rows if row.get("Type") not in NO_ITEMS]
    by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    names: dict[str, list[str]] = defaultdict(list)
    for row in real:
        value = fold(str(row.get(theirs_key, "")))
        for key in {value, value.removesuffix(DELETED)}:
            by_key[key].append(row)
        if row.get("Active", True) is not False:
            names[bare(str(row.get(name_field, "")))].append(name_of(row))
    holders: dict[str, int] = defaultdict(int)
    for each in mine:
        holders[fold(each.key)] += 1
    found = Comparison(min(len(mine), MOST), len(real), len(mine) > MOST, len(rows) >= MOST)
    found.rows = {str(row["Id"]): row for row in real if "Id" in row}
    lists_of = {"several": found.several, "inactive": found.inactive}
    for each in mine[:MOST]:
        if each.linked:
            found.compared.append(each.id)
        if not each.key or holders[fold(each.key)] > 1:
            found.keyless += 1
            continue
        theirs = [row for row in by_key[fold(each.key)] if str(row["Id"]) not in each.apart]
        match = match_of(theirs, theirs_key, each.key)
        if not isinstance(match, Match) and _is_anothers(match, each, known, theirs_key):
            found.anothers.append(Odd(each.id, each.name, (name_of(match),)))
        elif not isinstance(match, Match):
            found.one += 1
            if not each.linked:
                found.matches[each.id] = match
                found.compared.append(each.id)
        elif match.state != "none":
            names_there = tuple(name for _, name in match.candidates)
            lists_of[match.state].append(Odd(each.id, each.name, names_there))
        else:
            found.none += 1
            _created(each, names, theirs_key, found)
    return found


def _active(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row.get("Type") not in NO_ITEMS and row.get("Active", True) is not False]


def _is_anothers(match: Mapping[str, Any], each: Ours, known: Companies, theirs_key: str) -> bool:
    """What a person has linked is no question any more."""
    if each.owner is None or each.linked:
        return False
    return bool(somebody_elses(match, each.owner, lambda: known, theirs_key))


def _created(each: Ours, names: Mapping[str, Sequence[str]], theirs_key: str, found: Comparison) -> None:
    """What a push would do about one without a match: create it, or hold it for what looks like it."""
    made = created_name(theirs_key, each.key, each.name)
    if each.linked or made is None:
        return
    alike = names.get(bare(made), ())
    if alike:
        found.alike.append(Odd(each.id, each.name, tuple(alike)))
    else:
        found.create += 1


def numbers(connection: Connection, ours: str) -> Numbers:
    """Whether the newest unsent orders' numbers, by this field of ours, are taken there. Commits. Raises
    Unavailable, Reconnect.
    """
    column = key_settings.COLUMNS["order_ours"][ours]
    mine = [
        Ours(order_id, number, (key or "").strip(), linked=False)
        for order_id, number, key in db.session.execute(
            select(Order.id, Order.number, column)
            .where(
                Order.status == "finalized", Order.integration_status.in_(those("unsent") - those("there"))
            )
            .order_by(Order.order_date.desc(), Order.id.desc())
            .limit(ORDERS)
        )
    ]
    reader = Reader(connection)
    held: dict[str, list[str]] = defaultdict(list)
    wanted = sorted({each.key for each in mine if each.key})
    for start in range(0, len(wanted), IN_ONE_QUERY):
        for document in DOCUMENTS.values():
            where = queries.any_of("DocNumber", wanted[start : start + IN_ONE_QUERY])
            for row in reader.rows(document.entity, where, pages=1):
                about = f"{row.get('TxnDate', '')}, {row.get('TotalAmt', '')}"
                held[fold(str(row.get("DocNumber", "")))].append(
                    f"{document.entity} {row.get('DocNumber')} ({about})"
                )
    found = [(each, held.get(fold(each.key), ())) for each in mine]
    return Numbers(len(mine), [Odd(each.id, each.name, tuple(theirs)) for each, theirs in found if theirs])


def _ours(
    connection: Connection, record_kind: RecordKind, fields: Collection[str] | None
) -> dict[str, list[Ours]]:
    """One more than will be compared, so that more can be told from all."""
    every = key_settings.COLUMNS[RECORDS[record_kind].key]
    columns = {name: column for name, column in every.items() if fields is None or name in fields}
    statement: Select[Any]
    if record_kind == "location":
        statement = select(Location.id, Customer.name, Location.name, *columns.values())
        statement = statement.join(Customer, Customer.id == Location.customer_id)
        statement = statement.where(Location.active).order_by(Location.name_key, Location.id)
    else:
        statement = select(Sku.id, Product.name, Sku.name, *columns.values())
        statement = statement.join(Product, Product.id == Sku.product_id)
        statement = statement.where(Sku.active).order_by(Sku.full_key, Sku.id)
    linked = set(
        db.session.scalars(
            select(Link.record_id).where(Link.connection_id == connection.id, Link.record_kind == record_kind)
        )
    )
    rows = db.session.execute(statement.limit(MOST + 1)).all()
    ids = [row[0] for row in rows]
    apart = parted_from(connection.id, ids)
    owners = owners_of(connection.id, ids, by_name=False) if record_kind == "location" else {}
    return {
        field: [
            Ours(
                record_id,
                joined_name(whole, part),
                (values[place] or "").strip(),
                record_id in linked,
                replace(owners[record_id], by_name=field == "name") if record_id in owners else None,
                apart.get(RecordRef(record_kind, record_id), frozenset()),
            )
            for record_id, whole, part, *values in rows
        ]
        for place, field in enumerate(columns)
    }
