"""What must be true after every run, read from the simulator's own books and ledger, never from the
portal.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from portal.models import Order
from tests.support.stack import CANADA, Stack


def faults_of(stack: Stack, finalized: list[uuid.UUID]) -> list[str]:
    """Everything that is not as it must be; empty when each finalized order stands once, to the cent."""
    orders = {order.number: order for order in stack.read(select(Order).where(Order.id.in_(finalized)))}
    documents = [(kind, one) for kind in ("Invoice", "CreditMemo") for one in stack.simulator.live(kind)]
    found = []
    by_order = Counter(number_in(one) for _, one in documents)
    for number in orders:
        if by_order[number] != 1:
            found.append(f"order {number} stands {by_order[number]} times")
    found += [f"a document of {number or 'nobody'}" for number in by_order if number not in orders]
    for _, document in documents:
        order = orders.get(number_in(document))
        if order is None:
            continue
        if not str(document["PrivateNote"]).endswith(order.marker):
            found.append(f"order {order.number} stands at another revision: {document['PrivateNote']}")
        if abs(net(document)) != abs(order.net_total):
            found.append(f"order {order.number}: net {net(document)} instead of {order.net_total}")
    for entity in ("Customer", "Item"):
        made = made_by_us(stack, entity)
        found += [f"{count} {entity}s {name}" for name, count in made.items() if count > 1]
    return found


def number_in(document: dict[str, object]) -> str:
    """The order that a document says it is of."""
    said = re.findall(r"Routeique order (\S+) \(ref", str(document.get("PrivateNote", "")))
    return said[-1] if said else ""


def net(document: dict[str, object]) -> int:
    """Cents of its lines."""
    lines = [line for line in document["Line"] if line["DetailType"] == "SalesItemLineDetail"]  # type: ignore[attr-defined]  # JSON
    return int(sum(Decimal(str(line["Amount"])) for line in lines) * 100)


def made_by_us(stack: Stack, entity: str) -> Counter[str]:
    key = "Notes" if entity == "Customer" else "Name"
    return Counter(str(one.get(key, "")) for one in stack.simulator.books(entity) if one.get(key))


def documents(stack: Stack, kind: str = "Invoice", realm: str = CANADA) -> list[dict[str, Any]]:
    """All that count, but for what stood there before."""
    [*before] = stack.read(select(Order.number).where(Order.id == stack.first))
    return [one for one in stack.simulator.live(kind, realm) if one.get("DocNumber") not in before]


def posts(stack: Stack, entity: str = "Invoice") -> list[dict[str, object]]:
    """Ledger entries of writes that reached QBO and carried this entity, landed or not."""
    return [
        entry
        for entry in stack.simulator.ledger()
        if entry["method"] == "POST" and entry["path"].rstrip("/").endswith(("batch", entity.lower()))
    ]
