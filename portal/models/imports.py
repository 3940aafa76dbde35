"""Imports of files: what was uploaded, how its columns are read, what was found in it, and how far it is."""

import uuid
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Identified, OrganizationScoped, now
from portal.models.people import Actor

ImportKind = Literal["terms", "customers", "products", "orders"]
# read: stored, its columns are to be matched. checking, importing: a job is at it. offered: what it would do
# is shown, to be mended and confirmed. refused: the file as a whole can't be read.
ImportStage = Literal["read", "checking", "offered", "importing", "done", "stopped", "refused"]
PiecePart = Literal["file", "refused"]


class ImportRun(Identified, OrganizationScoped, Base):
    """One file that somebody imports."""

    __tablename__ = "import_run"
    __table_args__ = (
        Index("ix_import_run_organization_id", "organization_id", "created_at"),
        # What a job is still to go on with.
        Index(
            "ix_import_run_unfinished",
            "created_at",
            sqlite_where=text("stage IN ('checking', 'importing')"),
            postgresql_where=text("stage IN ('checking', 'importing')"),
        ),
    )

    kind: Mapped[ImportKind] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    actor: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    stage: Mapped[ImportStage] = mapped_column(String(10), default="read")
    # Raised with every stage, so that a job that was overtaken writes nothing.
    turn: Mapped[int] = mapped_column(default=0)
    # How the bytes are read: {"form", "encoding", "delimiter", "sheet"}; and the first rows, the names of the
    # columns before all.
    layout: Mapped[dict[str, Any]] = mapped_column(default=dict)
    head: Mapped[list[Any]] = mapped_column(default=list)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    # {"columns", "decimal", "days", "percent", "rules", "mends"}; see `imports/settings.py`.
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # How many rows there are and how many were looked at; of the groups of rows, one a record, those done.
    rows: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    place: Mapped[int] = mapped_column(default=0)
    # What the check found, and what the import did; see `imports/tally.py`.
    found: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    # Why the file as a whole was refused or the import stopped, for people.
    why: Mapped[str] = mapped_column(String(500), default="")

    def as_actor(self) -> Actor:
        """Who imports, for what a job does on their behalf."""
        return Actor(self.organization_id, self.user_id, self.actor)


class ImportPiece(OrganizationScoped, Base):
    """Some of a file's bytes, at most 1 MB: the web process that takes it and the worker that reads it may be
    on two machines. Or the rows that were refused, as text of a CSV file.
    """

    __tablename__ = "import_piece"

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    part: Mapped[PiecePart] = mapped_column(String(8), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ImportProfile(Identified, OrganizationScoped, Base):
    """How files with these column names are read here: as somebody last chose for one of them."""

    __tablename__ = "import_profile"
    __table_args__ = (UniqueConstraint("organization_id", "kind", "fingerprint"),)

    kind: Mapped[ImportKind] = mapped_column(String(12))
    fingerprint: Mapped[str] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    used_at: Mapped[datetime] = mapped_column(default=now)
