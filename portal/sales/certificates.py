"""What a location's tax status asks for when it is saved, and which orders go once it has that."""

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import Actor, Connection, Location, Order, Problem
from portal.models.base import chunks
from portal.models.kinds import ref_of
from portal.outbox.holds import Saved, unblock
from portal.plan.exemptions import asks_for_reason, is_valid, reason_of
from portal.plan.places import HARMONIZED, name_of, place_of
from portal.plan.types import Company
from portal.problems import Found, causes
from portal.sales.history import Changes
from portal.sales.refused import Refused

TAX = ("tax_status", "exemption_reason", "exemption_reason_id", "certificate", "certificate_expires")
ADDRESSES = ("billing_address", "delivery_address")


def check(location: Location, changes: Changes) -> None:
    """Raises Refused where its tax status asks for what is missing, or for what isn't there."""
    connection = current.connection()
    if not (changes.is_new or changes.touch(*TAX, *ADDRESSES)):
        return
    if location.tax_status == "provincial_exempt" and (connection is None or not connection.is_us):
        _check_certificate(location, connection)
    if connection is None or not location.tax_status or not (changes.is_new or changes.touch(*TAX)):
        return
    if asks_for_reason(location, Company.of(connection)) and not reason_of(location):
        raise Refused(
            "Choose why it is exempt: QuickBooks computes the tax itself, and asks for one of these reasons.",
            field="exemption_reason_id",
        )


def _check_certificate(location: Location, connection: Connection | None) -> None:
    home = connection.country if connection is not None else ""
    place = place_of(location.delivery_address, location.billing_address, home)
    if place.country == "CA" and place.province in HARMONIZED:
        raise Refused(
            f"{name_of(place.province, 'CA')} has HST only, and a certificate for a provincial tax relieves "
            "of nothing there. Choose Default, or Exempt where it is exempt of the whole tax.",
            field="tax_status",
        )
    if not (location.certificate or "").strip():
        raise Refused("Enter the number of its certificate.", field="certificate")


def recheck(locations: Collection[Location], actor: Actor) -> Saved:
    """Let go what waited for a certificate or a reason that these have now. The caller commits."""
    saved = Saved()
    connection = current.connection()
    if connection is None:
        return saved
    company = Company.of(connection)
    told = {one.id for one in locations if reason_of(one) or not asks_for_reason(one, company)}
    others = _waiting_for_reasons(told)
    about = {causes.EXEMPTION_REASON} if told else set()
    by_cause = {causes.of_certificate(ref_of(location)): location for location in locations}
    unblock(about | by_cause.keys(), actor, saved, but=[*others, *_expired(by_cause)])
    return saved


def _waiting_for_reasons(told: Collection[uuid.UUID]) -> list[tuple[uuid.UUID, Found]]:
    """The records that still wait for a reason: the cause is one for all."""
    open_ones = select(Problem.record_id).where(
        Problem.cause == causes.EXEMPTION_REASON, Problem.resolved_at.is_(None)
    )
    waiting = set(db.session.scalars(open_ones)) - set(told)
    freed: set[uuid.UUID] = set()
    for some in chunks(told):
        theirs = select(Order.id).where(Order.location_id.in_(some), Order.id.in_(open_ones))
        freed |= set(db.session.scalars(theirs))
    found = Found("exemption_reason_missing", {}, causes.EXEMPTION_REASON)
    return [(record_id, found) for record_id in waiting - freed]


def _expired(by_cause: Mapping[str, Location]) -> list[tuple[uuid.UUID, Found]]:
    """The orders that the certificate of their location doesn't cover now, either."""
    found = []
    for some in chunks(by_cause):
        rows = db.session.execute(
            select(Order.id, Order.invoice_date, Order.tax_status, Problem.cause)
            .join(Problem, Problem.record_id == Order.id)
            .where(Problem.cause.in_(some), Problem.resolved_at.is_(None))
        )
        found += [
            (order_id, Found("certificate_expired", {}, cause))
            for order_id, dated, status, cause in rows
            if dated is None or status != by_cause[cause].tax_status or not is_valid(by_cause[cause], dated)
        ]
    return found
