"""What a person chose to push together, and what pushing it would come to."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import ColumnElement, case, func, select

from portal.company import current, days
from portal.extensions import db
from portal.models import BulkRun, Location, Order, Organization, Problem, RunRecord
from portal.models.base import chunks
from portal.models.kinds import RECORDS, RecordKind
from portal.outbox.statuses import PUSHABLE, STATUSES, those
from portal.sales.search import matching
from portal.sales.search.filters import Filter

MOST_TICKED = 2_000
"""Rows that can be ticked one by one; more are chosen by what they match."""


@dataclass(frozen=True)
class Chosen:
    """What a person chose to push: the ticked records, all that match a filter, or what a run keeps."""

    record_kind: RecordKind
    ids: tuple[uuid.UUID, ...] = ()
    narrowed: Filter | None = None
    run_id: uuid.UUID | None = None

    @classmethod
    def of(cls, run: BulkRun) -> Self:
        """What was offered to be pushed by this run: the same records whenever it is looked at."""
        return cls(run.record_kind, run_id=run.id)

    @property
    def nothing(self) -> bool:
        return self.narrowed is None and self.run_id is None and not self.ids

    def condition(self) -> list[ColumnElement[bool]]:
        model = RECORDS[self.record_kind].model
        if self.narrowed is not None:
            return matching.look(self.narrowed).conditions()
        if self.run_id is not None:
            return [model.id.in_(select(RunRecord.record_id).where(RunRecord.run_id == self.run_id))]
        return [model.id.in_(self.ids)]


@dataclass
class Share:
    """Some of what was chosen. Money: cents before tax by currency, "" for the organization's own."""

    records: int = 0
    money: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True)
class BulkPreview:
    """What a push of these records would come to, by the group of a status, and `not_finalized`."""

    shares: Mapping[str, Share]

    def __getitem__(self, group: str) -> Share:
        return self.shares.get(group, Share())

    @property
    def would_go(self) -> int:
        return sum(self[group].records for group in PUSHABLE)

    @property
    def left_out(self) -> int:
        """All that a push can do nothing for."""
        return sum(share.records for group, share in self.shares.items() if group not in PUSHABLE)

    @property
    def money(self) -> dict[str, int]:
        """Of all that would go."""
        found: dict[str, int] = defaultdict(int)
        for group in PUSHABLE:
            for currency, cents in self[group].money.items():
                found[currency] += cents
        return found


@dataclass(frozen=True)
class SharedCause:
    """A cause shared by some records, with the problem that tells it."""

    problem: Problem
    records: int


def preview(chosen: Chosen) -> BulkPreview:
    """Counted in one query from the status that every row carries, whatever their number."""
    model = RECORDS[chosen.record_kind].model
    groups: list[Any] = [model.integration_status]
    columns: list[Any] = [func.count()]
    if model is Order:
        groups += [Order.status, Order.currency]
        columns += [func.sum(Order.net_total)]
    counted = select(*groups, *columns).where(*chosen.condition()).group_by(*groups)
    shares: dict[str, Share] = defaultdict(Share)
    for status, *rest in db.session.execute(counted):
        order_status, currency, count, cents = rest if model is Order else ("finalized", "", *rest, None)
        share = shares[share_of(status, order_status)]
        if model is Order:
            share.money[currency or ""] += int(cents)
        share.records += count
    return BulkPreview(dict(shares))


def share_of(integration_status: str, order_status: str = "finalized") -> str:
    """What a push can do about a record: the group of its status, or `not_finalized`."""
    return STATUSES[integration_status].group if order_status == "finalized" else "not_finalized"


def billed_in() -> ColumnElement[str]:
    """The currency of an order, beside its location: as it was frozen, or as finalizing it now would."""
    company = current.connection()
    if company is not None:
        home = company.home_currency
    else:
        home = db.session.get_one(Organization, db.session.info["organization_id"]).currency
    frozen = case((Order.status.in_(("finalized", "cancelled")), Order.currency))
    return func.coalesce(frozen, Location.currency, home)


def money_of(ids: Collection[uuid.UUID]) -> dict[str, int]:
    """Cents before tax of these orders by currency."""
    found: dict[str, int] = defaultdict(int)
    currency = billed_in()
    for some in chunks(ids):
        sums = (
            select(currency, func.sum(Order.net_total))
            .join(Location, Location.id == Order.location_id)
            .where(Order.id.in_(some))
            .group_by(currency)
        )
        for code, cents in db.session.execute(sums, execution_options={"by_ids": True}):
            found[code] += int(cents)
    return dict(found)


def would_be_pushed(chosen: Chosen) -> list[ColumnElement[bool]]:
    """Of orders: what those meet that a push can do something for."""
    pushable = Order.integration_status.in_(those(*PUSHABLE))
    return [*chosen.condition(), Order.status == "finalized", pushable]


def dated_ahead(chosen: Chosen) -> int:
    """How many of the orders that would go are dated a day that is still to come."""
    company = current.connection()
    if company is None:
        return 0
    later = Order.invoice_date > days.today(company)
    ahead = select(func.count(Order.id)).where(*would_be_pushed(chosen), later)
    return db.session.scalar(ahead) or 0


def lacking_purchase_order(going: Sequence[ColumnElement[bool]]) -> int:
    """How many of these orders lack a purchase order number that their customer asks for."""
    lacking = Location.purchase_order_required, func.coalesce(Order.purchase_order_number, "") == ""
    found = select(func.count(Order.id)).join(Order.location).where(*going, *lacking)
    return db.session.scalar(found) or 0


def standing_in_the_way(chosen: Chosen, limit: int = 10) -> list[SharedCause]:
    """Why some of what was chosen can't go yet: by what they share, most records first."""
    model = RECORDS[chosen.record_kind].model
    stuck = select(model.id).where(*chosen.condition(), model.integration_status.in_(those("in_the_way")))
    if model is Order:
        stuck = stuck.where(Order.status == "finalized")
    return causes_among(chosen.record_kind, Problem.record_id.in_(stuck), limit)


def causes_among(record_kind: RecordKind, condition: ColumnElement[bool], limit: int) -> list[SharedCause]:
    """The open problems of some records, by cause, each told by one of them."""
    mine = (Problem.record_kind == record_kind, condition, Problem.resolved_at.is_(None))
    records = func.count(Problem.record_id.distinct())
    counted = dict(
        db.session.execute(
            select(Problem.cause, records)
            .where(*mine)
            .group_by(Problem.cause)
            .order_by(records.desc(), Problem.cause)
            .limit(limit)
        ).all()
    )
    turn = func.row_number().over(partition_by=Problem.cause, order_by=(Problem.found_at, Problem.id))
    numbered = select(Problem.id, turn.label("turn")).where(*mine, Problem.cause.in_(counted)).subquery()
    first = select(numbered.c.id).where(numbered.c.turn == 1)
    told = {
        problem.cause: problem for problem in db.session.scalars(select(Problem).where(Problem.id.in_(first)))
    }
    return [SharedCause(told[cause], count) for cause, count in counted.items() if cause in told]
