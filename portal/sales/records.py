"""Save a customer, location, product or SKU: what raises its revision, and what asks for a push by itself."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select

from portal import outbox
from portal.company import current
from portal.decisions.deposit_account import end_where_put_right
from portal.extensions import db
from portal.mapping.keys import save_keys
from portal.models import Actor, Customer, KeySettings, Location, Product, Sku, SyncSettings
from portal.models.kinds import RECORDS, RecordKind, RecordRef, ref_of, triggers_of
from portal.outbox import badge
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.plan.types import Keys
from portal.push import agreement
from portal.sales import certificates
from portal.sales.history import Changes, changes_of, remember_saved
from portal.sales.refused import Refused
from portal.sales.search import index


def save_location(location: Location, actor: Actor, *, rechecks: bool = True, asks: bool = True) -> bool:
    """Store a location that was just changed or made. Returns whether a push was asked for. Raises Refused.

    The caller has set the fields and not flushed, and commits; without rechecks, it looks itself at what
    waited for a certificate or reason; where it does not ask, nothing is pushed by itself.
    """
    changes = changes_of(location)
    if not changes:
        return False
    with db.session.no_autoflush:
        keep_drain_out_of_company()
        _number_is_free(Location, location.number, location.id, "location")
        if changes.touch("name", *_customer_key()):
            _keeps_what_was_sent(ref_of(location), "name")
        certificates.check(location, changes)
    asked = _store("location", location, changes, actor, asks)
    if rechecks and not changes.is_new and changes.touch(*certificates.TAX):
        certificates.recheck([location], actor)
    return asked


def save_sku(sku: Sku, actor: Actor, *, asks: bool = True) -> bool:
    """Store a SKU that was just changed or made; as `save_location`."""
    changes = changes_of(sku)
    if not changes:
        return False
    with db.session.no_autoflush:
        keep_drain_out_of_company()
        if changes.touch("name", *_sku_key()):
            _keeps_what_was_sent(ref_of(sku), "name")
    asked = _store("sku", sku, changes, actor, asks)
    connection = current.connection()
    if changes.touch("kind") and connection is not None:
        end_where_put_right(connection, [sku.id])  # a fee may be booked as income, a deposit may not
    return asked


def save_customer(customer: Customer, actor: Actor, *, asks: bool = True) -> bool:
    """Store a customer. Its name is part of what QuickBooks calls its locations, so they change with it."""
    changes = changes_of(customer)
    if not changes:
        return False
    with db.session.no_autoflush:
        keep_drain_out_of_company()
        _number_is_free(Customer, customer.number, customer.id, "customer")
    _write("customer", customer, changes, actor)
    if not changes.touch("name", "number"):
        return False
    locations = db.session.scalars(select(Location).where(Location.customer_id == customer.id)).all()
    index.renew("location", [location.id for location in locations])
    return changes.touch("name") and _rename("location", locations, actor, "customer_name", asks)


def save_product(product: Product, actor: Actor, *, asks: bool = True) -> bool:
    """Store a product. Its name is part of what QuickBooks calls its SKUs, so they change with it."""
    changes = changes_of(product)
    if not changes:
        return False
    with db.session.no_autoflush:
        keep_drain_out_of_company()
    _write("product", product, changes, actor)
    if not changes.touch("name", "description"):
        return False
    skus = db.session.scalars(select(Sku).where(Sku.product_id == product.id)).all()
    if changes.touch("name"):
        index.renew("sku", [sku.id for sku in skus])
        return _rename("sku", skus, actor, "product_name", asks)
    for sku in skus:
        sku.revision += 1
    db.session.flush()
    _compare("sku", [sku.id for sku in skus])
    return False


def take_over(record: Location | Sku | Customer | Product, actor: Actor) -> None:
    """Store what was just taken over from QuickBooks: as when a person edits it, but nothing is to be sent.

    A customer or product has no more than one location or SKU. Raises Refused. The caller commits, and
    compares.
    """
    if isinstance(record, Product):
        save_product(record, actor)  # nothing of it but the name asks for a push
        return
    changes = changes_of(record)
    if not changes:
        return
    if isinstance(record, Customer):
        _write("customer", record, changes, actor)
        locations = db.session.scalars(select(Location).where(Location.customer_id == record.id)).all()
        for location in locations:
            _keeps_what_was_sent(ref_of(location), "name")
            location.revision += 1
        index.renew("location", [location.id for location in locations])
        return
    if isinstance(record, Sku) and changes.touch(*_sku_key()):
        with db.session.no_autoflush:
            _keeps_what_was_sent(ref_of(record), "code")
    _keep(ref_of(record).kind, record, changes, actor)


def store_new(
    customers: Sequence[Customer],
    products: Sequence[Product],
    records: Sequence[Location] | Sequence[Sku],
    actor: Actor,
) -> None:
    """Store many locations, or SKUs, that are new, with the customers or products that are new with them: as
    `save_location` does one, but nothing is pushed by itself. Raises Refused. The caller commits.

    Numbers are known to be free: one that has just been taken ends the transaction.
    """
    keep_drain_out_of_company()
    new = Changes(True, {})
    for record in records:
        if isinstance(record, Location):
            certificates.check(record, new)
    if not records:
        return
    record_kind = ref_of(records[0]).kind
    db.session.add_all([*customers, *products])
    db.session.flush()
    db.session.add_all(records)
    db.session.flush()
    ids = [record.id for record in records]
    for kind, made in (("customer", customers), ("product", products), (record_kind, records)):
        for one in made:
            remember_saved(kind, one, new, actor)
    index.renew(record_kind, ids)
    save_keys.recheck_new(record_kind, ids, actor)
    _compare(record_kind, ids)


def _store(
    record_kind: RecordKind, record: Location | Sku, changes: Changes, actor: Actor, asks: bool
) -> bool:
    _keep(record_kind, record, changes, actor)
    connection = current.connection()
    is_us = connection is not None and connection.is_us
    if changes.is_new or changes.touch(*triggers_of(record_kind, is_us=is_us)):
        edited = () if changes.is_new else changes.columns.keys()
        return _ask_or_compare(record_kind, [record.id], actor, edited, asks)
    _compare(record_kind, [record.id])
    return False


def _keep(record_kind: RecordKind, record: Location | Sku, changes: Changes, actor: Actor) -> None:
    if not changes.is_new:
        record.revision += 1
    _write(record_kind, record, changes, actor)
    index.renew(record_kind, [record.id])
    key = save_keys.key_field(record_kind)
    if changes.is_new or changes.touch(key, "active"):
        save_keys.recheck_sharers(record, {*changes.columns.get(key, ()), getattr(record, key)}, actor)


def _write(kind: str, record: Customer | Location | Product | Sku, changes: Changes, actor: Actor) -> None:
    if changes.is_new:
        db.session.add(record)
    db.session.flush()
    remember_saved(kind, record, changes, actor)


def _rename(
    record_kind: RecordKind,
    records: Sequence[Location] | Sequence[Sku],
    actor: Actor,
    column: str,
    asks: bool,
) -> bool:
    for record in records:
        _keeps_what_was_sent(RecordRef(record_kind, record.id), "name")
        record.revision += 1
    db.session.flush()
    return _ask_or_compare(record_kind, [record.id for record in records], actor, [column], asks)


def _ask_or_compare(
    record_kind: RecordKind,
    ids: Sequence[uuid.UUID],
    actor: Actor,
    edited: Collection[str],
    asks: bool,
) -> bool:
    """Ask for a push of records that changed, where that goes by itself; either way their status is right."""
    goes = asks and _sync_is_on(record_kind)
    if goes and outbox.ask(record_kind, ids, reason="record_changed", actor=actor, edited=edited):
        return True
    _compare(record_kind, ids)
    return False


def _compare(record_kind: RecordKind, ids: Sequence[uuid.UUID]) -> None:
    """What changed is not in QuickBooks yet, where it is linked: that is told at once."""
    connection = current.connection()
    if connection is None:
        badge.restate(record_kind, ids)
    else:
        agreement.compare(connection, record_kind, ids)


def _sync_is_on(record_kind: RecordKind) -> bool:
    settings = db.session.scalar(select(SyncSettings))
    if settings is None:
        return False
    return bool(getattr(settings, RECORDS[record_kind].sync))


def _customer_key() -> set[str]:
    """The fields of ours that become the unique `DisplayName`, beside the name."""
    keys = db.session.scalar(select(KeySettings))
    return {keys.customer_ours} if keys and Keys.of(keys).names_customers else set()


def _sku_key() -> set[str]:
    """The fields of ours that become the unique `Name`, beside the name."""
    keys = db.session.scalar(select(KeySettings))
    return {keys.sku_ours} if keys and keys.sku_theirs == "Name" else set()


def _keeps_what_was_sent(ref: RecordRef, field: str) -> None:
    """The name once sent without an answer guards against a second record: it must not change."""
    locked = outbox.locked_value(ref)
    if locked is not None:
        raise Refused(
            f"This was sent to QuickBooks as “{locked}”, and the answer was lost on the way. So that it "
            "never stands there twice, this name has to stay.",
            field=field,
        )


def _number_is_free(
    model: type[Customer] | type[Location], number: str, own: uuid.UUID | None, word: str
) -> None:
    holder = db.session.scalar(select(model.id).where(model.number == number))
    if holder is not None and holder != own:
        raise Refused(f"There is a {word} {number} already.", field="number")
