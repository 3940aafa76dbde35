"""What searching and choosing many cost in a house ten times as large, as ratios of process CPU time.

`python -m benchmarks.search [--orders N]`
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask

import config
from benchmarks import grown
from portal import create_app
from portal.extensions import db
from portal.models import Actor, Connection, KeySettings, Organization
from portal.sales.bulk import runs, selection
from portal.sales.bulk.selection import Chosen
from portal.sales.search import table_pages
from portal.sales.search.filters import OrderFilter

ROUNDS = 3
CHUNKS = 3
PAGES: Mapping[str, OrderFilter] = {
    "all orders": OrderFilter(),
    "an order number": OrderFilter(q="10500"),
    "a typed “1”": OrderFilter(q="1"),
    "a customer's name": OrderFilter(q="brasserie"),
    "what needs a person": OrderFilter(integration="attention"),
}


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.search", description=__doc__)
    asked.add_argument("--orders", type=int, default=100_000)
    orders = asked.parse_args(arguments).orders
    took = {size: measured(size) for size in (orders // 10, orders)}
    print(
        f"load {os.getloadavg()[0]:.1f}; ratio of {orders:,} orders to {orders // 10:,}, CPU seconds beside"
    )
    for what, seconds in took[orders].items():
        print(f"{seconds / took[orders // 10][what]:>6.2f}  {seconds:.4f}  {what}")
    return 0


def measured(orders: int) -> dict[str, float]:
    """CPU seconds, the median of some rounds."""
    with tempfile.TemporaryDirectory() as home:
        app, organization_id = house(Path(home), orders)
        with app.app_context():
            db.session.info["organization_id"] = organization_id
            took = {
                what: median_of(lambda narrowed=narrowed: table_pages.page(narrowed))  # type: ignore[misc]
                for what, narrowed in PAGES.items()
            }
            took["a record resolved"] = resolved(Actor(organization_id, None, "Bench"))
    return took


def resolved(actor: Actor) -> float:
    """A record of *select all*, offered, looked at and confirmed, once it is asked for."""
    run = runs.offer(Chosen("order", narrowed=OrderFilter(status="finalized", integration="ready")), actor)
    selection.preview(Chosen.of(run))
    runs.confirm(run.id, actor)
    db.session.commit()
    before, was = time.process_time(), run.total
    for _ in range(CHUNKS):
        runs._resolve_some(run.id)
    db.session.refresh(run)
    return (time.process_time() - before) / max(run.total - was, 1)


def median_of(action: Callable[[], Any]) -> float:
    action()
    times = []
    for _ in range(ROUNDS):
        db.session.expunge_all()
        before = time.process_time()
        action()
        times.append(time.process_time() - before)
    return statistics.median(times)


def house(home: Path, orders: int) -> tuple[Flask, uuid.UUID]:
    app = create_app(config.load({"PORTAL_HOME": str(home)}))
    with app.app_context():
        flask_migrate.upgrade()
        organization = Organization(name="Bench Beverages")
        db.session.add(organization)
        db.session.flush()
        db.session.info["organization_id"] = organization.id
        owner = {"organization_id": organization.id}
        company = {"realm_id": "1", "company_name": "Bench Inc.", "country": "CA", "home_currency": "CAD"}
        db.session.add_all([Connection(**owner, **company), KeySettings(**owner)])
        grown.store(organization.id, orders)
        db.session.commit()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
        return app, organization.id


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
