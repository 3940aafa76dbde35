"""Which company the organization is connected to."""

from sqlalchemy import select

from portal.extensions import db
from portal.models import Connection


def connection() -> Connection | None:
    """The organization's active connection. Where this session has it already, it is not looked for again."""
    owner, known = db.session.info.get("organization_id"), db.session.info.get("connection")
    found = db.session.get(Connection, known[1]) if known is not None and known[0] == owner else None
    if found is None or found.status != "active":
        found = db.session.scalar(select(Connection).where(Connection.status == "active"))
        db.session.info["connection"] = None if found is None else (owner, found.id)
    return found
