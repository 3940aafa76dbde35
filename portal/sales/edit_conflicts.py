"""Of two people who edit a record at once, the second is told what is stored now, and loses nothing."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, inspect, update
from sqlalchemy.orm import InstanceState

from portal.extensions import db
from portal.models import ChargeKind, Customer, Location, Order, Organization, PaymentTerm, Product, Sku
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.sales.field_words import FieldDifference, differences

Versioned = Customer | Location | Product | Sku | PaymentTerm | ChargeKind | Order | Organization


class ChangedMeanwhile(Exception):
    """The record was saved after this form was opened; `differences`: what is stored, what was entered."""

    def __init__(self, version: int, found: list[FieldDifference]) -> None:
        super().__init__("changed meanwhile")
        self.version = version
        self.differences = found


def write(record: Versioned, values: Mapping[str, Any], version: int) -> None:
    """Set these columns of a record, if it is new or as the form showed it. Raises ChangedMeanwhile.

    `version`: the one the form was made from. Where the other person stored the very same, there is nothing
    to tell. The caller saves and commits.
    """
    state: InstanceState[Any] = inspect(record)
    if state.persistent and not turn(record, version):
        found = differences({name: getattr(record, name) for name in values}, values)
        if found:
            raise ChangedMeanwhile(record.version, found)
    for name, value in values.items():
        setattr(record, name, value)


def turn(record: Versioned, version: int, *conditions: ColumnElement[bool]) -> bool:
    """Raise the record's version if it still is this one; of several transactions at once, one can.

    Either way the record then reads as stored.
    """
    keep_drain_out_of_company()
    table = type(record)
    statement = (
        update(table)
        .where(table.id == record.id, table.version == version, *conditions)
        .values(version=version + 1)
    )
    result = cast(
        "CursorResult[Any]", db.session.execute(statement, execution_options={"synchronize_session": False})
    )
    db.session.refresh(record)
    return result.rowcount == 1
