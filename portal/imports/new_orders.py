"""Store many orders that are new, in a few statements: the rows that saving each on its page would write."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select

from portal.extensions import db
from portal.imports.order_rows import Draft, SkuFacts
from portal.imports.places import Places
from portal.models import Actor, Event, Location, Order, OrderCharge, OrderLine, SearchWord
from portal.models.base import chunks, new_id, now
from portal.models.sales import UNDISCOUNTED, new_reference, order_discount
from portal.models.words import sort_key, words_of
from portal.runtime.history import refuse_foreign
from portal.sales import deliveries

OF_DELIVERY = tuple(name for name in deliveries.COLUMNS if name != "signed_at")
# Every column that has no default in the database itself; executemany needs them all.
PLAIN: Mapping[str, Any] = {
    "status": "delivered",
    "revision": 0,
    "version": 1,
    "integration_status": "not_sent",
}


def insert_orders(
    drafts: Sequence[Draft],
    skus: Mapping[str, Sequence[SkuFacts]],
    places: Places,
    run_id: uuid.UUID,
    actor: Actor,
) -> None:
    """Store them as delivered, each with its lines, charges, words, keys and an event. The caller commits."""
    if not drafts:
        return
    refuse_foreign(actor)
    mine: uuid.UUID = db.session.info["organization_id"]
    place_keys = _place_keys({draft.location_id for draft in drafts if draft.location_id})
    rows: dict[Any, list[dict[str, Any]]] = {
        Order: [],
        OrderLine: [],
        OrderCharge: [],
        SearchWord: [],
        Event: [],
    }
    at = now()
    for draft in drafts:
        order_id = new_id()
        assert draft.location_id is not None
        head = draft.head
        rows[Order].append(
            {
                **PLAIN,
                "id": order_id,
                "organization_id": mine,
                "import_id": run_id,
                "number": draft.number,
                "reference": new_reference(),
                "location_id": draft.location_id,
                "order_date": head["order_date"],
                "delivery_date": head.get("delivery_date") or head["order_date"],
                "external_reference": head.get("external_reference"),
                "purchase_order_number": head.get("purchase_order_number"),
                "notes": head.get("notes", ""),
                **{name: head.get(name) for name in OF_DELIVERY},
                "discount_percent": head.get("order_discount_percent") or None,
                "discount_amount": head.get("order_discount_amount") or None,
                "net_total": _net(draft),
                "place_key": place_keys[draft.location_id],
                "number_key": sort_key(draft.number),
            }
        )
        rows[OrderLine] += [
            {
                "id": new_id(),
                "organization_id": mine,
                "order_id": order_id,
                "position": position,
                "sku_id": line.sku.id or skus[line.sku.code.casefold()][0].id,
                "description": line.description,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "discount_percent": line.discount_percent,
                "amount": line.amount,
                "ordered_quantity": line.beside[0],
                "refused_quantity": line.beside[1],
                "refused_reason": line.beside[2],
            }
            for position, line in enumerate(draft.lines)
        ]
        rows[OrderCharge] += [
            {
                "id": new_id(),
                "organization_id": mine,
                "order_id": order_id,
                "position": position,
                "charge_kind_id": charge.kind_id,
                "description": charge.description,
                "amount": charge.amount,
            }
            for position, charge in enumerate(draft.charges)
        ]
        words = words_of(draft.number, head.get("external_reference"), head.get("purchase_order_number"))
        rows[SearchWord] += [
            {"organization_id": mine, "record_kind": "order", "word": word, "record_id": order_id}
            for word in sorted(words)
        ]
        rows[Event].append(
            {
                "id": new_id(),
                "organization_id": mine,
                "at": at,
                "user_id": actor.user_id,
                "actor": actor.name,
                "what": "created",
                "record_kind": "order",
                "record_id": order_id,
                "text": f"Imported order {draft.number}.",
                "values": {},
            }
        )
    for model, of_it in rows.items():
        if of_it:
            db.session.execute(insert(model.__table__), of_it)


def _place_keys(locations: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    found: dict[uuid.UUID, str] = {}
    for some in chunks(locations):
        keys = select(Location.id, Location.place_key).where(Location.id.in_(some))
        found |= dict(db.session.execute(keys).all())
    return found


def _net(draft: Draft) -> int:
    """Cents before tax."""
    everything = sum(one.amount for one in draft.lines) + sum(one.amount for one in draft.charges)
    goods = sum(line.amount for line in draft.lines if line.sku.kind not in UNDISCOUNTED)
    percent, amount = draft.head.get("order_discount_percent"), draft.head.get("order_discount_amount")
    return everything - order_discount(percent, amount, goods)
