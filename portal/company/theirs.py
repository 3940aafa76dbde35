"""What QBO last said of any of theirs, written down: by answers to pushes, by reads, and only forward."""

from portal.company.entities import Entity, dealings_of, fields_of, is_voided, name_of, tax_of
from portal.extensions import db
from portal.models import Connection, Theirs
from portal.models.base import now
from portal.models.kinds import DOCUMENTS, ENTITIES, Kind
from portal.models.types import cents_of
from portal.quickbooks.queries import Shown


def take_in(connection: Connection, kind: Kind, entity: Entity, *, listed: bool = False) -> Theirs:
    """Keep what an answer shows of one of theirs, unless a newer version is known. The caller commits.

    listed: it stood in a list, which leaves fields out: of the version known those stay as they are known, of
    a newer one they are not known until it is read by itself.
    """
    row = db.session.get(Theirs, (connection.id, kind, str(entity["Id"])))
    newer = row is None or version_of(entity) > _number(row.sync_token)
    if row is None:
        row = Theirs(
            organization_id=connection.organization_id,
            connection_id=connection.id,
            kind=kind,
            external_id=str(entity["Id"]),
            sync_token=str(version_of(entity)),
            fields={},
            unread=[],
        )
        db.session.add(row)
    elif not newer and version_of(entity) < _number(row.sync_token):
        return row
    fields = fields_of(entity)
    left_out = [name for name in ENTITIES[kind].lists_leave_out if name not in fields] if listed else []
    told = {} if newer else {name: row.fields[name] for name in left_out if name in row.fields}
    row.unread = left_out if newer else [name for name in left_out if name in row.unread]
    row.fields = fields | told
    if "SyncToken" in entity:
        row.sync_token = str(entity["SyncToken"])
    # The answer's own time: what was changed there until it is written down, it doesn't show.
    as_of = entity.as_of if isinstance(entity, Shown) else now()
    row.as_of, row.gone = max(as_of, row.as_of or as_of), False
    row.name, row.active = name_of(entity)[:500], entity.get("Active") is not False
    if kind in DOCUMENTS:
        row.number, row.dealings = entity.get("DocNumber"), dealings_of(entity)
        row.total, row.tax, row.voided = cents_of(entity.get("TotalAmt")), tax_of(entity), is_voided(entity)
    return row


def version_of(entity: Entity) -> int:
    """How often QBO has changed it."""
    return _number(entity.get("SyncToken"))


def mark_gone(row: Theirs) -> None:
    """QBO said that it has it no more, which stays so. The caller commits."""
    row.gone, row.as_of = True, now()


def _number(token: object) -> int:
    text = str(token or "0")
    return int(text) if text.isdigit() else 0
