"""Why many locations are exempt, until when and by which certificate, set at once."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.extensions import db
from portal.models import Actor, Location
from portal.models.base import chunks
from portal.plan.exemptions import REASONS
from portal.sales import records
from portal.sales.refused import Refused

MOST = 200


@dataclass(frozen=True)
class Exemption:
    """What is set; what is empty stays as each location has it."""

    reason: str
    certificate: str = ""
    expires: date | None = None


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


def set_exemption(ids: Collection[uuid.UUID], given: Exemption, actor: Actor) -> int:
    """Returns how many locations were changed. Raises Refused. The caller commits."""
    if given.reason not in REASONS:
        raise Refused("Choose one of the reasons.", field="exemption_reason")
    if len(ids) > MOST:
        raise Refused(f"At most {MOST} at once, please.")
    changed = 0
    for location in exempt_among(ids):
        certificate = given.certificate or location.certificate
        expires = given.expires or location.certificate_expires
        stands = (location.exemption_reason_id, location.certificate, location.certificate_expires)
        if stands == (given.reason, certificate, expires):
            continue
        location.exemption_reason_id = given.reason
        location.certificate, location.certificate_expires = certificate, expires
        location.version += 1
        records.save_location(location, actor)
        changed += 1
    return changed
