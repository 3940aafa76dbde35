"""QuickBooks' query language, read: text in, a checked statement out, or the faults 4000 and 4001."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from . import refusals

WRITTEN = r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.{doubled})*')
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<sign><=|>=|!=|[=<>(),*])
    )"""
TOKENS = {
    doubled: re.compile(WRITTEN.replace("{doubled}", "|''" if doubled else ""), re.VERBOSE | re.DOTALL)
    for doubled in (False, True)
}
OPERATORS = ("=", "<", ">", "<=", ">=", "LIKE", "IN")
UNEQUAL, NOT_IN = "!=", "NOT IN"
"""In no list of the documented ones; clients use them all the same, the first only not on Id."""
AFTER_CONDITION = (
    "<EOF>",
    "<AND>",
    '"iterator"',
    '"maxresults"',
    "<OR>",
    '"order"',
    '"orderby"',
    '"startposition"',
)
RESERVED = frozenset(
    {"SELECT", "FROM", "WHERE", "AND", "OR", "ORDER", "ORDERBY", "BY", "STARTPOSITION", "MAXRESULTS", "LIKE",
     "IN", "TRUE", "FALSE", "ITERATOR"}
)  # fmt: skip
"""Words that name nothing: where a property or an entity is wanted, they are a mistake."""
USUAL_PAGE = 100
LONGEST_NUMBER = 9


@dataclass(frozen=True)
class Quoting:
    """How literals are written, where that is open: usually backslashes alone escape, and they anything."""

    doubled: bool = False
    """Two quotes are one."""
    literal_backslash: bool = False
    """A backslash escapes a quote alone."""
    bare_numbers: bool = True


PLAIN = Quoting()


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int
    column: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text

    @property
    def is_name(self) -> bool:
        return self.kind == "word" and self.upper not in RESERVED

    @property
    def shown(self) -> str:
        """As the parser of QuickBooks names what it has met: its kind, and after it the text."""
        if self.kind == "end":
            return "<EOF>"
        if self.upper in ("AND", "OR"):
            return f' <{self.upper}> "{self.text} "'
        if self.kind == "word" and not self.is_name:
            return f' "{self.text.lower()}" "{self.text} "'
        number = "<INTEGER>" if self.text.isdecimal() else "<NUMBER>"
        kind = {"word": "<IDENTIFIER>", "string": "<STRING>", "number": number}.get(self.kind)
        return f' {kind} "{self.text} "' if kind else f' "{self.text}" "{self.text} "'


@dataclass(frozen=True)
class Literal:
    """`quoted` tells 'true' from true."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Condition:
    property: str
    operator: str
    values: tuple[Literal, ...]


@dataclass
class Statement:
    entity: str
    fields: list[str] = field(default_factory=list)
    everything: bool = False
    """`*`, beside which fields may be named too."""
    counting: bool = False
    conditions: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Property and whether it descends."""
    start: int = 1
    size: int = USUAL_PAGE


def read(text: str, quoting: Quoting = Quoting()) -> Statement:  # it can't be changed
    """Raises Refusal 4000 for what can't be parsed, 4001 for page numbers out of range."""
    return _Reader(_tokens(text, quoting), quoting).statement()


def _tokens(text: str, quoting: Quoting) -> list[Token]:
    tokens: list[Token] = []
    place = 0
    while text[place:].strip():
        found = TOKENS[quoting.doubled].match(text, place)
        if found is None:
            place += len(text[place:]) - len(text[place:].lstrip())
            sign = text[place]
            line, column = _position(text, place)
            raise refusals.unreadable_query(
                f"Invalid content. Lexical error at line {line}, column {column}.  "
                f'Encountered: "{sign}" ({ord(sign)}), after : ""'
            )
        kind = str(found.lastgroup)
        tokens.append(Token(kind, found.group(kind), *_position(text, found.start(kind))))
        place = found.end()
    tokens.append(Token("end", "", *_position(text, len(text))))
    return tokens


def _position(text: str, place: int) -> tuple[int, int]:
    """Line and column, both counted from 1."""
    return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)


def unescaped(quoted: str, quoting: Quoting = PLAIN) -> str:
    """`'Amy\\'s'` → `Amy's`; a backslash is escaped by another."""
    inside = quoted[1:-1].replace("''", "'") if quoting.doubled else quoted[1:-1]
    return re.sub(r"\\(')" if quoting.literal_backslash else r"\\(.)", r"\1", inside, flags=re.DOTALL)


