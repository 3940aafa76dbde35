"""XML as QuickBooks speaks it: answers where no JSON was asked for, and requests in Intuit's schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree  # documents with a DTD are refused before they are parsed
from xml.sax.saxutils import escape, quoteattr

from .schema import Property, Shape
from .wire import Body

NAMESPACE = "http://schema.intuit.com/finance/v3"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
ATTRIBUTES = frozenset(
    {
        "domain",
        "sparse",
        "status",
        "bId",
        "startPosition",
        "maxResults",
        "totalCount",
        "type",
        "code",
        "element",
        "group",
    }
)
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REFERENCE_KEYS = {"value", "name", "type"}


class NotReadable(ValueError):
    """The text is no XML of ours; the sentence says why."""


def printed(envelope: Body) -> str:
    """The XML of what would have been the JSON `envelope`."""
    if "fault" in envelope:
        envelope = {"Fault": _capitalized(envelope["fault"]), "time": envelope.get("time")}
    if "Columns" in envelope:
        inside = "".join(_elements(name, value) for name, value in envelope.items())
        return f'{HEAD}<Report xmlns="{NAMESPACE}">{inside}</Report>'
    time = envelope.get("time")
    attribute = f" time={quoteattr(str(time))}" if time else ""
    inside = "".join(_elements(name, value) for name, value in envelope.items() if name != "time")
    return f'{HEAD}<IntuitResponse xmlns="{NAMESPACE}"{attribute}>{inside}</IntuitResponse>'


def _capitalized(fault: Body) -> Body:
    errors = [
        {
            "Message": error["message"],
            **({"Detail": error["detail"]} if error["detail"] else {}),
            "code": error["code"],
        }
        for error in fault["error"]
    ]
    return {"Error": errors, "type": fault["type"]}


def _elements(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_elements(name, each) for each in value)
    if value is None:
        return ""
    if not isinstance(value, dict):
        return f"<{name}>{_text(value)}</{name}>"
    if name == "ColData":
        return f"<{name}{''.join(f' {key}={_quoted(each)}' for key, each in value.items())}/>"
    if "value" in value and set(value) <= REFERENCE_KEYS:
        named = "".join(f" {key}={_quoted(value[key])}" for key in ("name", "type") if value.get(key))
        return f"<{name}{named}>{_text(value['value'])}</{name}>"
    attributes = {key: each for key, each in value.items() if key in ATTRIBUTES and each is not None}
    shown = "".join(f" {key}={_quoted(each)}" for key, each in attributes.items())
    inside = "".join(_elements(key, each) for key, each in value.items() if key not in attributes)
    return f"<{name}{shown}>{inside}</{name}>" if inside else f"<{name}{shown}/>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f") if value else "0"
    return escape(UNPRINTABLE.sub("", str(value)))


def _quoted(value: Any) -> str:
    shown = str(value).lower() if isinstance(value, bool) else UNPRINTABLE.sub("", str(value))
    return quoteattr(shown)


def read(text: str, shape: Shape) -> Body:
    """The body that JSON would have carried, of one entity's XML. Raises NotReadable."""
    return _object(_root(text, shape.name), shape)


def read_batch(text: str, shapes: Mapping[str, Shape]) -> Body:
    """The body that JSON would have carried, of a batch; `shapes` by entity. Raises NotReadable."""
    return {"BatchItemRequest": [_item(each, shapes) for each in _root(text, "IntuitBatchRequest")]}


def _item(element: ElementTree.Element, shapes: Mapping[str, Shape]) -> Body:
    """Its id, verb and options are attributes; what it is about is the element inside."""
    if _local(element.tag) != "BatchItemRequest":
        raise NotReadable(f"the element {_local(element.tag)} is not BatchItemRequest")
    item: Body = dict(element.attrib)
    for child in element:
        name = _local(child.tag)
        if name in shapes:
            item[name] = _object(child, shapes[name])
        elif len(child):
            item[name] = {_local(each.tag): each.text or "" for each in child}
        else:
            item[name] = child.text or ""
    return item


def _root(text: str, name: str) -> ElementTree.Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotReadable("a document type is not allowed")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # without a DTD there is nothing to expand
    except ElementTree.ParseError as error:
        raise NotReadable(str(error)) from None
    if _local(root.tag) != name:
        raise NotReadable(f"the element {_local(root.tag)} is not {name}")
    return root


def _object(element: ElementTree.Element, shape: Shape) -> Body:
    body: Body = {key: _flag(value) for key, value in element.attrib.items() if not key.startswith("{")}
    for child in element:
        name = _local(child.tag)
        known = shape.properties.get(name)
        value = _value(child, known)
        if known is not None and known.kind == "list":
            body.setdefault(name, []).append(value)
        else:
            body[name] = value
    return body


def _value(element: ElementTree.Element, known: Property | None) -> Any:
    if known is None or known.shape is None:
        return element.text or ""
    if "value" in known.shape.properties:
        return {"value": element.text or "", **element.attrib}
    return _object(element, known.shape)


def _flag(value: str) -> Any:
    return value == "true" if value in ("true", "false") else value


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
