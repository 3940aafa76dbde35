"""Why many locations are exempt, until when and by which certificate, set at once."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from portal.extensions import db
from portal.models import Actor, Location
from portal.models.base import chunks
from portal.plan.exemptions import REASONS
from portal.plan.types import plain_name
from portal.sales import certificates, records
from portal.sales.refused import Refused

MOST = 200


@dataclass(frozen=True)
class Exemption:
    """What is set; what is empty stays as each location has it."""

    reason: str
    certificate: str = ""
    expires: date | None = None


class Done(NamedTuple):
    """How many were changed, and by name which were not, and why."""

    changed: int
    refused: list[tuple[str, str]]


def exempt_among(ids: Collection[uuid.UUID]) -> list[Location]:
    """Those of these locations that pay no tax, or not all of it."""
    found: list[Location] = []
    for some in chunks(ids):
        found += db.session.scalars(
            select(Location)
            .where(Location.id.in_(some), Location.tax_status != "default")
            .order_by(Location.number)
        )
    return found


def set_exemption(ids: Collection[uuid.UUID], given: Exemption, actor: Actor) -> Done:
    """Set it for each location that takes it; one that doesn't holds up no other. Raises Refused where it is
    none of the reasons, or of too many. The caller commits.
    """
    if given.reason not in REASONS:
        raise Refused("Choose one of the reasons.", field="exemption_reason")
    if len(ids) > MOST:
        raise Refused(f"At most {MOST} at once, please.")
    changed, refused = [], []
    for location in exempt_among(ids):
        name = plain_name(location)
        try:
            with db.session.begin_nested():
                if _set(location, given, actor):
                    changed.append(location)
        except Refused as why:
            refused.append((name, why.sentence))
    certificates.recheck(changed, actor)
    return Done(len(changed), refused)


def _set(location: Location, given: Exemption, actor: Actor) -> bool:
    """Whether anything of it was another one."""
    certificate = given.certificate or location.certificate
    expires = given.expires or location.certificate_expires
    stands = (location.exemption_reason_id, location.certificate, location.certificate_expires)
    if stands == (given.reason, certificate, expires):
        return False
    location.exemption_reason_id = given.reason
    location.certificate, location.certificate_expires = certificate, expires
    location.version += 1
    records.save_location(location, actor, rechecks=False)
    return True
