"""What importing a file of orders costs, beside a bare loader of the same rows: process CPU time and memory.

`python -m benchmarks.imports [--rows N] [--database URL]`, of an empty database; SQLite without one.
"""

import argparse
import csv
import random
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import select, text

import config
from portal import create_app
from portal.accounts import people
from portal.extensions import db
from portal.imports import runs
from portal.models import Actor, Customer, ImportRun, Location, Order, OrderLine, Organization, Product, Sku
from portal.models.base import new_id

MOST, AGAIN = 9.0, 3.0  # times the CPU time of the bare loader
MEMORY = 300  # MB
CUSTOMERS, SKUS, LINES = 2_000, 3_000, 20
HEADER = ("Order number", "Customer", "Order date", "SKU code", "Description", "Quantity", "Unit price")


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.imports", description=__doc__)
    asked.add_argument("--rows", type=int, default=200_000)
    asked.add_argument("--database", default="")
    options = asked.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        app = stored(Path(home), options.database)
        file = Path(home) / "orders.csv"
        write(file, options.rows)
        with app.app_context():
            organization_id = db.session.scalars(select(Organization.id)).one()
            db.session.info["organization_id"] = organization_id
            first = taken(lambda: imported(file, organization_id, "done"))
            again = taken(lambda: imported(file, organization_id, "offered"))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            db.session.remove()
            bare = taken(lambda: load(file, organization_id))
    print(f"{options.rows:>8,}  rows")
    print(f"{bare:>8.2f}  CPU s of a bare loader into the same tables")
    print(f"{first / bare:>8.2f}  times that for uploading, checking and importing them, at most {MOST}")
    print(f"{again / bare:>8.2f}  times that for the same file again, at most {AGAIN}")
    print(f"{memory:>8.0f}  MB at the peak of it, below {MEMORY}")
    return 0 if first <= MOST * bare and again <= AGAIN * bare and memory < MEMORY else 1


def stored(home: Path, database: str) -> Flask:
    """A portal with the customers and SKUs that the file names."""
    environ = {"PORTAL_HOME": str(home), **({"DATABASE_URL": database} if database else {})}
    app = create_app(config.load(environ))
    with app.app_context():
        flask_migrate.upgrade()
        people.create_user("Bench", "b@example.com", "", "administrator", "not signed in with", zone="UTC")
        mine = db.session.scalars(select(Organization.id)).one()
        db.session.info["organization_id"] = mine
        for number in range(CUSTOMERS):
            owner = Customer(id=new_id(), organization_id=mine, number=f"C{number}", name=f"Pub {number}")
            place = {
                "customer_id": owner.id,
                "number": f"L{number}",
                "name": "Bar",
                "place_key": f"pub {number}",
            }
            db.session.add_all([owner, Location(organization_id=mine, **place)])
        for number in range(SKUS):
            product = Product(id=new_id(), organization_id=mine, name=f"Ale {number}")
            db.session.add_all(
                [product, Sku(organization_id=mine, product_id=product.id, code=f"S{number}", name="Keg")]
            )
        db.session.commit()
        db.session.remove()
    return app


def write(file: Path, rows: int) -> None:
    """Orders of 1 to 40 lines."""
    drawn = random.Random("a file of orders")
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(HEADER)
        number, left = 0, rows
        while left:
            number += 1
            customer = f"L{drawn.randrange(CUSTOMERS)}"
            for _ in range(min(left, drawn.randint(1, 2 * LINES - 1))):
                sku = drawn.randrange(SKUS)
                price = f"{drawn.randint(50, 9999) / 100:.2f}"
                line = [f"S{sku}", f"Ale {sku} keg", drawn.randint(1, 48), price]
                writer.writerow([f"B{number}", customer, "2026-11-15", *line])
                left -= 1


def imported(file: Path, organization_id: uuid.UUID, stage: str) -> None:
    """As the pages and the job do it; a file that changes nothing is only looked at."""
    actor = Actor(organization_id, None, "Bench")
    with file.open("rb") as opened:
        run = runs.start("orders", file.name, opened, actor)
    db.session.commit()
    run_id = run.id
    runs.choose(run, runs.settings_of(run), actor)
    runs.go_on(run_id)
    run = db.session.get_one(ImportRun, run_id, populate_existing=True)
    if stage == "done":
        runs.confirm(run, actor)
        runs.go_on(run_id)
    run = db.session.get_one(ImportRun, run_id, populate_existing=True)
    counts = run.found["counts"]
    assert run.stage == stage, (run.stage, run.why)
    unexpected = {"refused", "changed"} | ({"new"} if stage == "offered" else set())
    assert not any(counts.get(name) for name in unexpected), counts
    db.session.remove()
    db.session.info["organization_id"] = organization_id


def load(file: Path, organization_id: uuid.UUID) -> None:
    """csv, Decimal and executemany: the same rows into the same tables, and nothing else of them."""
    plain = db.engine.dialect.name == "sqlite"
    encode: Callable[[uuid.UUID], Any] = (lambda one: one.hex) if plain else (lambda one: one)
    with db.engine.connect() as connection:
        places: dict[str, Any] = dict(connection.execute(text("SELECT number, id FROM location")).all())
        skus: dict[str, Any] = dict(connection.execute(text("SELECT code, id FROM sku")).all())
        orders: dict[str, list[Any]] = {}
        lines: list[tuple[Any, ...]] = []
        mine = encode(organization_id)
        with file.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                quantity, price = Decimal(row["Quantity"]), Decimal(row["Unit price"])
                number = f"bare {row['Order number']}"
                order = orders.get(number)
                if order is None:
                    order = orders[number] = [
                        *(encode(new_id()), mine, number, "ABCDEFGH", places[row["Customer"]], "delivered"),
                        *(row["Order date"], "", 0, 0, 1, "not_sent", "", number),
                    ]
                amount = int((quantity * price * 100).to_integral_value())
                order[8] += amount
                lines.append(
                    (
                        *(encode(new_id()), mine, order[0], len(lines), skus[row["SKU code"]]),
                        *(row["Description"], int(quantity * 1_000_000), int(price * 1_000_000), 0, amount),
                    )
                )
        cursor = connection.connection.cursor()
        for table, columns, rows in (
            (
                Order.__tablename__,
                "id organization_id number reference location_id status order_date notes net_total revision "
                "version integration_status place_key number_key",
                [tuple(order) for order in orders.values()],
            ),
            (
                OrderLine.__tablename__,
                "id organization_id order_id position sku_id description quantity unit_price "
                "discount_percent amount",
                lines,
            ),
        ):
            names = columns.split()
            held = ", ".join(["?" if plain else "%s"] * len(names))
            cursor.executemany(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({held})', rows)  # noqa: S608
        connection.commit()


def taken(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
