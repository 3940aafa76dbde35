"""A record in an address: its kind and its id, `order/<uuid>`."""

import uuid
from typing import cast

from flask import Flask
from werkzeug.routing import BaseConverter, Map, UUIDConverter

from portal.models.kinds import RECORDS, RecordKind, RecordRef


class RecordConverter(BaseConverter):
    """`<record:ref>` takes every kind, `<record(location, sku):ref>` only those."""

    part_isolating = False

    def __init__(self, url_map: Map, *kinds: str) -> None:
        super().__init__(url_map)
        self.regex = f"(?:{'|'.join(kinds or RECORDS)})/{UUIDConverter.regex}"

    def to_python(self, value: str) -> RecordRef:
        kind, _, record_id = value.partition("/")
        return RecordRef(cast(RecordKind, kind), uuid.UUID(record_id))

    def to_url(self, value: RecordRef) -> str:
        return str(value)


def register(app: Flask) -> None:
    app.url_map.converters["record"] = RecordConverter
