"""Load what planning some records needs to know, the Context of plan.types, in a fixed number of queries."""

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.company.days import own_zone, today
from portal.extensions import db
from portal.models import (
    Connection,
    FiledTax,
    KeySettings,
    Link,
    ListEntry,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    Push,
    Sku,
    SyncSettings,
)
from portal.models import (
    Mapping as Mapped,
)
from portal.models.books import LIST_OF, SectionName
from portal.models.kinds import RECORDS, RecordKind, RecordRef, ref_of
from portal.plan.deposit_accounts import INCOME
from portal.plan.types import (
    Choice,
    Company,
    Context,
    Filed,
    Keys,
    Linked,
    Match,
    Settings,
    TaxCode,
    fold,
    key_of,
    plain_name,
)
from portal.push.parted import parted_from, undecided

Record = Location | Sku | Order


Ids = Mapping[RecordKind, Collection[uuid.UUID]]


def load_records(ids: Ids) -> dict[RecordRef, Record]:
    """The records with everything that planning looks at, by (kind, id)."""
    found: dict[RecordRef, Record] = {}
    if ids.get("location"):
        for location in db.session.scalars(
            select(Location)
            .where(Location.id.in_(ids["location"]))
            .options(joinedload(Location.customer, innerjoin=True), joinedload(Location.payment_term))
            .execution_options(populate_existing=True)
        ):
            found[ref_of(location)] = location
    if ids.get("sku"):
        for sku in db.session.scalars(
            select(Sku)
            .where(Sku.id.in_(ids["sku"]))
            .options(joinedload(Sku.product, innerjoin=True))
            .execution_options(populate_existing=True)
        ):
            found[ref_of(sku)] = sku
    if ids.get("order"):
        place = joinedload(Order.location, innerjoin=True)
        for order in db.session.scalars(
            select(Order)
            .where(Order.id.in_(ids["order"]))
            .options(
                place.joinedload(Location.customer, innerjoin=True),
                place.joinedload(Location.payment_term),
                joinedload(Order.payment_term),
                selectinload(Order.lines)
                .joinedload(OrderLine.sku, innerjoin=True)
                .joinedload(Sku.product, innerjoin=True),
                selectinload(Order.charges).joinedload(OrderCharge.charge_kind, innerjoin=True),
            )
            .execution_options(populate_existing=True)
        ):
            found[ref_of(order)] = order
    return found


def load(
    connection: Connection,
    records: Collection[Record],
    matches: Mapping[RecordRef, Match] | None = None,
    edited: Mapping[RecordRef, frozenset[str]] | None = None,
) -> Context:
    """All that planning these records needs beside them. matches: what their look-up by key found. edited: as
    in `Context`."""
    keys = Keys.of(db.session.scalar(select(KeySettings)))
    wanted = needed_ids(records)
    links, ids = _links(connection, wanted), {*wanted["location"], *wanted["sku"]}
    parted = undecided(connection.id, ids, links)
    doubled, same_names = _doubles(records, keys)
    return Context(
        today=today(connection),
        zone_known=own_zone(connection) is not None,
        company=Company.of(connection),
        keys=keys,
        settings=Settings.of(db.session.scalar(select(SyncSettings))),
        choices=_choices(connection),
        tax_codes={
            entry.external_id: TaxCode.of(entry.name, entry.details)
            for entry in db.session.scalars(
                select(ListEntry).where(
                    ListEntry.connection_id == connection.id, ListEntry.list == "tax_codes"
                )
            )
        },
        filed=_filed(connection),
        links=links,
        matches={**(matches or {}), **{ref: Match("unlinked", was) for ref, was in parted.items()}},
        apart=parted_from(connection.id, wanted["location"]),
        income_accounts=_income_accounts(connection, records, links),
        doubled=doubled,
        same_names=same_names,
        locked=_locked(connection, wanted),
        edited=edited or {},
    )


