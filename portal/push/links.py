"""Which of theirs a record of ours is: the one row that says so, found, or made and pointed at an entity."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.company import theirs
from portal.company.entities import Entity
from portal.extensions import db
from portal.models import Connection, Link, Push
from portal.models.kinds import DOCUMENTS, Kind, RecordRef
from portal.plan.groups import as_then


def link_of(connection_id: uuid.UUID, ref: RecordRef) -> Link | None:
    """As it stands in the database now."""
    return db.session.scalar(
        select(Link)
        .where(Link.connection_id == connection_id, Link.record_kind == ref.kind, Link.record_id == ref.id)
        .options(joinedload(Link.theirs))
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
    listed: bool = False,
) -> Link:
    """Say that a record is this one of theirs, as it stands there now. The caller commits.

    standing: its link, if it has one. revision: which of the record's the entity shows. how, by: as in
    `Link`; None leaves both as they are, and a new one counts as created by us. listed: as in
    `theirs.take_in`.
    """
    link = standing or Link(
        organization_id=connection.organization_id,
        connection_id=connection.id,
        record_kind=ref.kind,
        record_id=ref.id,
    )
    if (link.kind, link.external_id) != (kind, str(entity["Id"])):
        link.ours_then, link.theirs_then, link.differs = None, None, None
        link.decided, link.before, link.expected, link.variance = {}, {}, None, {}
    link.theirs = theirs.take_in(connection, kind, entity, listed=listed)
    link.kind, link.external_id = kind, str(entity["Id"])
    link.revision = revision
    if kind in DOCUMENTS:
        link.theirs_then = as_then(entity)
    if how is not None:
        link.how, link.by = how, by
    db.session.add(link)
    return link


def unanswered_updates(link: Link) -> list[Push]:
    """The last updates that got no answer at first: those that went to what the record is linked to now."""
    lost = db.session.scalars(
        select(Push)
        .where(
            Push.connection_id == link.connection_id,
            Push.record_kind == link.record_kind,
            Push.record_id == link.record_id,
            Push.operation == "update",
            Push.ever_unsure,
        )
        .order_by(Push.asked_at.desc())
        .limit(3)
    )
    return [push for push in lost if str((push.payload or {}).get("Id")) == link.external_id]
