"""Files that are hung on other records: what is said of them, the files themselves, and the way to them."""

from __future__ import annotations

import base64
import binascii
import secrets
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from werkzeug.datastructures import FileStorage

from . import markup, refusals, writing
from .books import Books
from .exchange import simulator
from .kinds import KINDS
from .wire import Body, dumps, loads

METADATA, CONTENT = "file_metadata_", "file_content_"
PLAIN = "application/octet-stream"
blueprint = Blueprint("uploads", __name__)


@blueprint.get("/attachments/<realm>/<key>/<name>")
def temporary(realm: str, key: str, name: str) -> Response:
    """Whoever has the address has the file."""
    with simulator().store.reading() as connection:
        row = connection.execute(
            "SELECT content, content_type FROM file WHERE realm = ? AND key = ?", (realm, key)
        ).fetchone()
    if row is None:
        abort(404)
    return Response(row["content"], content_type=row["content_type"])


def answer(books: Books) -> list[Body]:
    """The inside of AttachableResponse: for each file in the request what was made of it, or a fault."""
    parts = {name: data.encode("utf-8") for name, data in request.form.items()}
    parts |= {name: _content(file) for name, file in request.files.items()}
    places = [name.removeprefix(METADATA) for name in parts if name.startswith(METADATA)]
    places += [
        place for name in parts if (place := name.removeprefix(CONTENT)) != name and place not in places
    ]
    if not places:
        raise refusals.missing(f"{METADATA}01")
    return [
        _kept(
            books, parts.get(METADATA + place) or _by_itself(CONTENT + place), parts.get(CONTENT + place, b"")
        )
        for place in places
    ]


def _by_itself(name: str) -> bytes:
    """What a file tells of which nothing is said."""
    file = request.files.get(name)
    told = {"FileName": file.filename, "ContentType": file.mimetype} if file else {"FileName": name}
    return dumps({key: value for key, value in told.items() if value}).encode("utf-8")


def address(books: Books, id: str) -> str:
    """Where an uploaded file is fetched. Raises 610 for one that isn't there, and for a mere note."""
    attachable = writing.record_meant(books, KINDS["Attachable"], id)
    if "TempDownloadUri" not in attachable.body:
        raise refusals.not_found()
    return str(attachable.body["TempDownloadUri"])


def _content(file: FileStorage) -> bytes:
    """Some clients send it in base64, and say so."""
    data = file.read()
    if file.headers.get("Content-Transfer-Encoding", "").lower() == "base64":
        try:
            return base64.b64decode(data, validate=False)
        except binascii.Error:
            return data
    return data


def _kept(books: Books, metadata: bytes, content: bytes) -> Body:
    books.connection.execute("SAVEPOINT file")
    try:
        made = writing.save(books, KINDS["Attachable"], _said(metadata))
        key, name = secrets.token_hex(18), quote(made.body.get("FileName") or "file", safe="")
        books.connection.execute(
            "INSERT INTO file (realm, id, key, content_type, content) VALUES (?, ?, ?, ?, ?)",
            (books.realm, made.id, key, made.body.get("ContentType") or PLAIN, content),
        )
        told = {
            "FileAccessUri": f"/v3/company/{books.realm}/download/{made.id}",
            "TempDownloadUri": f"{request.host_url}attachments/{books.realm}/{key}/{name}",
            "Size": len(content),
        }
        books.touch(made, told)
        found = books.get("Attachable", made.id)
        assert found is not None
        return {"Attachable": found.printed}
    except refusals.Refusal as refusal:
        books.connection.execute("ROLLBACK TO file")
        books.forget_known()
        return {"Fault": refusal.fault()}
    finally:
        books.connection.execute("RELEASE file")


def _said(metadata: bytes) -> object:
    """What is said of the file, in JSON or XML. Raises 2010."""
    try:
        text = metadata.decode("utf-8")
        return markup.read(text, KINDS["Attachable"].shape) if text.lstrip().startswith("<") else loads(text)
    except ValueError as error:
        raise refusals.not_json(str(error)) from None
