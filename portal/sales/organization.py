"""The organization's own settings: its name, its currency, and how it numbers its orders."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import Actor, Link, Order, Organization
from portal.runtime.history import remember
from portal.sales import edit_conflicts
from portal.sales.field_words import differences, sentence
from portal.sales.refused import Refused


def save(organization: Organization, values: Mapping[str, Any], version: int, actor: Actor) -> None:
    """Set these columns, of a form made from that version. Raises Refused, ChangedMeanwhile. The caller
    commits."""
    becomes = values.get("currency", organization.currency)
    if becomes != organization.currency and (stays := why_currency_stays(organization, becomes)):
        raise Refused(stays, field="currency")
    found = differences({name: getattr(organization, name) for name in values}, values)
    edit_conflicts.write(organization, values, version)
    if found:
        remember(actor, "edited", ("organization", organization.id), sentence(found))


def why_currency_stays(organization: Organization, becomes: str = "") -> str:
    """Why the currency can't become this one, or any other; empty where it can.

    While a company is connected it is that company's: orders are finalized in it. Else it is that of what was
    invoiced.
    """
    company = current.connection()
    if company is not None and company.home_currency:
        if company.home_currency == becomes:
            return ""
        home = f"{company.company_name} keeps its books in {company.home_currency} in QuickBooks"
        if company.home_currency == organization.currency:
            return f"{home}, and orders are finalized in it while it is connected."
        return f"{home}: it can become {company.home_currency}, and nothing else while it is connected."
    if db.session.scalar(select(Order.id).where(Order.status == "finalized").limit(1)) is not None:
        return f"Orders were finalized in {organization.currency} already, so it stays."
    if db.session.scalar(select(Link.id).limit(1)) is not None:
        return f"Records stand in QuickBooks in {organization.currency} already, so it stays."
    return ""
