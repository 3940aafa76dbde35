"""Sales tax that is filed already: which documents a return would show as an exception, and of how much."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from portal.company.entities import Entity
from portal.dates import day_in
from portal.models import Order
from portal.models.kinds import DOCUMENTS, Kind
from portal.models.types import units
from portal.plan.amounts import percent_of
from portal.plan.dates import Dates, sent_date
from portal.plan.lines import Lines
from portal.plan.orders import Frozen
from portal.plan.tax_rates import borne_by
from portal.plan.taxes import UNTAXED, Bearing
from portal.plan.types import Context, Filed, Linked, TaxCode
from portal.problems import Found, causes

Borne = Sequence[tuple[int, Bearing]]
"""Lines as cents before tax, and what each bears."""


def filed_for(order: Order, made: Lines, linked: Linked | None, context: Context) -> list[Filed]:
    """Up to when the tax is filed that these lines bear, or those of the document that stands; none once an
    administrator said that this revision goes all the same."""
    if order.filed_tax_sent == order.revision:
        return []
    there = _standing(linked.kind, linked.theirs or {}, context) if linked and not linked.voided else []
    borne = [*((amount, bears) for amount, bears in made.borne if bears), *there]
    return [one for one in context.filed if _bears_tax_of(borne, one.agency)]


def filed_problem(
    order: Order, planned: Dates, made: Lines, linked: Linked | None, filed: Iterable[Filed], context: Context
) -> Found | None:
    """What a return that is filed has against the document, dated as planned or as it stands."""
    sent = sent_date(linked.theirs, linked.ours_then) if linked and not linked.voided else None
    closed = [one for one in filed if planned.txn <= one.until or (sent is not None and sent <= one.until)]
    if not closed:
        return None
    latest = max(closed, key=lambda one: one.until)
    stands = sent is not None and sent <= latest.until
    now = _share(_known(made), latest.agency, planned.txn)
    if linked and sent:
        before = _share(_standing(linked.kind, linked.theirs or {}, context), latest.agency, sent)
        now = None if now is None or before is None else now - before
    told = _told(now, Frozen.of(order).currency, context)
    values = _values(min(planned.txn, sent or planned.txn), latest, told, "the change" if stands else "it")
    if not stands:
        first = max(one.until for one in [*filed, *_closing(context)]) + timedelta(days=1)
        values |= {"open_day": first.isoformat()}
        year = year_end_between(planned.invoice, first, context.company.fiscal_month)
        if year:
            values |= {"year_end": f" That day is in the fiscal year that began {day_in(year)}."}
    return Found("tax_filed_change" if stands else "tax_filed", values, causes.TAX_FILED)


def void_into_filed(order: Order, kind: Kind, entity: Entity, context: Context) -> Found | None:
    """What a return that is filed has against voiding a document as QBO shows it."""
    dated, borne = sent_date(entity, None), _standing(kind, entity, context)
    if order.filed_tax_sent == order.revision or dated is None:
        return None
    closed = [one for one in context.filed if dated <= one.until and _bears_tax_of(borne, one.agency)]
    if not closed:
        return None
    latest = max(closed, key=lambda one: one.until)
    share = _share(borne, latest.agency, dated)
    currency = (entity.get("CurrencyRef") or {}).get("value")
    told = _told(None if share is None else -share, currency, context)
    values = _values(dated, latest, told, "the void")
    return Found("tax_filed_change", values, causes.TAX_FILED)


def year_end_between(earlier: date, later: date, fiscal_month: int) -> str:
    """The first day of the fiscal year in which the later day lies, if that is another year; else empty."""
    begins = [date(day.year - (day.month < fiscal_month), fiscal_month, 1) for day in (earlier, later)]
    return begins[1].isoformat() if begins[0] != begins[1] else ""


def _told(cents: int | None, currency: str | None, context: Context) -> str:
    """“an exception of 6.50 USD”: the return itself is in the home currency."""
    if cents is None:
        return "an exception"
    foreign = currency not in (None, "", context.company.home_currency)
    return f"an exception of {units(cents):,.2f}{f' {currency}' if foreign else ''}"


def _values(day: date, filed: Filed, exception: str, what: str) -> dict[str, Any]:
    told = {"date": day.isoformat(), "filed_until": filed.until.isoformat()}
    return {**told, "agency": filed.name, "exception": exception, "what": what, "year_end": ""}


def _closing(context: Context) -> list[Filed]:
    closing = context.company.closing_date
    return [Filed("", "the books", closing)] if closing else []


def _known(made: Lines) -> Borne:
    return [(amount, bears) for amount, bears in made.borne if bears]


def _standing(kind: Kind, entity: Mapping[str, Any], context: Context) -> Borne:
    """The lines of a document of theirs, in an order's signs."""
    sign = DOCUMENTS[kind].sign
    return [(sign * net, bears) for net, bears in borne_by(entity, context.tax_codes)]


def _bears_tax_of(borne: Borne, agency: str) -> bool:
    """Where QBO alone knows the rates, of any; a code read before its agencies were kept counts as of any."""
    return any(
        bears.code != UNTAXED
        and (
            bears.rate is None
            or agency in bears.rate.agencies
            or (bears.rate.rate != 0 and not bears.rate.agencies)
        )
        for _, bears in borne
        if bears.code
    )


def _share(borne: Borne, agency: str, day: date) -> int | None:
    """Cents of tax that an agency is due of these lines on a day; None where QBO alone knows."""
    total = 0
    for net, bears in borne:
        if not bears.code or bears.code == UNTAXED:
            continue
        if bears.rate is None:
            return None
        total += _of_line(net, bears.rate.on(day), agency)
    return total


def _of_line(net: int, code: TaxCode, agency: str) -> int:
    if not code.agencies or set(code.agencies) == {agency}:
        return percent_of(net, code.rate)
    parts = zip(code.agencies, code.components, strict=False)
    return sum(percent_of(net, rate) for whose, rate in parts if whose == agency)