def _filed(connection: Connection) -> list[Filed]:
    rows = db.session.execute(
        select(FiledTax.agency, ListEntry.name, FiledTax.until)
        .outerjoin(
            ListEntry,
            and_(
                ListEntry.connection_id == FiledTax.connection_id,
                ListEntry.list == "tax_agencies",
                ListEntry.external_id == FiledTax.agency,
            ),
        )
        .where(FiledTax.connection_id == connection.id)
    )
    return [Filed(agency, name or f"agency {agency}", until) for agency, name, until in rows]


def needed_ids(records: Collection[Record]) -> dict[RecordKind, set[uuid.UUID]]:
    """These records and what they need, by kind."""
    wanted: dict[RecordKind, set[uuid.UUID]] = {kind: set() for kind in RECORDS}
    for record in records:
        if isinstance(record, Order):
            wanted["order"].add(record.id)
            wanted["location"].add(record.location_id)
            wanted["sku"] |= {line.sku_id for line in record.lines}
        else:
            wanted[ref_of(record).kind].add(record.id)
    return wanted


def _choices(connection: Connection) -> dict[tuple[SectionName, str, str], Choice]:
    entries = db.session.scalars(
        select(ListEntry).where(
            ListEntry.connection_id == connection.id,
            or_(ListEntry.active.is_(False), ListEntry.list == "terms"),
        )
    ).all()
    inactive = {(entry.list, entry.external_id) for entry in entries if not entry.active}
    by_calendar = {
        ("terms", entry.external_id)
        for entry in entries
        if entry.list == "terms" and entry.details.get("days") is None
    }
    return {
        (mapping.section, mapping.ours, mapping.province): Choice(
            mapping.external_id,
            mapping.label,
            active=(LIST_OF[mapping.section], mapping.external_id) not in inactive,
            by_calendar=(LIST_OF[mapping.section], mapping.external_id) in by_calendar,
        )
        for mapping in db.session.scalars(select(Mapped))
    }


def _links(connection: Connection, wanted: Ids) -> dict[RecordRef, Linked]:
    every = [record_id for ids in wanted.values() for record_id in ids]
    return {
        link.ref: linked(link)
        for link in db.session.scalars(
            select(Link)
            .where(
                Link.connection_id == connection.id,
                Link.record_kind.in_(wanted),  # the index of records begins with it
                Link.record_id.in_(every),
            )
            .options(joinedload(Link.theirs))
            .execution_options(populate_existing=True)
        )
    }


def _income_accounts(
    connection: Connection, records: Collection[Record], links: Mapping[RecordRef, Linked]
) -> dict[RecordRef, tuple[str, str]]:
    """Of the container deposits among these and on these orders: where they would be booked as income."""
    skus = [record for record in records if isinstance(record, Sku)]
    skus += [line.sku for record in records if isinstance(record, Order) for line in record.lines]
    booked = {
        ref_of(sku): account
        for sku in skus
        if sku.kind == "container_deposit" and (account := _income_account(links.get(ref_of(sku))))
    }
    if not booked:
        return {}
    accounts = {
        entry.external_id: entry.name
        for entry in db.session.scalars(
            select(ListEntry).where(
                ListEntry.connection_id == connection.id,
                ListEntry.list == "accounts",
                ListEntry.external_id.in_(set(booked.values())),
            )
        )
        if entry.details.get("type") in INCOME
    }
    return {ref: (account, accounts[account]) for ref, account in booked.items() if account in accounts}


def _income_account(link: Linked | None) -> str:
    reference = (link.theirs or {}).get("IncomeAccountRef") if link else None
    return str((reference or {}).get("value") or "")


def linked(link: Link) -> Linked:
    """A link as planning takes it."""
    return Linked(
        kind=link.kind,
        external_id=link.external_id,
        sync_token=link.theirs.sync_token,
        ours_then=link.ours_then,
        theirs_then=link.theirs_then,
        revision=link.revision,
        theirs=link.theirs.fields,
        unread=link.theirs.unread,
        decided=link.decided,
        differs=link.differs,
        how=link.how,
        voided=not link.theirs.counts,
        dealings=link.theirs.dealings,
        numbers=tuple(link.variance["doc_number"]) if "doc_number" in link.variance else None,
    )


