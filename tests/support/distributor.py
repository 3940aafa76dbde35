"""Records of an organization for tests in one process; call them inside an app context, they flush."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select, update

from portal.extensions import db
from portal.models import (
    Actor,
    ChargeKind,
    Connection,
    Customer,
    Delivery,
    Link,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    PaymentTerm,
    Product,
    Push,
    Sku,
    SyncSettings,
    Theirs,
    User,
)
from portal.models.base import now
from portal.models.kinds import ref_of
from portal.models.sales import line_amount, net_total
from portal.runtime.times import times
from portal.sales.search import index

_numbers = itertools.count(1)


@contextmanager
def working_in(app: Flask, organization_id: uuid.UUID) -> Iterator[None]:
    """A session in the organization; commits at its end."""
    with app.app_context():
        db.session.info["organization_id"] = organization_id
        yield
        db.session.commit()


def nothing_can_land_any_more() -> None:
    """As if so much time had passed since what is unsure was sent: it is looked for at once."""
    past = now() - timedelta(seconds=times().settle + 1)
    unsure = update(Delivery).where(Delivery.state == "unsure")
    db.session.execute(unsure.values(armed_at=past, resolve_at=now() - timedelta(seconds=1)))


def owner() -> dict[str, Any]:
    return {"organization_id": db.session.info["organization_id"]}


def bo(name: str = "Bo Bookkeeper") -> Actor:
    """A person of the organization who acts, made if there is none of this name. Flushes nothing else."""
    with db.session.no_autoflush:
        found = db.session.scalar(select(User).where(User.name == name))
        if found is None:
            values = {"email": f"{uuid.uuid4().hex}@example.com", "role": "bookkeeper", "password_hash": "-"}
            db.session.execute(insert(User).values(**owner(), **values, name=name))
            found = db.session.scalars(select(User).where(User.name == name)).one()
        return found.as_actor()


def connection(**values: Any) -> Connection:
    given = {
        "realm_id": str(next(_numbers)),
        "company_name": "Maple Inc.",
        "country": "CA",
        "home_currency": "CAD",
    }
    return _stored(Connection(**owner(), **(given | values)))


def sync(**values: Any) -> SyncSettings:
    return _stored(SyncSettings(**owner(), **values))


def term(name: str = "Net 30", days: int = 30) -> PaymentTerm:
    return _stored(PaymentTerm(**owner(), name=f"{name} {next(_numbers)}", days=days))


def customer(**values: Any) -> Customer:
    number = next(_numbers)
    return _stored(Customer(**owner(), **{"number": f"C{number}", "name": f"Pub {number}", **values}))


def location(**values: Any) -> Location:
    number = next(_numbers)
    values = {"number": f"L{number}", "name": f"Bar {number}", **values}
    if "customer" not in values and "customer_id" not in values:
        values["customer"] = customer()
    return _stored(Location(**owner(), **values))


def product(**values: Any) -> Product:
    return _stored(Product(**owner(), **{"name": f"Lager {next(_numbers)}", **values}))


def sku(**values: Any) -> Sku:
    number = next(_numbers)
    given = {"code": f"SKU-{number}", "name": f"Case {number}", "unit_price": Decimal("12.50"), **values}
    if "product" not in given:
        given["product"] = product()
    return _stored(Sku(**owner(), **given))


def charge_kind(name: str = "Delivery", **values: Any) -> ChargeKind:
    return _stored(ChargeKind(**owner(), name=f"{name} {next(_numbers)}", **values))


def order(
    lines: list[tuple[Sku, str, str]] | None = None,
    charges: list[tuple[ChargeKind, int]] | None = None,
    **values: Any,
) -> Order:
    """A delivered order of two cases; `lines`: (sku, quantity, unit price), `charges`: (kind, cents)."""
    given = {
        "number": f"{10000 + next(_numbers)}",
        "status": "delivered",
        "order_date": date(2026, 11, 2),
        "delivery_date": date(2026, 11, 4),
        **values,
    }
    if "location" not in given:
        given["location"] = location()
    made = Order(**owner(), **given)
    made.lines = [
        OrderLine(
            **owner(),
            position=position,
            sku=sold,
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            discount_percent=Decimal(0),
            amount=line_amount(Decimal(quantity), Decimal(price), Decimal(0)),
        )
        for position, (sold, quantity, price) in enumerate(
            lines if lines is not None else [(sku(), "2", "12.50")]
        )
    ]
    made.charges = [
        OrderCharge(**owner(), position=position, charge_kind=kind, amount=amount)
        for position, (kind, amount) in enumerate(charges or [])
    ]
    made.net_total = net_total(made)
    return _stored(made)


def link(company: Connection, record_kind: str, record_id: uuid.UUID, **values: Any) -> Link:
    """`theirs`: what stands there; values of `Theirs` are given like those of the link."""
    given = {"kind": "invoice", "external_id": str(next(_numbers)), "number": "1043", "revision": 1} | values
    fields = given.pop("theirs", {})
    columns = Theirs.__table__.columns.keys()
    there = {name: given.pop(name) for name in list(given) if name in columns}
    standing = Theirs(**owner(), connection_id=company.id, **there, fields=fields)
    return _stored(Link(**owner(), record_kind=record_kind, record_id=record_id, theirs=standing, **given))


def pushes(record_id: uuid.UUID | None = None) -> list[Push]:
    """The pushes of a record, or all, oldest first."""
    statement = select(Push).order_by(Push.asked_at)
    if record_id is not None:
        statement = statement.where(Push.record_id == record_id)
    return list(db.session.scalars(statement))


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _stored(record: Any) -> Any:
    db.session.add(record)
    db.session.flush()
    if isinstance(record, Location | Sku | Order):
        index.renew(ref_of(record).kind, [record.id])
    return record
