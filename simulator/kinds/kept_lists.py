"""Payment methods, and the notes and files that hang on other records."""

from __future__ import annotations

from typing import Literal

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import FLAG, IGNORED, REFERENCE, Shape, entity, one_of, several, text
from ..wire import Body
from . import names
from .kind import COMMON_COLUMNS, Kind, inside
from .name_lists import flat_list, settle_name


def _build_attachable(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    """A note, or what is known of a file. Raises 6000 where what it hangs on isn't there."""
    if not (wanted.get("Note") or wanted.get("FileName")):
        raise refusals.missing("Note")
    for each in wanted.get("AttachableRef") or []:
        reference = each.get("EntityRef") or {}
        kind, id = str(reference.get("type")), str(reference.get("value"))
        found = books.get(kind, id)
        if found is None or found.deleted:
            what = f"{kind} {id}"
            raise refusals.business(f"The entity {what} that you are trying to link does not exist. {what}")
    refers = [{"IncludeOnSend": False, **each} for each in wanted.get("AttachableRef") or []]
    return wanted | ({"AttachableRef": refers} if refers else {})


def _build_payment_method(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    body = names.named(books, wanted)
    body.setdefault("Type", "NON_CREDIT_CARD")
    settle_name(books, "PaymentMethod", body, before)
    return body


ATTACHED = several(
    Shape(
        "AttachableRef",
        {
            "EntityRef": REFERENCE,
            "IncludeOnSend": FLAG,
            "LineInfo": text(),
            "NoRefOnly": FLAG,
            "Inactive": FLAG,
            "CustomField": IGNORED,
        },
    )
)
Attachable = Kind(
    name="Attachable",
    shape=entity(
        "Attachable",
        **{
            **dict.fromkeys(("FileName", "Category", "ContentType", "PlaceName", "Tag"), text(2000)),
            **dict.fromkeys(("Lat", "Long"), text()),
            **dict.fromkeys(
                (
                    "FileAccessUri",
                    "TempDownloadUri",
                    "Size",
                    "ThumbnailFileAccessUri",
                    "ThumbnailTempDownloadUri",
                ),
                IGNORED,
            ),
            "Note": text(2000),
            "AttachableRef": ATTACHED,
        },
    ),
    build=_build_attachable,
    index=lambda body: Indexed(name=body.get("FileName")),
    ids="Attachable",
    operations=frozenset({"create", "update", "delete"}),
    needs_token_to_delete=False,
    columns={
        **COMMON_COLUMNS,
        **{name: inside(name) for name in ("FileName", "Note", "Tag", "Category", "ContentType")},
        "AttachableRef.EntityRef.Type": inside("AttachableRef[0].EntityRef.type"),
        "AttachableRef.EntityRef.value": inside("AttachableRef[0].EntityRef.value"),
    },
)
PaymentMethod = flat_list(
    entity("PaymentMethod", Name=text(31), Active=FLAG, Type=one_of("CREDIT_CARD", "NON_CREDIT_CARD")),
    _build_payment_method,
    {"Type"},
    {"Type": inside("Type")},
)


def _never_built(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    raise refusals.unsupported("write")


def _empty(name: str, change_feed: Literal["told", "refused"] = "told") -> Kind:
    return Kind(
        name=name,
        shape=entity(name),
        build=_never_built,
        index=lambda body: Indexed(),
        columns=COMMON_COLUMNS,
        ids=name,
        operations=frozenset(),
        change_feed=change_feed,
    )


EMPTY = (
    *(_empty(name) for name in ("Budget", "CustomerType", "ReimburseCharge")),
    *(_empty(name, "refused") for name in ("JournalCode", "TaxClassification")),
)
"""What may be asked for and is never there; it can't be written."""
