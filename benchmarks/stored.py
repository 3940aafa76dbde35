"""A portal with many orders in every state, as a distributor has it after some months; nothing is sent."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import insert, select, text, update

import config
from demo import data, records
from portal import create_app
from portal.accounts import people
from portal.dev import demo_data
from portal.extensions import db
from portal.models import (
    BulkDecision,
    BulkRun,
    Connection,
    ImportRun,
    KeySettings,
    Link,
    Order,
    Organization,
    Problem,
    Push,
    SyncSettings,
)
from portal.models.base import now

ORGANIZATION, EMAIL = "Bench Beverages", "bench@example.com"
CHUNK = 1000
DAYS = 120
# Of a thousand orders, how many are in which state; the rest was delivered and not sent.
SHARES = {"synced": 900, "failed": 40, "queued": 20}
CAUSES = ("Net 45", "Net 60", "Net 7")


def portal(home: Path, orders: int, shares: Mapping[str, int] = SHARES) -> Flask:
    """The app on a fresh SQLite database in `home`, with so many orders, and one administrator. shares: of a
    thousand orders, how many are in which state."""
    app = opened(home)
    with app.app_context():
        flask_migrate.upgrade()
        people.create_user(
            ORGANIZATION, EMAIL, "Bench", "administrator", "not signed in with", zone=data.TIME_ZONE
        )
        organization = db.session.scalars(select(Organization)).one()
        day = data.today()
        written = data.distributor(day)
        clean = data.clean_orders(day, max(0, orders - len(written.orders)))
        demo_data.load(organization, written, [_spread(order, place) for place, order in enumerate(clean)])
        _connect(organization.id)
        _carry_over(organization.id, shares)
        db.session.commit()
        # As the clock does every hour.
        db.session.execute(text("PRAGMA analysis_limit = 1000"))
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        db.session.remove()
    return app


def opened(home: Path) -> Flask:
    """The app on what is stored in `home`."""
    return create_app({**config.load({"PORTAL_HOME": str(home)}), "PROPAGATE_EXCEPTIONS": False})


def _spread(order: records.Order, place: int) -> records.Order:
    """Over the days of some months."""
    earlier = timedelta(days=place % DAYS)
    return replace(order, order_date=order.order_date - earlier, delivery_date=order.delivery_date - earlier)


def _connect(organization_id: uuid.UUID) -> None:
    """To a company that is read already, so that no page asks it for anything."""
    db.session.add_all(
        [
            Connection(
                organization_id=organization_id,
                realm_id="1",
                company_name="Bench Inc.",
                country="CA",
                home_currency="CAD",
                facts_read_at=now() + timedelta(days=1),
                lists_read_at=now() + timedelta(days=1),
            ),
            KeySettings(organization_id=organization_id),
            SyncSettings(organization_id=organization_id, customers_on=True, orders_on=True),
        ]
    )
    db.session.flush()


def _carry_over(organization_id: uuid.UUID, shares: Mapping[str, int]) -> None:
    connection = db.session.scalars(select(Connection)).one()
    run = BulkRun(organization_id=organization_id, connection_id=connection.id, actor="Bench")
    of_decision = {"what": "keep", "stand": "waits", "actor": "Bench"}
    decision = BulkDecision(organization_id=organization_id, connection_id=connection.id, **of_decision)
    file = ImportRun(organization_id=organization_id, kind="orders", file_name="orders.csv", size=1)
    file.head = [["Order number"], ["1"]]
    db.session.add_all([run, decision, file])
    db.session.flush()
    owner = {"organization_id": organization_id}
    of_company = {**owner, "connection_id": connection.id, "record_kind": "order"}
    rng = random.Random("states of the benchmark")
    orders = db.session.execute(select(Order.id, Order.number, Order.delivery_date)).all()
    rng.shuffle(orders)  # type: ignore[arg-type]  # a list, whatever its type says
    states = [state for state, share in shares.items() for _ in range(share)]
    rows: dict[Any, list[dict[str, Any]]] = {Push: [], Link: [], Problem: []}
    changed = []
    for place, (order_id, number, day) in enumerate(orders):
        state = states[place % 1000] if place % 1000 < len(states) else ""
        if not state:
            continue
        push_id = uuid.uuid4()
        changed.append(
            {
                "id": order_id,
                "status": "finalized",
                "invoice_date": day,
                "integration_status": state,
                "revision": 1,
            }
        )
        asked_at = now() - timedelta(minutes=place % 20_000)
        rows[Push].append(
            {
                **of_company,
                "id": push_id,
                "record_id": order_id,
                "revision": 1,
                "reason": "bulk",
                "actor": "Bench",
                "state": state,
                "run_id": run.id,
                "asked_at": asked_at,
                "settled_at": None if state == "queued" else asked_at,
            }
        )
        if state == "synced":
            rows[Link].append(
                {
                    **of_company,
                    "record_id": order_id,
                    "kind": "invoice",
                    "external_id": str(1000 + place),
                    "doc_number": number,
                    "sent_revision": 1,
                    "sent": {"DocNumber": number},
                }
            )
        if state == "failed":
            term = CAUSES[place % len(CAUSES)]
            rows[Problem].append(
                {
                    **owner,
                    "record_kind": "order",
                    "record_id": order_id,
                    "push_id": push_id,
                    "code": "term_not_mapped",
                    "values": {"term": term},
                    "cause": f"term_not_mapped:{term}",
                }
            )
    db.session.execute(update(Order), changed)
    for model, made in rows.items():
        for start in range(0, len(made), CHUNK):
            db.session.execute(insert(model), made[start : start + CHUNK])
