"""The sync settings: what is pushed by itself; saving them lets go what only they held back."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Connection, Event, Link, Location, Sku, SyncSettings
from portal.sync.mapping.saving import Saved, unblock

DEFAULTS: dict[str, Any] = {
    "customers_on": False,
    "products_on": False,
    "orders_on": False,
    "start_date": None,
    "closed_period_policy": "hold",
    "invoice_date_rule": "delivery",
    "new_invoice": "nothing",
    "new_item_type": "NonInventory",
}
# Setting → the causes that it may have removed; whether it has is found anew at the push.
CAUSES = {
    "start_date": ("start_date", "closed_period"),
    "closed_period_policy": ("closed_period",),
    "new_item_type": ("inventory", "account:product_accounts:asset"),
}


def settings() -> SyncSettings:
    """The organization's; all off, and not stored, before anybody chose."""
    return db.session.scalar(select(SyncSettings)) or SyncSettings(**DEFAULTS)


def save(organization_id: uuid.UUID, values: Mapping[str, Any], actor: str) -> Saved:
    """Store them, in the current transaction."""
    row = db.session.get(SyncSettings, organization_id)
    if row is None:
        row = SyncSettings(organization_id=organization_id, **DEFAULTS)
        db.session.add(row)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    saved = Saved([f"{name.replace('_', ' ')}: {_read(values[name])}" for name in changed])
    if changed:
        text = "; ".join(saved.changes)
        db.session.add(
            Event(organization_id=organization_id, actor=actor, what="sync_settings_saved", text=text)
        )
    db.session.flush()
    unblock({cause for name in changed for cause in CAUSES.get(name, ())}, actor, saved)
    return saved


def unlinked() -> dict[str, int]:
    """By setting: how many active records are not linked to the connected company."""
    return {"customers_on": _unlinked("location", Location), "products_on": _unlinked("sku", Sku)}


def _unlinked(record_kind: str, table: Any) -> int:
    linked = (
        select(Link.id)
        .join(Connection, Connection.id == Link.connection_id)
        .where(Connection.status == "active", Link.record_kind == record_kind, Link.record_id == table.id)
    )
    found = select(func.count(table.id)).where(table.active, ~linked.exists())
    return db.session.scalar(found) or 0


def _read(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value).replace("_", " ")
