"""What a bulk run other than a push would do with its orders, told before anybody confirms it."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select

from portal.company import current, days
from portal.extensions import db
from portal.mapping import sync_settings
from portal.models import (
    Connection,
    FiledTax,
    Link,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    Organization,
    Problem,
    Push,
    Sku,
    SyncSettings,
)
from portal.models.base import chunks
from portal.models.links import Theirs
from portal.models.push_conditions import to_the_company
from portal.models.pushes import IN_FLIGHT, Verb
from portal.models.sales import UNDISCOUNTED
from portal.problems import CATALOGUE
from portal.sales import finalizing, orders
from portal.sales.bulk.outlook import Outlook, outlook_of
from portal.sales.bulk.selection import (
    Chosen,
    Share,
    SharedCause,
    billed_in,
    causes_among,
    lacking_purchase_order,
)

MOST_LOOKED_AT = 500
"""So many reopened orders are looked at one by one, whether they ask how they are corrected."""
CAUSES = 5
DATED_LATER = [code for code, entry in CATALOGUE.items() if entry.may_be_dated_later]


@dataclass
class Prospect:
    """going: what it would be done with. left_out: how many of the others, by why.

    Of *Finalize*: pushed: those of them that then go by themselves, outlook: what that brings to QuickBooks,
    early: how many are dated too early to go, by why, with the day; needed: what stands in the way of the
    customers and items that they need; lacking: how many lack a purchase order number that is asked for.
    stands: how many stand in QuickBooks. moved: of dates, what moves.
    """

    going: Share
    left_out: dict[str, int]
    pushed: int = 0
    outlook: Outlook | None = None
    early: list[tuple[str, date, int]] = field(default_factory=list)
    needed: list[SharedCause] = field(default_factory=list)
    stands: int = 0
    lacking: int = 0
    moved: Sequence["Moved"] = ()

    @property
    def records(self) -> int:
        return self.going.records + sum(self.left_out.values())


@dataclass
class Moved:
    """What leaves one month for another, in one currency; "" for the organization's own. Cents; tax: of those
    whose tax was planned, untold: how many of them it is not known of. Months by their first day.
    """

    left: date
    entered: date
    currency: str
    records: int = 0
    net: int = 0
    tax: int = 0
    untold: int = 0


def counted(verb: Verb, chosen: Chosen) -> Prospect:
    """How many it would be done with, and why not with the others; in one statement, but for those that were
    reopened and may ask how they are corrected."""
    why = _why(verb)
    currency = billed_in()
    sums = (
        select(why, currency, func.count(), func.sum(Order.net_total))
        .join(Location, Location.id == Order.location_id)
        .where(*chosen.condition())
        .group_by(why, currency)
    )
    found, left_out = Share(), defaultdict[str, int](int)
    for reason, code, count, cents in db.session.execute(sums):
        if reason:
            left_out[reason] += count
        else:
            found.records += count
            found.money[code] += int(cents)
    if verb in ("finalize", "finalize_and_push"):
        for code, cents in _that_ask(chosen, why):
            left_out["asks_how"] += 1
            found.records -= 1
            found.money[code] -= cents
    found.money = defaultdict(int, {code: cents for code, cents in found.money.items() if cents})
    return Prospect(found, dict(left_out))


def look(verb: Verb, chosen: Chosen) -> Prospect:
    """The same with all that its page tells."""
    made = counted(verb, chosen)
    going = [*chosen.condition(), _why(verb) == ""]
    if verb in ("finalize", "finalize_and_push"):
        made.lacking = lacking_purchase_order(going)
        _look_at_pushes(made, going, verb)
    elif verb == "keep_back":
        made.stands = _count([*going, _document()])
    elif verb == "date_open":
        made.moved = moved(chosen)
    return made


def moved(chosen: Chosen) -> list[Moved]:
    """What dating them on the first open day moves from month to month, the earliest first."""
    found: dict[tuple[date, date, str], Moved] = {}
    for invoice_date, currency, net, tax, values in db.session.execute(_dated_later(chosen)).yield_per(1000):
        months = invoice_date.replace(day=1), date.fromisoformat(values["open_day"]).replace(day=1)
        one = found.setdefault((*months, currency or ""), Moved(*months, currency or ""))
        one.records += 1
        one.net += net
        one.tax += tax or 0
        one.untold += tax is None
    return [found[key] for key in sorted(found)]


def _dated_later(chosen: Chosen) -> Any:
    turn = func.row_number().over(partition_by=Problem.record_id, order_by=(Problem.found_at, Problem.code))
    first = (
        select(Problem.id, Problem.record_id, turn.label("turn"))
        .where(*_of_an_open_day())
        .where(Problem.record_id.in_(select(Order.id).where(*chosen.condition(), _why("date_open") == "")))
        .subquery()
    )
    return (
        select(Order.invoice_date, Order.currency, Order.net_total, Order.tax_total, Problem.values)
        .join(first, first.c.record_id == Order.id)
        .join(Problem, Problem.id == first.c.id)
        .where(first.c.turn == 1)
    )


def _look_at_pushes(made: Prospect, going: list[ColumnElement[bool]], verb: Verb) -> None:
    company, settings = current.connection(), sync_settings.settings()
    sent = [*going, Order.not_to_be_sent.is_(None)]
    dated = _dated(settings)
    if verb == "finalize" and settings.start_date is not None:
        sent.append(dated >= settings.start_date)
    if company is None or (verb == "finalize" and not settings.orders_on):
        return
    made.pushed = _count(sent)
    if not made.pushed:
        return
    made.outlook = outlook_of("order", sent, dated)
    made.early = _early(company, settings, going, dated)
    places = select(Order.location_id).where(*sent)
    skus = select(OrderLine.sku_id).where(OrderLine.order_id.in_(select(Order.id).where(*sent)))
    made.needed += causes_among("location", Problem.record_id.in_(places), CAUSES)
    made.needed += causes_among("sku", Problem.record_id.in_(skus), CAUSES)


def _early(
    company: Connection, settings: SyncSettings, going: Sequence[ColumnElement[bool]], dated: Any
) -> list[tuple[str, date, int]]:
    filed = db.session.scalar(select(func.max(FiledTax.until)).where(FiledTax.connection_id == company.id))
    until = {"closed": company.closing_date, "filed": filed}
    if settings.start_date is not None:
        until["start"] = settings.start_date - timedelta(days=1)
    found = []
    for why, day in until.items():
        if day is not None and (count := _count([*going, dated <= day])):
            found.append((why, day + timedelta(days=1) if why == "start" else day, count))
    return found


def _count(conditions: Sequence[ColumnElement[bool]]) -> int:
    return db.session.scalar(select(func.count(Order.id)).where(*conditions)) or 0


def _that_ask(chosen: Chosen, why: ColumnElement[str]) -> list[tuple[str, int]]:
    """Currency and cents of those whose customer holds the document that finalizing them would change."""
    reopened = (
        select(Order.id)
        .join(Location, Location.id == Order.location_id)
        .where(*chosen.condition(), why == "", Order.carried_version.is_not(None), _document())
        .limit(MOST_LOOKED_AT)
    )
    asking: set[uuid.UUID] = finalizing.those_that_ask(db.session.scalars(reopened).all())
    found: list[tuple[str, int]] = []
    for some in chunks(asking):
        rows = (
            select(billed_in(), Order.net_total)
            .join(Location, Location.id == Order.location_id)
            .where(Order.id.in_(some))
        )
        found += [(code, cents) for code, cents in db.session.execute(rows)]
    return found


def _why(verb: Verb) -> ColumnElement[str]:
    """Why it would not be done with an order, as its run would count it; empty where it would be."""
    return case(*_WHY[verb](), else_="")


def _why_not_finalized() -> list[Any]:
    settings = sync_settings.settings()
    goods = (
        select(func.coalesce(func.sum(OrderLine.amount), 0))
        .join(Sku, Sku.id == OrderLine.sku_id)
        .where(OrderLine.order_id == Order.id, Sku.kind.not_in(UNDISCOUNTED))
        .correlate(Order)
        .scalar_subquery()
    )
    lines = exists().where(OrderLine.order_id == Order.id)
    charges = exists().where(OrderCharge.order_id == Order.id)
    given: list[Any] = [(Order.status != "delivered", Order.status), (~or_(lines, charges), "no_lines")]
    organization = db.session.get_one(Organization, db.session.info["organization_id"])
    if organization.zone is None:
        given.append((literal(True), "no_zone"))
    if settings.invoice_date_rule == "delivery":
        given.append((Order.delivery_date.is_(None), "no_date"))
    most = case((goods > 0, goods), else_=0)
    given.append((and_(Order.discount_amount > 0, Order.discount_amount > most), "discount"))
    return given


def _why_not_kept_back() -> list[Any]:
    return [
        (_under_way(), "under_way"),
        (Order.status == "cancelled", "cancelled"),
        (Order.not_to_be_sent.is_not(None), "held_already"),
    ]


def _why_not_sent() -> list[Any]:
    return [(_under_way(), "under_way"), (Order.not_to_be_sent.is_(None), "not_held")]


def _why_not_dated() -> list[Any]:
    closed = exists().where(Problem.record_id == Order.id, *_of_an_open_day())
    return [(_under_way(), "under_way"), (~closed, "no_open_day")]


def _why_not_reopened() -> list[Any]:
    return [
        (_under_way(), "under_way"),
        (_document(), "in_quickbooks"),
        (Order.status.in_(orders.EDITABLE), "open"),
        (Order.status != "finalized", Order.status),
    ]


def _of_an_open_day() -> list[ColumnElement[bool]]:
    return [
        Problem.record_kind == "order",
        Problem.code.in_(DATED_LATER),
        Problem.resolved_at.is_(None),
        func.coalesce(Problem.values["open_day"].as_string(), "") != "",
    ]


def _under_way() -> ColumnElement[bool]:
    return exists().where(
        Push.record_kind == "order", Push.record_id == Order.id, Push.state.in_(IN_FLIGHT), to_the_company()
    )


def _document() -> ColumnElement[bool]:
    """What QuickBooks has of an order, as `finalizing.documents_of`."""
    books = current.connection()
    stands = select(Link.id).join(Link.theirs).where(~Theirs.voided, ~Theirs.gone)
    if books is not None:
        stands = stands.where(Link.connection_id == books.id)
    return stands.where(Link.record_kind == "order", Link.record_id == Order.id).exists()


def _dated(settings: SyncSettings) -> Any:
    """The day that finalizing dates an order."""
    if settings.invoice_date_rule == "order":
        return Order.order_date
    if settings.invoice_date_rule == "delivery":
        return Order.delivery_date
    organization = db.session.get_one(Organization, db.session.info["organization_id"])
    return func.coalesce(Order.invoice_date, days.today_of(organization))


_WHY: Mapping[Verb, Any] = {
    "finalize": _why_not_finalized,
    "finalize_and_push": _why_not_finalized,
    "keep_back": _why_not_kept_back,
    "send_after_all": _why_not_sent,
    "date_open": _why_not_dated,
    "reopen": _why_not_reopened,
}
