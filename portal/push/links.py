"""Which of theirs a record of ours is: the one row that says so, found, or made and pointed at an entity."""

import uuid

from sqlalchemy import select

from portal.extensions import db
from portal.models import Connection, Link
from portal.models.kinds import Kind, RecordRef
from portal.plan.marker import kept
from portal.plan.types import Entity


def link_of(connection_id: uuid.UUID, ref: RecordRef) -> Link | None:
    """As it stands in the database now."""
    return db.session.scalar(
        select(Link)
        .where(Link.connection_id == connection_id, Link.record_kind == ref.kind, Link.record_id == ref.id)
        .execution_options(populate_existing=True)
    )


def link_to(
    connection: Connection,
    ref: RecordRef,
    kind: Kind,
    entity: Entity,
    *,
    revision: int,
    how: str | None = None,
    by: str = "",
    standing: Link | None = None,
) -> Link:
    """Say that a record is this one of theirs, as it stands there now. The caller commits.

    standing: its link, if it has one. revision: which of the record's the entity shows. how, by: as in
    `Link`; None leaves both as they are, and a new one counts as created by us.
    """
    link = standing or Link(
        organization_id=connection.organization_id,
        connection_id=connection.id,
        record_kind=ref.kind,
        record_id=ref.id,
    )
    link.kind, link.external_id = kind, str(entity["Id"])
    link.sync_token, link.theirs = str(entity.get("SyncToken", "0")), kept(entity)
    link.sent_revision, link.voided = revision, False
    if how is not None:
        link.how, link.by = how, by
    db.session.add(link)
    return link
