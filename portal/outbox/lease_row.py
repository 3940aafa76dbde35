"""The row that each transaction of a drain begins with: while somebody else holds it, no drain writes."""

import uuid

from sqlalchemy import select

from portal.extensions import db
from portal.models import DrainLease


def keep_drains_out(connection_id: uuid.UUID) -> None:
    """From here to the end of the transaction no drain writes."""
    db.session.execute(
        select(DrainLease.fence).where(DrainLease.connection_id == connection_id).with_for_update()
    )
