"""The organization's time zone: told by QuickBooks where none is known, else chosen by an administrator."""

from portal.company import current
from portal.extensions import db
from portal.models import Actor, Connection, Organization
from portal.models.people import ZoneOrigin
from portal.models.time_zones import zone_named
from portal.outbox import bell
from portal.outbox.lease_row import keep_drain_out_of_company
from portal.runtime.history import remember


def adopt(connection: Connection, actor: Actor) -> bool:
    """Take the zone that the company has, where none is known here; returns whether it was taken.

    One that is known stays: what the company says is shown beside it as a proposal. A name that this machine
    doesn't know is none.
    """
    organization = db.session.get_one(Organization, connection.organization_id)
    told = connection.time_zone
    if organization.zone is not None or told is None or zone_named(told) is None:
        return False
    text = f"Time zone {told}, which {connection.company_name} has in QuickBooks."
    _keep(organization, told, "quickbooks", actor, text)
    return True


def choose(name: str, actor: Actor) -> None:
    """Reckon days by this zone from now on: a name that `zone_named` knows. The caller commits.

    No order is dated anew. Which of them wait for their day follows by itself, since the day they wait for is
    that of their document: today alone is another one.
    """
    keep_drain_out_of_company()
    organization = db.session.get_one(Organization, actor.organization_id)
    before = f"Changed from {organization.timezone}" if organization.timezone else "None was known"
    _keep(organization, name, "chosen", actor, f"Time zone {name}. {before}.")
    connection = current.connection()
    if connection is not None:
        bell.ring_drain(connection.id)


def proposed(connection: Connection | None) -> str | None:
    """What the connected company says, where that is a zone and not ours."""
    if connection is None or zone_named(connection.time_zone) is None:
        return None
    organization = db.session.get_one(Organization, connection.organization_id)
    return connection.time_zone if connection.time_zone != organization.timezone else None


def _keep(organization: Organization, name: str, origin: ZoneOrigin, actor: Actor, text: str) -> None:
    was, organization.timezone, organization.timezone_origin = organization.timezone, name, origin
    remember(actor, "time_zone_set", ("organization", organization.id), text, was=was, zone=name)