def _locked(connection: Connection, wanted: Ids) -> dict[RecordRef, str]:
    every = [record_id for ids in wanted.values() for record_id in ids]
    rows = db.session.execute(
        select(Push.record_kind, Push.record_id, Push.unique_value)
        .where(
            Push.connection_id == connection.id,
            Push.record_kind.in_(wanted),
            Push.record_id.in_(every),
            Push.ever_unsure,
            Push.unique_value.is_not(None),
        )
        .order_by(Push.asked_at)
    )
    return {RecordRef(kind, record_id): str(value) for kind, record_id, value in rows}


def _doubles(
    records: Collection[Record], keys: Keys
) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """Which keys and names of these records, and of what they need, more than one of ours has."""
    locations = {r.id: r for r in records if isinstance(r, Location)}
    locations |= {r.location_id: r.location for r in records if isinstance(r, Order)}
    skus = {r.id: r for r in records if isinstance(r, Sku)}
    skus |= {line.sku_id: line.sku for r in records if isinstance(r, Order) for line in r.lines}
    orders = [r for r in records if isinstance(r, Order)]
    doubled: set[tuple[str, str]] = set()
    column = {"third_party_id": Location.third_party_id, "number": Location.number, "name": Location.name}
    doubled |= _held_twice(
        "location", column[keys.customer_ours], Location.active, [key_of(r, keys) for r in locations.values()]
    )
    sku_column = {"code": Sku.code, "barcode": Sku.barcode, "name": Sku.name}[keys.sku_ours]
    doubled |= _held_twice("sku", sku_column, Sku.active, [key_of(r, keys) for r in skus.values()])
    if keys.order_ours == "external_reference":
        doubled |= _held_twice(
            "order", Order.external_reference, Order.status == "finalized", [key_of(r, keys) for r in orders]
        )
    same: set[tuple[str, str]] = set()
    for location_name in _same_plain_names(Location, Location.name, list(locations.values())):
        same.add(("location", location_name))
    for sku_name in _same_plain_names(Sku, Sku.name, list(skus.values())):
        same.add(("sku", sku_name))
    return frozenset(doubled), frozenset(same)


def _held_twice(kind: RecordKind, column, condition, values: Sequence[str | None]) -> set[tuple[str, str]]:  # type: ignore[no-untyped-def]  # columns of three tables
    """SQL lower() knows only ASCII on SQLite, so candidates are compared exactly and counted folded here."""
    wanted = {value for value in values if value}
    if not wanted:
        return set()
    spellings = wanted | {value.lower() for value in wanted} | {value.upper() for value in wanted}
    rows = db.session.execute(
        select(column, func.count())
        .where(
            condition, func.lower(func.trim(column)).in_({value.lower() for value in spellings} | spellings)
        )
        .group_by(column)
    )
    counts: dict[str, int] = {}
    for value, count in rows:
        counts[fold(value)] = counts.get(fold(value), 0) + count
    return {(kind, key) for key, count in counts.items() if count > 1}


def _same_plain_names(table, column, records) -> set[str]:  # type: ignore[no-untyped-def]  # Location or Sku
    """Of these records' plain names, those that another record of the same own name shares."""
    if not records:
        return set()
    relation = Location.customer if table is Location else Sku.product
    others = db.session.scalars(
        select(table)
        .where(column.in_({record.name for record in records}))
        .options(joinedload(relation, innerjoin=True))
    ).all()
    counts: dict[str, int] = {}
    for record in others:
        name = fold(plain_name(record))
        counts[name] = counts.get(name, 0) + 1
    return {name for name, count in counts.items() if count > 1}
