"""How long the server takes for each page that can be looked at, beside what its own queries alone take.

`python -m benchmarks.pages [--orders N] [part of an address…]`
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from benchmarks import stored
from portal.extensions import db
from portal.models import (
    BulkDecision,
    BulkRun,
    ChargeKind,
    Customer,
    ImportRun,
    Location,
    Order,
    PaymentTerm,
    Product,
    Sku,
    User,
)
from portal.models.kinds import RECORDS

WARM_UP, ROUNDS = 2, 9
SLOW = 60  # milliseconds; pages above are marked
# A record of each kind, by the names that addresses give their ids.
SAMPLES: dict[str, Any] = {
    "charge_kind_id": ChargeKind,
    "customer_id": Customer,
    "decision_id": BulkDecision,
    "import_id": ImportRun,
    "location_id": Location,
    "order_id": Order,
    "payment_term_id": PaymentTerm,
    "product_id": Product,
    "run_id": BulkRun,
    "sku_id": Sku,
    "term_id": PaymentTerm,
    "user_id": User,
}
# No pages: files, the way back from Intuit, and what answers machines.
LEFT_OUT = {"static", "integrations.callback", "health.health"}
Statement = tuple[str, Any]


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.pages", description=__doc__)
    asked.add_argument("--orders", type=int, default=20_000)
    asked.add_argument("parts", nargs="*", help="only addresses that hold one of these")
    options = asked.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        print(f"Storing {options.orders:,} orders…", flush=True)
        app = stored.portal(Path(home), options.orders)
        client, organization_id = signed_in(app)
        found, unknown = addresses(app, organization_id)
        print(f"{'median ms':>9}  {'SQL ms':>6}  {'ratio':>5}  {'queries':>7}  {'kB':>5}  page")
        for address in sorted(found):
            if not options.parts or any(part in address for part in options.parts):
                print(measured(app, client, address), flush=True)
    for rule in unknown:
        print(f"Not measured, since there is no sample for it: {rule}", file=sys.stderr)
    return 1 if unknown else 0


def measured(app: Flask, client: FlaskClient, address: str) -> str:
    """`SQL ms` is the floor: the page's own statements, run bare on the same database right afterwards."""
    with statements() as seen:
        answer = client.get(address)
    if answer.status_code != 200:
        nothing = f"{'–':>9}  {'–':>6}  {'–':>5}  {len(seen):>7}  {'–':>5}"
        return f"{nothing}  {shown(address)} (answers {answer.status_code})"
    size = len(answer.get_data()) / 1000
    page = median_of(lambda: client.get(address).get_data())
    with app.app_context(), db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None

        def bare() -> None:
            for sql, values in seen:
                raw.execute(sql, values).fetchall()

        floor = median_of(bare)
    mark = "  ← slow" if page > SLOW else ""
    ratio = f"{page / floor:.1f}" if floor else "–"
    return f"{page:>9.1f}  {floor:>6.1f}  {ratio:>5}  {len(seen):>7}  {size:>5.0f}  {shown(address)}{mark}"


def median_of(action: Callable[[], Any]) -> float:
    """In milliseconds."""
    times = []
    for _ in range(WARM_UP + ROUNDS):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[WARM_UP:])


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """Collects what is read while it is open."""
    seen: list[Statement] = []

    def look(connection: Any, cursor: Any, sql: str, values: Any, *rest: Any) -> None:
        if re.match(r"\s*(SELECT|WITH)\b", sql, re.I):
            seen.append((sql, values))

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def signed_in(app: Flask) -> tuple[FlaskClient, uuid.UUID]:
    """A client of the one administrator, and whose it is."""
    client = app.test_client()
    with app.app_context():
        found = select(User).where(User.email == stored.EMAIL).execution_options(unscoped="benchmark")
        user = db.session.scalars(found).one()
        session_id, organization_id = f"{user.id}:{user.session_key}", user.organization_id
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = session_id, True
    return client, organization_id


def addresses(app: Flask, organization_id: uuid.UUID) -> tuple[list[str], list[str]]:
    """Every page with sample records; and the rules that name something there is no sample of."""
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        ids = {name: str(_one(model) or "") for name, model in SAMPLES.items()}
        unsent = str(_one(Order, "not_sent") or "")
    found: list[str] = []
    unknown: list[str] = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in LEFT_OUT:
            continue
        paths = [rule.rule.replace("<record:ref>", f"{kind}/<uuid:{kind}_id>") for kind in RECORDS]
        paths = list(dict.fromkeys(paths))
        for converter, name in re.findall(r"<(any\([^)]*\)):(\w+)>", rule.rule):
            choices = re.findall(r"[\w-]+", converter.removeprefix("any"))
            paths = [path.replace(f"<{converter}:{name}>", choice) for path in paths for choice in choices]
        for path in paths:
            filled = _filled(path, ids | {"order_id": unsent} if path.endswith("/edit") else ids)
            (unknown if filled is None else found).append(filled or path)
    return found, unknown


def shown(address: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", address)


def _filled(path: str, ids: dict[str, str]) -> str | None:
    for name in re.findall(r"<uuid:(\w+)>", path):
        value = ids.get(name)
        if not value:
            return None
        path = path.replace(f"<uuid:{name}>", value)
    return None if "<" in path else path


def _one(model: Any, status: str = "synced") -> uuid.UUID | None:
    """An order in that state where there is one, and any record of another kind."""
    found = select(model.id).limit(1)
    if model is Order:
        found = found.order_by(Order.integration_status != status)
    return db.session.scalar(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
