"""What finalizing many orders in bulk costs, beside what the page takes for one: process CPU time and memory.

`python -m benchmarks.finalizing [--orders N]`
"""

import argparse
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from benchmarks import pages, stored
from portal.extensions import db
from portal.models import Actor, BulkRun, Order
from portal.sales.bulk import runs
from portal.sales.bulk.selection import Chosen
from portal.sales.search.filters import OrderFilter

ALONE = 60
MOST = 0.25  # of what the page takes for one


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.finalizing", description=__doc__)
    asked.add_argument("--orders", type=int, default=10_000)
    orders = asked.parse_args(arguments).orders
    with tempfile.TemporaryDirectory() as home:
        print(f"Storing {orders:,} delivered orders…", flush=True)
        # By another process, so that the memory told is not that of storing them.
        storing = get_context("spawn").Process(target=store, args=(home, orders + ALONE))
        storing.start()
        storing.join()
        app = stored.opened(Path(home))
        one = by_the_page(app)
        before = peak()
        done, many = in_bulk(app)
    ratio = many / done / one
    print(f"{one * 1000:>8.2f}  CPU ms for one by the page")
    print(f"{many / done * 1000:>8.2f}  CPU ms for each of {done:,} in bulk")
    print(f"{ratio:>8.3f}  ratio, at most {MOST}")
    print(f"{peak() - before:>8.0f}  MB of memory more than before at the peak of it")
    return 0 if ratio <= MOST else 1


def store(home: str, orders: int) -> None:
    stored.portal(Path(home), orders, shares={})


def by_the_page(app: Flask) -> float:
    """CPU seconds for one order, of the requests of some, one after the other."""
    client, organization_id = pages.signed_in(app)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        ids = db.session.scalars(select(Order.id).where(Order.status == "delivered").limit(ALONE)).all()

    def finalize(some: list[uuid.UUID]) -> None:
        for order_id in some:
            answer = client.post(f"/orders/{order_id}/finalize")
            assert answer.status_code == 302, answer.status_code

    warm = ALONE // 6
    finalize(list(ids[:warm]))
    return taken(lambda: finalize(list(ids[warm:]))) / (len(ids) - warm)


def in_bulk(app: Flask) -> tuple[int, float]:
    """How many, and the CPU seconds of their run from confirming to its end."""
    with app.app_context():
        organization_id = db.session.scalars(
            select(Order.organization_id).limit(1), execution_options={"unscoped": "benchmark"}
        ).one()
        db.session.info["organization_id"] = organization_id
        actor = Actor(organization_id, None, "Bench")
        run = runs.offer(Chosen("order", narrowed=OrderFilter(status="delivered")), actor, "finalize").id
        db.session.commit()

        def finalize() -> None:
            runs.confirm(run, actor)
            db.session.commit()
            runs.resolve(run)

        seconds = taken(finalize)
        done = db.session.get_one(BulkRun, run).done
    return done, seconds


def taken(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def peak() -> float:
    """MB that this process ever held at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
