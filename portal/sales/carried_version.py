"""An order as QuickBooks last had it: kept when it is reopened, to be compared with and to be put back."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState

from portal.extensions import db
from portal.models import Link, Order, OrderCharge, OrderLine
from portal.plan.lines import discount_shares
from portal.sales.difference_lines import CHARGE, Row

# What editing doesn't change, or what says how far the order is.
STAYS = frozenset(
    {
        "id", "organization_id", "reference", "status", "revision", "version", "integration_status",
        "integration_reason", "not_to_be_sent", "carried_version", "corrects_id", "returns_id",
        "filed_tax_sent",
    }
)  # fmt: skip
OF_ROW = frozenset({"id", "organization_id", "order_id"})
TYPE = "type"
# What JSON has no value for: how it is written and read. A time is a day, too, and comes before it.
TYPES: Mapping[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "time": (datetime, datetime.isoformat, datetime.fromisoformat),
    "day": (date, date.isoformat, date.fromisoformat),
    "number": (Decimal, str, Decimal),
    "id": (uuid.UUID, str, uuid.UUID),
}


@dataclass(frozen=True)
class Version:
    """The columns of the order, of each line and each charge; cents that each line bears of the discount."""

    order: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    charges: Sequence[Mapping[str, Any]]
    shares: Sequence[int]


def keep_version(order: Order, link: Link | None) -> None:
    """Keep a finalized order as it is, where what it says is what was last carried over; else what was kept
    before still is."""
    if link is not None and link.revision >= order.revision:
        order.carried_version = {
            "carried": link.revision,
            "order": _values(order, STAYS),
            "lines": [_values(line, OF_ROW) for line in order.lines],
            "charges": [_values(charge, OF_ROW) for charge in order.charges],
            "shares": discount_shares(order),
        }


def is_kept(order: Order, link: Link) -> bool:
    """Whether what was kept is what was last carried over: nothing was since."""
    return order.carried_version is not None and order.carried_version.get("carried") == link.revision


def kept_version(order: Order) -> Version:
    """What was kept; there is something."""
    if order.carried_version is None:
        raise ValueError("no version of this order was kept")
    kept = order.carried_version
    return Version(
        order=_restored(kept["order"]),
        lines=[_restored(one) for one in kept["lines"]],
        charges=[_restored(one) for one in kept["charges"]],
        shares=kept["shares"],
    )


def put_back_version(order: Order) -> None:
    """Make the order what it was; its status and revision stay the caller's. There is a version kept."""
    kept, owner = kept_version(order), order.organization_id
    for name, value in kept.order.items():
        setattr(order, name, value)
    order.lines = [OrderLine(organization_id=owner, **one) for one in kept.lines]
    order.charges = [OrderCharge(organization_id=owner, **one) for one in kept.charges]
    db.session.flush()


def rows_then(order: Order) -> list[Row]:
    """The lines and charges of the version kept, less the order's discount."""
    kept = kept_version(order)
    return [
        *(
            _row(line, line["amount"] - share, share)
            for line, share in zip(kept.lines, kept.shares, strict=True)
        ),
        *(_row_of_charge(charge) for charge in kept.charges),
    ]


def rows_now(order: Order) -> list[Row]:
    """The same of the order as it is now."""
    lines = zip(order.lines, discount_shares(order), strict=True)
    return [
        *(_row(_columns(line) | _of_sku(line), line.amount - share, share) for line, share in lines),
        *(
            _row_of_charge(_columns(charge) | {"tax_status": charge.charge_kind.tax_status})
            for charge in order.charges
        ),
    ]


def _of_sku(line: OrderLine) -> dict[str, str]:
    return {"tax_status": line.sku.tax_status, "kind": line.sku.kind}


def _row(line: Mapping[str, Any], amount: int, discount: int) -> Row:
    return Row(
        of=line["sku_id"],
        quantity=line["quantity"],
        amount=amount,
        tax_status=line["tax_status"],
        kind=line["kind"],
        description=line["description"],
        discount=discount,
    )


def _row_of_charge(charge: Mapping[str, Any]) -> Row:
    return Row(
        of=charge["charge_kind_id"],
        quantity=Decimal(1),
        amount=charge["amount"],
        tax_status=charge["tax_status"],
        kind=CHARGE,
        description=charge["description"],
    )


def _columns(record: Order | OrderLine | OrderCharge) -> dict[str, Any]:
    state: InstanceState[Any] = inspect(record)
    return {one.key: getattr(record, one.key) for one in state.mapper.column_attrs}


def _values(record: Order | OrderLine | OrderCharge, without: frozenset[str]) -> dict[str, Any]:
    return {name: _stored(value) for name, value in _columns(record).items() if name not in without}


def _stored(value: Any) -> Any:
    """As JSON, with what it was where JSON has no such value."""
    for name, (kind, write, _) in TYPES.items():
        if isinstance(value, kind):
            return {TYPE: name, "text": write(value)}
    return value


def _restored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: TYPES[value[TYPE]][2](value["text"]) if isinstance(value, dict) and TYPE in value else value
        for name, value in values.items()
    }
