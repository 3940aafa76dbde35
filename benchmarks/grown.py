"""A distributor that has grown: customers, products and orders in every state, stored at once, nothing sent.

The more orders, the more customers, products and days: of each there are as many orders as before. Orders
are numbered as they come in, day by day, and their ids rise with the time as those of `new_id` do.
"""

import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from portal.extensions import db
from portal.models import Customer, Location, Order, PaymentTerm, Product, SearchWord, Sku
from portal.models.words import sort_key, words_of

SOME = 5_000
"""Rows that are stored at a time."""
FIRST_DAY = date(2024, 1, 1)
FIRST_MOMENT = 1_704_000_000_000
DAYS = 1_000
FILE = uuid.UUID(int=1)
"""The import that every twentieth order came by."""
AHEAD = 3
"""So many days ahead, at most, an order is placed."""
ORDERS_OF = {"location": 20, "sku": 25, "day": 50}
CATEGORIES = ("Beer", "Cider", "Water", "CO₂", "Bäckerei")
NAMES = ("Brasserie Nord", "Bäckerei Süd", "Pub", "Café Olé", "Tavern", "O'Brien’s", "Bistro", "Ale House")
# Of sixteen orders: status, and status of integration. Those of the last come once in a house.
STANDING = (
    *(("draft", "not_sent"), ("confirmed", "not_sent"), ("delivered", "not_sent"), ("cancelled", "not_sent")),
    *(("finalized", "ready"), ("finalized", "queued"), ("finalized", "blocked"), ("finalized", "failed")),
    *(("finalized", "variance"), ("finalized", "marked"), ("finalized", "changed"), ("finalized", "edited")),
    *[("finalized", "synced")] * 4,
)
STUCK = ("blocked", "failed")
RARE = ("finalized", "must_choose")
RECORDS = ("not_sent", "blocked", "queued", "synced", "synced", "synced", "variance", "edited")


