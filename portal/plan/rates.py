"""The exchange rate of a document that is not in the home currency: which it carries, what that comes to.

QBO books rate 1 where none is sent, so every such document names one: that of its date, read once and kept
with the order; and once it stands in QBO the rate that stands there, whatever somebody made of it. Rates are
home units for one foreign unit, as QBO has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.company.entities import Entity
from portal.dates import day as day_words
from portal.models import Order
from portal.models.kinds import ref_of
from portal.models.types import number_of
from portal.plan.amounts import EXACT, half_up, plain
from portal.plan.dates import sent_date
from portal.plan.document_dates import date_of
from portal.plan.group_standing import choice_of
from portal.plan.orders import Frozen
from portal.plan.paid import PAYING, as_it_stands, paid_on
from portal.plan.types import Company, Context, Linked
from portal.problems import Found, causes

THERE = "the rate that stands in QuickBooks"
OURS = "the rate that it was sent with"


@dataclass(frozen=True)
class Rate:
    """value: None where none is known. missing: QBO was asked, and has none. source: where it comes from."""

    currency: str
    day: date
    value: Decimal | None = None
    missing: bool = False
    source: str = ""


@dataclass(frozen=True)
class RateWanted:
    """What an order's document needs a rate of. kept: the order has it. redated: of a document that stands
    there, and gets another date: it brings a rate only where nothing is paid.
    """

    currency: str
    day: date
    kept: bool = False
    redated: bool = False


def pair(currency: str, home: str) -> str:
    """What a kept rate is one of: “USD/CAD”."""
    return f"{currency}/{home}"


def foreign_currency(currency: str | None, company: Company) -> str | None:
    """The currency of a document that has a rate; None for one in the home currency, which has none."""
    if not company.multicurrency or currency in (None, "", company.home_currency):
        return None
    return currency


def rate_wanted(order: Order, context: Context) -> RateWanted | None:
    """Of which currency and day a rate may have to be read before this order is planned."""
    frozen, linked = Frozen.of(order), context.links.get(ref_of(order))
    currency = foreign_currency(frozen.currency, context.company)
    if currency is None or (linked is not None and linked.voided):
        return None
    day = date_of(order, context)
    if day > context.today:
        return None  # it waits for that day, and QBO may have no rate of it before
    stands = linked is not None and _is_in(currency, linked)
    if linked is not None and stands and (_standing(linked) is None or not _is_redated(day, linked)):
        return None
    return RateWanted(currency, day, _kept(order, currency, day, context) is not None, stands)


def rate_of(order: Order, currency: str | None, day: date, context: Context) -> Rate | None:
    """The rate that its document carries; day: that of the document. None for one in the home currency, and
    for one that stands there and shows none.
    """
    currency = foreign_currency(currency, context.company)
    linked = context.links.get(ref_of(order))
    if currency is None:
        return None
    if linked is not None and not linked.voided and _is_in(currency, linked):
        standing = _standing(linked)
        if standing is None:
            return None
        if (chosen := _chosen(linked)) is not None:
            return Rate(currency, day, plain(chosen), source=OURS)
        if not (_is_redated(day, linked) and is_unpaid(as_it_stands(linked))):
            return Rate(currency, day, plain(standing), source=THERE)
    kept = _kept(order, currency, day, context)
    missing = kept is None and (currency, day) in context.unrated
    return Rate(currency, day, None if kept is None else plain(kept), missing, read_on(day))


def read_on(day: date) -> str:
    """Where a rate comes from that was read."""
    return f"rate of {day_words(day)} from QuickBooks"


def rate_problem(rate: Rate, home: str) -> Found:
    """QBO has no rate for it. All orders of one currency and day share it."""
    values = {"currency": rate.currency, "home": home, "date": rate.day.isoformat()}
    return Found("exchange_rate_missing", values, causes.of_rate(rate.currency, rate.day))


def home_amount(cents: int, rate: Decimal) -> int:
    """Cents of the home currency, half a cent away from zero, as QBO rounds."""
    return half_up(EXACT.multiply(Decimal(cents), rate))


def is_unpaid(there: Entity) -> bool:
    """Whether a document as QBO shows it has no payment, credit or deposit; not where no answer told."""
    links: list[Mapping[str, Any]] = there.get("LinkedTxn") or []
    paying = any(link.get("TxnType") in PAYING for link in links)
    return there.get("Balance") is not None and paid_on(there) == 0 and not paying


def _standing(linked: Linked) -> Decimal | None:
    rate = number_of((linked.theirs or {}).get("ExchangeRate"))
    return rate if rate is not None and rate > 0 else None


def _chosen(linked: Linked) -> Decimal | None:
    """Ours, where a person said that it is to stand there again."""
    if choice_of("customer", linked) != "ours":
        return None
    return number_of(linked.decided["customer"]["ours"].get("ExchangeRate"))


def _is_in(currency: str, linked: Linked) -> bool:
    """Whether it stands there in this currency, as far as QBO has shown it."""
    there = ((linked.theirs or {}).get("CurrencyRef") or {}).get("value")
    return there in (None, currency)


def _is_redated(day: date, linked: Linked) -> bool:
    """Whether ours changed its date since it was sent, and the one that stands there isn't the new one."""
    sent = sent_date(linked.ours_then, None)
    return day not in (sent, sent_date(linked.theirs, None))


def _kept(order: Order, currency: str, day: date, context: Context) -> Decimal | None:
    same_pair = order.exchange_rate_pair == pair(currency, context.company.home_currency)
    return order.exchange_rate if same_pair and order.exchange_rate_date == day else None
