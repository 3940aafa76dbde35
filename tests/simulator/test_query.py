"""The query parser by itself: whatever can be said in the language is read as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.query import OPERATORS, RESERVED, Condition, Literal, Statement, read, unescaped
from simulator.refusals import Refusal

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,8}(\.[A-Za-z]{1,8})?", fullmatch=True).filter(
    lambda name: name.upper() not in (*RESERVED, "COUNT")
)
STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BLANKS = st.sampled_from([" ", "  ", "\n", "\t", " \n "])
WORDS = ("select", "from", "where", "and", "like", "in", "order", "by", "orderby", "desc", "startposition",
         "maxresults", "count", "true", "false")  # fmt: skip


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@st.composite
def literals(draw: Any) -> tuple[str, Literal]:
    """As it is written, and as it is meant."""
    kind = draw(st.sampled_from(["string", "number", "flag", "today"]))
    if kind == "string":
        text = draw(STRINGS)
        return quoted(text), Literal(text, True)
    if kind == "number":
        text = draw(st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,4})?", fullmatch=True))
        return text, Literal(text, False)
    if kind == "today":
        return "current_date", Literal("CURRENT_DATE", False)
    text = draw(st.sampled_from(["true", "false"]))
    return text, Literal(text.upper(), False)


@st.composite
def conditions(draw: Any) -> tuple[list[str], Condition]:
    name, operator = draw(NAMES), draw(st.sampled_from(OPERATORS))
    if operator != "IN":
        written, meant = draw(literals())
        return [name, operator.lower(), written], Condition(name, operator, (meant,))
    values = draw(st.lists(literals(), min_size=1, max_size=4))
    inside = ",".join(written for written, _ in values)
    return [name, "in", f"({inside})"], Condition(name, "IN", tuple(meant for _, meant in values))


@st.composite
def statements(draw: Any) -> tuple[str, Statement]:
    entity = draw(NAMES)
    statement = Statement(entity)
    parts = ["select"]
    shape = draw(st.sampled_from(["all", "count", "fields", "both"]))
    if shape == "count":
        statement.counting = True
        parts.append("count(*)")
    else:
        statement.everything = shape in ("all", "both")
        statement.fields = draw(st.lists(NAMES, min_size=1, max_size=3)) if shape != "all" else []
        parts.append(",".join((["*"] if statement.everything else []) + statement.fields))
    parts += ["from", entity]
    for place, (written, meant) in enumerate(draw(st.lists(conditions(), max_size=3))):
        parts += ["and" if place else "where", *written]
        statement.conditions.append(meant)
    clauses = []
    if draw(st.booleans()):
        statement.order = [(draw(NAMES), draw(st.booleans()))]
        [(name, descends)] = statement.order
        clauses.append([draw(st.sampled_from(["order by", "orderby"])), name, "desc" if descends else "asc"])
    if draw(st.booleans()):
        statement.start = draw(st.integers(1, 99999))
        clauses.append(["startposition", str(statement.start)])
    if draw(st.booleans()):
        statement.size = draw(st.integers(1, 1000))
        clauses.append(["maxresults", str(statement.size)])
    for clause in draw(st.permutations(clauses)):
        parts += clause
    cased = [
        draw(st.sampled_from([part, part.upper(), part.title()])) if part in WORDS else part for part in parts
    ]
    return draw(BLANKS).join(cased), statement


@settings(max_examples=200, deadline=None)
@given(statements())
def test_a_statement_is_read_as_it_was_meant(given: tuple[str, Statement]) -> None:
    written, meant = given
    assert read(written) == meant


@settings(max_examples=200, deadline=None)
@given(STRINGS)
def test_what_was_escaped_is_unescaped_to_itself(text: str) -> None:
    assert unescaped(quoted(text)) == text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        read(text)
    except Refusal as refusal:
        assert refusal.code in ("4000", "4001")


@settings(max_examples=100, deadline=None)
@given(statements(), st.integers(0, 200))
def test_a_statement_cut_short_is_refused_or_a_shorter_one(given: tuple[str, Statement], length: int) -> None:
    try:
        read(given[0][:length])
    except Refusal as refusal:
        assert refusal.code in ("4000", "4001")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select", 'Encountered "<EOF>" at line 1, column 7.'),
        ("select from Customer", 'Encountered " "from" "from "" at line 1, column 8.'),
        ("select * from Customer where Id = 5 and", 'Encountered "<EOF>" at line 1, column 40.'),
        ("select * from Customer where 'a' = 'b'", 'Encountered " <STRING> "\'a\' "" at line 1, column 30.'),
        ("select * from Customer where Id ! 5", 'Lexical error at line 1, column 33.  Encountered: "!" (33)'),
        ("select * from Customer where (Id = 5)", 'Encountered " "(" "( "" at line 1, column 30.'),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(text)
    assert said in refused.value.detail
