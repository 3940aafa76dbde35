"""Save a customer, location, product or SKU: what raises its revision, and what asks for a push by itself."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import InstanceState

from portal.extensions import db
from portal.models import Customer, KeySettings, Location, Product, Sku, SyncSettings
from portal.models.sales import LOCATION_TRIGGERS, SKU_TRIGGERS
from portal.sales import search_words
from portal.sales.history import remember
from portal.sales.refused import Refused
from portal.sales.wording import differences, sentence
from portal.sync import badge, outbox


def save_location(location: Location, actor: str) -> bool:
    """Store a location that was just changed or made. Returns whether a push was asked for. Raises Refused.

    The caller has set the fields and not flushed, and commits.
    """
    is_new, changed = _changes(location)
    if not is_new and not changed:
        return False
    with db.session.no_autoflush:
        _number_is_free(Location, location.number, location.id, "location")
        if not is_new and {"name", *_customer_key()} & changed.keys():
            _keeps_what_was_sent("location", location.id, "name")
    return _store("location", location, is_new, changed, LOCATION_TRIGGERS, location.name, actor)


def save_sku(sku: Sku, actor: str) -> bool:
    """Store a SKU that was just changed or made; as `save_location`."""
    is_new, changed = _changes(sku)
    if not is_new and not changed:
        return False
    with db.session.no_autoflush:
        if not is_new and {"name", *_sku_key()} & changed.keys():
            _keeps_what_was_sent("sku", sku.id, "name")
    return _store("sku", sku, is_new, changed, SKU_TRIGGERS, sku.name, actor)


def save_customer(customer: Customer, actor: str) -> bool:
    """Store a customer. Its name is part of what QuickBooks calls its locations, so they change with it."""
    is_new, changed = _changes(customer)
    if not is_new and not changed:
        return False
    with db.session.no_autoflush:
        _number_is_free(Customer, customer.number, customer.id, "customer")
    if is_new:
        db.session.add(customer)
    db.session.flush()
    remember(
        "customer",
        customer.id,
        "created" if is_new else "edited",
        actor,
        _told(customer.name, is_new, changed),
    )
    if is_new or not {"name", "number"} & changed.keys():
        return False
    locations = db.session.scalars(select(Location).where(Location.customer_id == customer.id)).all()
    search_words.renew("location", [location.id for location in locations])
    return "name" in changed and _renamed("location", locations, actor)


def save_product(product: Product, actor: str) -> bool:
    """Store a product. Its name is part of what QuickBooks calls its SKUs, so they change with it."""
    is_new, changed = _changes(product)
    if not is_new and not changed:
        return False
    if is_new:
        db.session.add(product)
    db.session.flush()
    remember(
        "product", product.id, "created" if is_new else "edited", actor, _told(product.name, is_new, changed)
    )
    if is_new or "name" not in changed:
        return False
    skus = db.session.scalars(select(Sku).where(Sku.product_id == product.id)).all()
    search_words.renew("sku", [sku.id for sku in skus])
    return _renamed("sku", skus, actor)


def _store(
    record_kind: str,
    record: Location | Sku,
    is_new: bool,
    changed: dict[str, tuple[Any, Any]],
    triggers: Collection[str],
    name: str,
    actor: str,
) -> bool:
    if is_new:
        db.session.add(record)
    else:
        record.revision += 1
    db.session.flush()
    search_words.renew(record_kind, [record.id])
    remember(record_kind, record.id, "created" if is_new else "edited", actor, _told(name, is_new, changed))
    goes = (is_new or bool(set(triggers) & set(changed))) and _sync_is_on(record_kind)
    if goes and outbox.ask(record_kind, [record.id], reason="record_changed", actor=actor):
        return True
    badge.restate(record_kind, [record.id])
    return False


def _renamed(record_kind: str, records: Sequence[Location] | Sequence[Sku], actor: str) -> bool:
    for record in records:
        _keeps_what_was_sent(record_kind, record.id, "name")
        record.revision += 1
    db.session.flush()
    ids = [record.id for record in records]
    if (
        ids
        and _sync_is_on(record_kind)
        and outbox.ask(record_kind, ids, reason="record_changed", actor=actor)
    ):
        return True
    badge.restate(record_kind, ids)
    return False


def _changes(record: Customer | Location | Product | Sku) -> tuple[bool, dict[str, tuple[Any, Any]]]:
    """Whether the record is new, and which of its columns hold another value than the database: was, is."""
    state: InstanceState[Any] = inspect(record)
    columns = [attribute.key for attribute in state.mapper.column_attrs]
    changed = {}
    for key in columns:
        history = state.attrs[key].history
        if history.has_changes() and list(history.deleted) != list(history.added):
            changed[key] = (next(iter(history.deleted), None), next(iter(history.added), None))
    return not state.persistent, changed


def _sync_is_on(record_kind: str) -> bool:
    settings = db.session.scalar(select(SyncSettings))
    if settings is None:
        return False
    return bool(settings.customers_on if record_kind == "location" else settings.products_on)


def _customer_key() -> set[str]:
    """The fields of ours that become the unique `DisplayName`, beside the name."""
    keys = db.session.scalar(select(KeySettings))
    return {keys.customer_ours} if keys and keys.customer_theirs == "DisplayName" else set()


def _sku_key() -> set[str]:
    """The fields of ours that become the unique `Name`, beside the name."""
    keys = db.session.scalar(select(KeySettings))
    return {keys.sku_ours} if keys and keys.sku_theirs == "Name" else set()


def _keeps_what_was_sent(record_kind: str, record_id: uuid.UUID, field: str) -> None:
    """The name once sent without an answer guards against a second record: it must not change."""
    locked = outbox.locked_value(record_kind, record_id)
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


def _told(name: str, is_new: bool, changed: dict[str, tuple[Any, Any]]) -> str:
    if is_new:
        return f"Entered {name}."
    with db.session.no_autoflush:
        found = differences(
            {column: was for column, (was, _) in changed.items()},
            {column: becomes for column, (_, becomes) in changed.items()},
        )
    return sentence(found) if found else "Saved without a change."