def store(organization_id: uuid.UUID, orders: int, others: int | None = None) -> None:
    """So many orders, with all that they need, or so many of each of these. The caller commits."""
    rng = random.Random("a house that has grown")
    owner = {"organization_id": organization_id}
    term: dict[str, Any] = {**owner, "id": uuid.UUID(int=rng.getrandbits(128)), "name": "Net 30", "days": 30}
    _insert(PaymentTerm, [term])
    places = list(_places(rng, owner, others or max(orders // ORDERS_OF["location"], 2), term["id"]))
    _insert(Customer, {one["customer"]["id"]: one["customer"] for one in places}.values())
    _insert(Location, (one["location"] for one in places))
    goods = list(_goods(rng, owner, others or max(orders // ORDERS_OF["sku"], 2)))
    _insert(Product, {one["product"]["id"]: one["product"] for one in goods}.values())
    _insert(Sku, (one["sku"] for one in goods))
    _insert(SearchWord, _words(owner, "location", ((one["location"]["id"], *one["texts"]) for one in places)))
    _insert(SearchWord, _words(owner, "sku", ((one["sku"]["id"], *one["texts"]) for one in goods)))
    made = _orders(rng, owner, orders, [one["location"] for one in places])
    while some := list(islice(made, SOME)):
        _insert(Order, some)
        texts = (
            (one["id"], one["number"], one["external_reference"], one["purchase_order_number"])
            for one in some
        )
        _insert(SearchWord, _words(owner, "order", texts))


def _places(rng: random.Random, owner: Any, count: int, term: uuid.UUID) -> Iterator[dict[str, Any]]:
    customer: dict[str, Any] = {}
    for place in range(count):
        if place % 2 == 0:
            name = f"{NAMES[place // 2 % len(NAMES)]} {place}"
            customer = {**owner, "id": _id(rng, place), "number": f"C{place}", "name": name}
        name, number = f"Bar {place}" if place % 3 else customer["name"], f"L{place}"
        status = "exempt" if place % 10 == 0 else "default"
        location = {
            **owner, "id": _id(rng, place), "customer_id": customer["id"], "number": number, "name": name,
            "third_party_id": f"TP-{place}", "payment_term_id": term if place % 4 else None,
            "active": place % 12 != 0, "tax_status": status,
            "exemption_reason_id": "9" if place % 20 == 0 else "",
            "certificate_expires": FIRST_DAY if place % 11 == 0 else None,
            **_standing(rng), "place_key": sort_key(customer["name"], name),
            "name_key": sort_key(name), "number_key": sort_key(number),
        }  # fmt: skip
        texts = (number, name, location["third_party_id"], customer["number"], customer["name"])
        yield {"customer": customer, "location": location, "texts": texts}


def _goods(rng: random.Random, owner: Any, count: int) -> Iterator[dict[str, Any]]:
    product: dict[str, Any] = {}
    for place in range(count):
        if place % 2 == 0:
            category = CATEGORIES[place // 2 % len(CATEGORIES)]
            product = {**owner, "id": _id(rng, place), "name": f"Lager {place}", "category": category}
        name, code = ("Keg", "Case of 24")[place % 2], None if place % 9 == 0 else f"SKU-{place}"
        sku = {
            **owner, "id": _id(rng, place), "product_id": product["id"], "code": code, "name": name,
            "barcode": f"06{place:08}", "unit_price": Decimal(rng.randrange(100, 9_000)) / 100,
            "kind": ("goods", "goods", "service", "container_deposit")[place % 4],
            "active": place % 12 != 0, **_standing(rng),
            "full_key": sort_key(product["name"], name), "code_key": None if code is None else sort_key(code),
        }  # fmt: skip
        yield {"product": product, "sku": sku, "texts": (code, sku["barcode"], name, product["name"])}


def _orders(
    rng: random.Random, owner: Any, count: int, places: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    days = min(max(count // ORDERS_OF["day"], 1), DAYS)
    for place in range(count):
        number, where = str(10_000 + place), rng.choice(places)
        status, integration = RARE if place == count // 2 else rng.choice(STANDING)
        day = FIRST_DAY + timedelta(days=min(place * days // count + rng.randrange(AHEAD), days - 1))
        yield {
            **owner, "id": _id(rng, place), "number": number, "number_key": sort_key(number),
            "external_reference": f"EXT-{place}" if place % 4 == 0 else None,
            "purchase_order_number": f"PO {place}" if place % 3 == 0 else None,
            "reference": f"{place:08}", "location_id": where["id"], "place_key": where["place_key"],
            "status": status, "integration_status": integration, "order_date": day, "delivery_date": day,
            "invoice_date": day + timedelta(days=2) if status == "finalized" else None,
            "integration_reason": "term_not_mapped" if integration in STUCK else None,
            "net_total": rng.randrange(-5_000, 500_000), "revision": 1 if status == "finalized" else 0,
            "import_id": FILE if place % 20 == 0 else None,
            "route": f"Route {place % 30}", "driver": f"Driver {place % 30}",
            "warehouse": ("North", "South", None)[place % 3],
            "tax_total": place if status == "finalized" else None,
        }  # fmt: skip


def _standing(rng: random.Random) -> dict[str, Any]:
    status = rng.choice(RECORDS)
    return {
        "integration_status": status,
        "integration_reason": "term_not_mapped" if status in STUCK else None,
    }


def _words(owner: Any, kind: str, records: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for record_id, *texts in records:
        for word in words_of(*texts):
            yield {**owner, "record_kind": kind, "word": word, "record_id": record_id}


def _insert(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while some := list(islice(left, SOME)):
        db.session.execute(insert(model.__table__), some)


def _id(rng: random.Random, place: int) -> uuid.UUID:
    """place: after how many others of its kind it is made."""
    return uuid.UUID(int=FIRST_MOMENT + place << 80 | 0x7000 << 64 | 0x8000 << 48 | rng.getrandbits(48))


def a_place(kind: Any) -> uuid.UUID:
    """Some record of that kind, to narrow a table to."""
    found: uuid.UUID = db.session.scalars(select(kind.id).order_by(kind.id).limit(1)).one()
    return found
