"""The bytes of an upload, in pieces beside its run, and its refused rows: whichever machine asks."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from sqlalchemy import delete, insert, select

from portal.extensions import db
from portal.imports.reading import MOST_BYTES, Unreadable
from portal.models import ImportPiece
from portal.models.imports import PiecePart

PIECE = 2**20
MOST_MB = MOST_BYTES // 2**20
TOO_LARGE = f"The file is larger than {MOST_MB} MB. Divide it into several, and import one after the other."


def keep(run_id: uuid.UUID, file: IO[bytes]) -> int:
    """Store a file; how many bytes it has. Raises Unreadable. The caller commits."""
    size = 0
    file.seek(0)
    for position, data in enumerate(iter(lambda: file.read(PIECE), b"")):
        size += len(data)
        if size > MOST_BYTES:
            raise Unreadable(TOO_LARGE)
        put(run_id, "file", position, data)
    return size


def put(run_id: uuid.UUID, part: PiecePart, position: int, data: bytes) -> None:
    """Store one piece. The caller commits."""
    db.session.execute(
        insert(ImportPiece),
        [
            {
                "organization_id": db.session.info["organization_id"],
                "run_id": run_id,
                "part": part,
                "position": position,
                "data": data,
            }
        ],
    )


def forget(run_id: uuid.UUID, part: PiecePart) -> None:
    """Throw away what is stored of it. The caller commits."""
    db.session.execute(
        delete(ImportPiece).where(ImportPiece.run_id == run_id, ImportPiece.part == part),
        execution_options={"synchronize_session": False},
    )


@contextmanager
def opened(run_id: uuid.UUID) -> Iterator[IO[bytes]]:
    """The file, on this machine for as long as it is read."""
    with tempfile.TemporaryFile() as file:
        for data in pieces(run_id, "file"):
            file.write(data)
        file.seek(0)
        yield file


def pieces(run_id: uuid.UUID, part: PiecePart) -> Iterator[bytes]:
    """What is stored of it, a piece in memory at a time."""
    position = -1
    while (found := next_piece(run_id, part, position)) is not None:
        position, data = found
        yield data


def next_piece(run_id: uuid.UUID, part: PiecePart, after: int) -> tuple[int, bytes] | None:
    """The first piece behind this position, with its own; None at the end."""
    row = db.session.execute(
        select(ImportPiece.position, ImportPiece.data)
        .where(ImportPiece.run_id == run_id, ImportPiece.part == part, ImportPiece.position > after)
        .order_by(ImportPiece.position)
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.position, row.data)
