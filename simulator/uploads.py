"""Files that are hung on other records: what is said of them is kept, the files themselves are not."""

from __future__ import annotations

from flask import request

from . import refusals, writing
from .books import Books
from .kinds import KINDS
from .wire import Body, loads

METADATA, CONTENT = "file_metadata_", "file_content_"


def answer(books: Books) -> list[Body]:
    """The inside of AttachableResponse: for each file in the request what was made of it, or a fault."""
    parts = {name: data.encode("utf-8") for name, data in request.form.items()}
    parts |= {name: file.read() for name, file in request.files.items()}
    told = [name for name in parts if name.startswith(METADATA)]
    if not told:
        raise refusals.missing(f"{METADATA}01")
    return [_kept(books, parts[name], parts.get(name.replace(METADATA, CONTENT), b"")) for name in told]


def _kept(books: Books, metadata: bytes, content: bytes) -> Body:
    books.connection.execute("SAVEPOINT file")
    try:
        try:
            said = loads(metadata.decode("utf-8"))
        except ValueError as error:
            raise refusals.not_json(str(error)) from None
        made = writing.save(books, KINDS["Attachable"], said)
        address = f"/v3/company/{books.realm}/download/{made.id}"
        books.touch(made, {"FileAccessUri": address, "Size": len(content)})
        found = books.get("Attachable", made.id)
        assert found is not None
        return {"Attachable": found.printed}
    except refusals.Refusal as refusal:
        books.connection.execute("ROLLBACK TO file")
        books.forget_known()
        return {"Fault": refusal.fault()}
    finally:
        books.connection.execute("RELEASE file")
