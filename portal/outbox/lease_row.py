"""The row that each transaction of a drain begins with: while somebody else holds it, no drain writes."""

import uuid

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import DrainLease


def keep_drains_out(connection_id: uuid.UUID) -> None:
    """From here to the end of the transaction no drain writes."""
    db.session.execute(
        select(DrainLease.fence).where(DrainLease.connection_id == connection_id).with_for_update()
    )


def keep_drain_out_of_company() -> None:
    """The same for the connected company, where there is one: before the first write to a record, since a
    drain that settles an answer judges both sides of it by the values that stood here when it began.
    """
    connection = current.connection()
    if connection is not None:
        keep_drains_out(connection.id)
