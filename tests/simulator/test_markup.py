"""Answers in XML, which parse back, and requests in it."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import markup
from simulator.schema import FLAG, REFERENCE, Shape, nested, several, text
from simulator.wire import Body

SPACE = "{http://schema.intuit.com/finance/v3}"
PARSABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
)
SHAPE = Shape(
    "Thing",
    {
        "Name": text(),
        "Active": FLAG,
        "KindRef": REFERENCE,
        "Part": several(Shape("Part", {"Name": text(), "KindRef": REFERENCE})),
        "Place": nested(Shape("Place", {"Line1": text()})),
        "sparse": FLAG,
    },
)


@settings(max_examples=100, deadline=None)
@given(PARSABLE)
def test_any_text_comes_back_out_of_the_xml(value: str) -> None:
    root = ElementTree.fromstring(markup.printed({"Customer": {"Notes": value, "Id": "1"}, "time": "t"}))
    assert (root.findtext(f"{SPACE}Customer/{SPACE}Notes") or "") == value


def test_what_xml_cannot_carry_is_left_out() -> None:
    root = ElementTree.fromstring(markup.printed({"Customer": {"Notes": "a\x00\x0bb\uffff"}}))
    assert root.findtext(f"{SPACE}Customer/{SPACE}Notes") == "ab"


def test_values_print_as_they_do_in_json() -> None:
    body = {"A": Decimal("5.00"), "B": Decimal(0), "C": True, "D": None, "E": 7, "F": []}
    root = ElementTree.fromstring(markup.printed({"X": body}))
    assert [(each.tag.removeprefix(SPACE), each.text) for each in root[0]] == [
        ("A", "5.00"), ("B", "0"), ("C", "true"), ("E", "7"),
    ]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(PARSABLE, PARSABLE)
def test_a_request_in_xml_is_read_as_the_json_would_be(name: str, part: str) -> None:
    body: Body = {
        "Name": name,
        "KindRef": {"value": "5"},
        "Part": [{"Name": part, "KindRef": {"value": "6"}}, {"Name": "b"}],
        "Place": {"Line1": name},
    }
    printed = markup.printed({"Thing": body})
    inside = printed[printed.index("<Thing") : printed.index("</IntuitResponse>")]
    assert markup.read(inside.replace("\r", "&#13;"), SHAPE) == body


def test_attributes_are_properties() -> None:
    assert markup.read('<Thing sparse="true"><Name>a</Name></Thing>', SHAPE) == {"sparse": True, "Name": "a"}