class _Reader:
    """Reads the tokens once, from left to right."""

    def __init__(self, tokens: list[Token], quoting: Quoting) -> None:
        self._tokens, self._quoting = tokens, quoting
        self._place = 0

    def statement(self) -> Statement:
        self._word("SELECT")
        statement = self._selection()
        self._word("FROM")
        statement.entity = self._name()
        if self._accept("WHERE"):
            statement.conditions.append(self._condition())
            while self._accept("AND"):
                statement.conditions.append(self._condition())
        given: set[str] = set()
        while self._next.kind != "end":
            self._clause(statement, given)
        return statement

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _accept(self, *words: str) -> bool:
        if self._next.kind in ("word", "sign") and self._next.upper in words:
            self._place += 1
            return True
        return False

    def _word(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected(f'"{word.lower()}"')

    def _take(self, kind: str, expected: str) -> Token:
        if self._next.kind != kind:
            raise self._unexpected(expected)
        self._place += 1
        return self._tokens[self._place - 1]

    def _name(self) -> str:
        if not self._next.is_name:
            raise self._unexpected("<IDENTIFIER>")
        return self._take("word", "<IDENTIFIER>").text

    def _selection(self) -> Statement:
        statement = Statement("")
        if self._next.upper == "COUNT":
            self._place += 1
            for sign in ("(", "*", ")"):
                self._word(sign)
            statement.counting = True
            return statement
        while True:
            if self._accept("*"):
                statement.everything = True
            else:
                statement.fields.append(self._name())
            if not self._accept(","):
                return statement

    def _condition(self) -> Condition:
        name = self._name()
        if self._accept("NOT"):
            if self._next.upper != "IN":
                raise self._unexpected('"in"')
            return replace(self._listed(name), operator=NOT_IN)
        operator = self._next.upper
        if operator not in (OPERATORS if name.casefold() == "id" else (*OPERATORS, UNEQUAL)):
            raise self._unexpected(*(f'"{each.lower()}"' for each in OPERATORS))
        if operator == "IN":
            return self._listed(name)
        self._place += 1
        return Condition(name, operator, (self._literal(),))

    def _listed(self, name: str) -> Condition:
        self._word("IN")
        self._word("(")
        values = [self._literal()]
        while self._accept(","):
            values.append(self._literal())
        self._word(")")
        return Condition(name, "IN", tuple(values))

    def _literal(self) -> Literal:
        token = self._next
        self._place += 1
        if token.kind == "string":
            return Literal(unescaped(token.text, self._quoting), True)
        number = token.kind == "number" and self._quoting.bare_numbers
        if number or token.upper in ("TRUE", "FALSE", "CURRENT_DATE"):
            return Literal(token.upper, False)
        self._place -= 1
        raise self._unexpected('"false"', '"true"', "<DATETIME>", "<ID>", "<STRING>")

    def _clause(self, statement: Statement, given: set[str]) -> None:
        """In any order, each at most once."""
        word = "ORDERBY" if self._next.upper == "ORDER" else self._next.upper
        if word in given:
            raise self._unexpected("<EOF>")
        given.add(word)
        if self._accept("ORDERBY") or (self._accept("ORDER") and self._after_order()):
            statement.order.append(self._ordering())
            while self._accept(","):
                statement.order.append(self._ordering())
        elif self._accept("STARTPOSITION"):
            statement.start = self._whole_number()
        elif self._accept("MAXRESULTS"):
            statement.size = self._whole_number()
        else:
            raise self._unexpected(*AFTER_CONDITION)

    def _after_order(self) -> bool:
        self._word("BY")
        return True

    def _ordering(self) -> tuple[str, bool]:
        name = self._name()
        descends = self._accept("DESC")
        if not descends:
            self._accept("ASC")
        return name, descends

    def _whole_number(self) -> int:
        token = self._take("number", "<INTEGER>")
        if not token.text.lstrip("-").isdecimal():
            self._place -= 1
            raise self._unexpected("<INTEGER>")
        if len(token.text) > LONGEST_NUMBER:
            raise refusals.invalid_query(f"value {token.text} is too large. Max allowed value is 2147483647")
        if int(token.text) < 1:
            raise refusals.invalid_query(f"value {token.text} is too small. Min allowed value is 1")
        return int(token.text)

    def _unexpected(self, *expected: str) -> refusals.Refusal:
        token = self._next
        listed = "".join(f"    {each} {'' if each == '<EOF>' else '...'}\n" for each in expected)
        return refusals.unreadable_query(
            f'Encountered "{token.shown}" at line {token.line}, column {token.column}.\n'
            f"Was expecting one of:\n{listed}    "
        )
