"""Accounts that linked items have in QBO, where they differ from the chosen ones: told, never changed."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.company.facts import entries
from portal.extensions import db
from portal.mapping.sections import account_value
from portal.mapping.slots import Slot
from portal.models import Connection, Link, Product, Sku
from portal.models.links import Theirs, of_link
from portal.plan.types import joined_name

SHOWN = 50
# Which kinds of SKUs an account is chosen for.
KINDS_OF: Mapping[str, Collection[str]] = {
    "income": ("goods", "service"),
    "expense": ("goods", "service", "container_fee"),
    "asset": ("goods",),
    "container_deposit": ("container_deposit",),
    "container_fee": ("container_fee",),
}


@dataclass(frozen=True)
class Differing:
    """A linked SKU whose item posts to another account than the one chosen for new ones."""

    sku_id: uuid.UUID
    name: str
    account: str


def differing(connection: Connection | None, slots: Collection[Slot]) -> dict[str, list[Differing]]:
    """By value of ours, at most 50 of each, for the slots whose account is one of an item."""
    chosen = [(slot, _reference(slot)) for slot in slots if slot.chosen and _reference(slot)]
    if connection is None or not chosen:
        return {}
    names = {entry.external_id: entry.name for entry in entries(connection, "accounts")}
    apart = {
        account: [one.category for one, of in chosen if one.category and of == account]
        for _, account in chosen
    }
    found = {
        slot.ours: _differing(connection, slot, reference, names, apart[reference])
        for slot, reference in chosen
    }
    return {ours: those for ours, those in found.items() if those}


def _reference(slot: Slot) -> str:
    value = account_value(slot.section, slot.ours)
    return value.reference if value else ""


def _differing(
    connection: Connection, slot: Slot, reference: str, names: dict[str, str], apart: Collection[str]
) -> list[Differing]:
    """apart: the categories that have a choice of their own."""
    category = func.trim(Product.category)
    account = Theirs.fields[reference]["value"].as_string()
    rows = db.session.execute(
        select(Sku.id, Product.name, Sku.name, account)
        .join(Link, Link.record_id == Sku.id)
        .join(Theirs, of_link())
        .join(Product, Product.id == Sku.product_id)
        .where(
            Link.connection_id == connection.id,
            Link.record_kind == "sku",
            Sku.kind.in_(KINDS_OF[slot.ours.partition(":")[0]]),
            category == slot.category if slot.category else category.not_in(apart),
            account.is_not(None),
            account != slot.chosen,
        )
        .order_by(Sku.full_key, Sku.id)
        .limit(SHOWN)
    )
    return [
        Differing(sku_id, joined_name(whole, part), names.get(external_id, external_id))
        for sku_id, whole, part, external_id in rows
    ]
