"""A statement put to a company's records: properties allowed, SQL on indexed columns, shape of the answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from . import query, refusals
from .books import Books
from .clock import PACIFIC, sortable
from .kinds import KINDS, Kind
from .kinds.kind import Column
from .kinds.mail import bad_addresses
from .schema import LARGEST_NUMBER
from .switches import QUERY_LAG
from .wire import Body, Printed, cents, loads

TOLD_IN_FULL = ("TaxCode", "TaxRate")
"""Lists of these say how many there are beside how many came."""
LARGEST_PAGE = 1000
PSEUDO_CODES = "('TAX', 'NON', 'CustomSalesTax')"
BY_FOLDED_NAME = {name.casefold(): kind for name, kind in KINDS.items()}


def answer(books: Books, text: str) -> Body:
    """The inside of QueryResponse. Raises Refusal 4000 or 4001."""
    doubled = books.switches["doubled_quotes"] == "escaped"
    literal = books.switches["query_backslash"] == "literal"
    bare = books.switches["bare_numbers"] == "taken"
    statement = query.read(text, query.Quoting(doubled, literal, bare))
    kind = BY_FOLDED_NAME.get(statement.entity.casefold())
    if kind is None:
        raise refusals.no_such_entity(statement.entity)
    _check_page(books, statement)
    where, values = _where(books, kind, statement)
    if kind.by_day is not None and (day := _one_day(statement)):
        return _of_day(kind.by_day(books, day), kind, statement)
    if statement.counting:
        return {"totalCount": _count(books, where, values)}
    rows = _rows(books, kind, statement, where, values)
    if not rows:
        return {}
    _check_copies(books, kind, rows)
    found = [_projected(books, kind, body, statement) for body in rows]
    answered: Body = {kind.answered_as: found, "startPosition": statement.start, "maxResults": len(found)}
    if kind.name in TOLD_IN_FULL:
        answered["totalCount"] = _count(books, where, values)
    return answered


def _one_day(statement: query.Statement) -> str:
    """The day that a statement names, and no other."""
    named = [each for each in statement.conditions if each.property.casefold() == "asofdate"]
    return named[0].values[0].text[:10] if [each.operator for each in named] == ["="] else ""


def _of_day(rows: list[Body], kind: Kind, statement: query.Statement) -> Body:
    """What holds on one day, further narrowed by equality alone."""
    for each in statement.conditions:
        if each.property.casefold() == "sourcecurrencycode" and each.operator in ("=", "IN"):
            wanted = {literal.text.casefold() for literal in each.values}
            rows = [row for row in rows if str(row["SourceCurrencyCode"]).casefold() in wanted]
    if statement.counting:
        return {"totalCount": len(rows)}
    page = rows[statement.start - 1 : statement.start - 1 + statement.size]
    if not page:
        return {}
    return {kind.answered_as: page, "startPosition": statement.start, "maxResults": len(page)}


def _check_page(books: Books, statement: query.Statement) -> None:
    if statement.size <= LARGEST_PAGE:
        return
    if books.switches["page_too_large"] == "refused":
        limit = f"Max allowed value is {LARGEST_PAGE}"
        raise refusals.invalid_query(f"value {statement.size} is too large. {limit}")
    statement.size = LARGEST_PAGE


def _check_copies(books: Books, kind: Kind, rows: list[str]) -> None:
    """An address that was taken as it came ends the query that meets it. Raises 4002."""
    if books.switches["cc_addresses"] == "checked_when_written" or not kind.is_document:
        return
    for row in rows:
        body = loads(row)
        given = [(body.get(field) or {}).get("Address", "") for field in ("BillEmailCc", "BillEmailBcc")]
        if any(bad_addresses(books, each) for each in given if each):
            raise refusals.unprocessed_query("To email address entered is invalid")


def _count(books: Books, where: str, values: list[Any]) -> int:
    found = f"SELECT count(*) FROM record WHERE {where}"  # noqa: S608  # columns are of our own tables
    return int(books.connection.execute(found, values).fetchone()[0])


def _rows(books: Books, kind: Kind, statement: query.Statement, where: str, values: list[Any]) -> list[str]:
    order = _order(books, kind, statement)
    pseudo: list[str] = []
    if kind.name == "TaxCode" and books.country == "US":
        # A page of tax codes doesn't count the three pseudo codes: they come on top of the first one.
        if statement.start == 1:
            pseudo = _bodies(books, f"{where} AND id IN {PSEUDO_CODES} ORDER BY id DESC", values)
        where = f"{where} AND id NOT IN {PSEUDO_CODES}"
    page = [*values, statement.size, statement.start - 1]
    return pseudo + _bodies(books, f"{where} ORDER BY {order} LIMIT ? OFFSET ?", page)


def _order(books: Books, kind: Kind, statement: query.Statement) -> str:
    terms = [_ordering(books, kind, *each) for each in statement.order] or list(kind.order)
    exact = [
        (each.operator, _column(books, kind, each.property)[1])
        for each in statement.conditions
        if each.operator in ("=", "IN")
    ]
    # A customer's documents stand in their index in the usual order already.
    by_party = [(operator, column.sql) for operator, column in exact] == [
        ("=", "party")
    ] and not statement.order
    if any(column.is_indexed for _, column in exact) and not by_party:
        # The plus keeps SQLite from walking an index of this order instead of the one that finds few rows.
        terms = [f"+{term}" for term in terms]
    return ", ".join(terms)


def _bodies(books: Books, rest: str, values: list[Any]) -> list[str]:
    found = f"SELECT body FROM record WHERE {rest}"  # noqa: S608  # columns are of our own tables
    return [row["body"] for row in books.connection.execute(found, values)]


def _where(books: Books, kind: Kind, statement: query.Statement) -> tuple[str, list[Any]]:
    parts = ["realm = ?", "entity = ?", "state <> 'deleted'"]
    values: list[Any] = [books.realm, kind.name]
    mentioned = set()
    for condition in statement.conditions:
        name, column = _column(books, kind, condition.property)
        mentioned.add(name)
        sql, given = _compared(books, name, column, condition)
        parts.append(sql)
        values.extend(given)
    if lag := books.switches[QUERY_LAG]:
        parts.append("created <= ?")
        values.append(sortable(books.clock.now() - timedelta(seconds=lag)))
    if kind.has_active and "Active" not in mentioned:
        parts.append("active = 1")
    return " AND ".join(parts), values


def _column(books: Books, kind: Kind, asked: str) -> tuple[str, Column]:
    folded = asked.casefold()
    all_certain = books.switches["uncertain_properties"] == "refused"
    for name, column in kind.columns.items():
        if name.casefold() == folded and column.filterable and (column.certain or not all_certain):
            return name, column
    if _is_known(kind, asked):
        raise refusals.invalid_query(f"property '{asked}' is not queryable")
    raise _no_such_property(books, kind, asked)


def _no_such_property(books: Books, kind: Kind, asked: str) -> refusals.Refusal:
    if books.switches["unknown_property_text"] == "not queryable":
        return refusals.invalid_query(f"property '{asked}' is not queryable")
    return refusals.invalid_query(f"Property {asked} not found for Entity {kind.name}")


def _is_known(kind: Kind, asked: str) -> bool:
    first = asked.split(".")[0].casefold()
    return any(name.split(".")[0].casefold() == first for name in (*kind.shape.properties, *kind.columns))


def _ordering(books: Books, kind: Kind, asked: str, descends: bool) -> str:
    for name, column in kind.columns.items():
        if name.casefold() == asked.casefold() and column.sortable:
            sql = "CAST(id AS INTEGER)" if column.type in ("id", "code") else column.sql
            return f"{sql} DESC" if descends else sql
    if _is_known(kind, asked):
        raise refusals.invalid_query(f"property '{asked}' is not sortable")
    raise _no_such_property(books, kind, asked)


def _compared(books: Books, name: str, column: Column, condition: query.Condition) -> tuple[str, list[Any]]:
    comparable = condition.operator in ("=", "IN", query.NOT_IN) or column.type not in ("id", "code", "flag")
    if not comparable or (condition.operator == "LIKE" and column.type != "text"):
        raise refusals.invalid_query(f"Operator {condition.operator} is not supported for property {name}")
    if condition.operator == "LIKE":
        pattern = condition.values[0].text.casefold()
        return f"{column.sql} LIKE ? ESCAPE '\\'", [_like(pattern)]
    values = [_value(books, name, column, literal) for literal in condition.values]
    if condition.operator == "IN":
        return f"{column.sql} IN ({', '.join('?' for _ in values)})", values
    if condition.operator == query.NOT_IN:
        return f"({column.sql} IS NULL OR {column.sql} NOT IN ({', '.join('?' for _ in values)}))", values
    if column.type == "text" and condition.operator == "=" and not condition.values[0].text.strip():
        return f"{column.sql} IS NULL", []
    if condition.operator == query.UNEQUAL:
        return f"{column.sql} IS NOT ?", values
    return f"{column.sql} {condition.operator} ?", values


def _like(pattern: str) -> str:
    """Only the percent sign is a wildcard for QuickBooks."""
    return pattern.replace("\\", "\\\\").replace("_", "\\_")


def _value(books: Books, name: str, column: Column, literal: query.Literal) -> Any:
    try:
        found = _typed(books, column.type, literal.text)
        return dict(column.also).get(found, found)
    except (ValueError, InvalidOperation, OverflowError):
        raise refusals.invalid_query(f"value {literal.text} is not valid for property {name}") from None


def _typed(books: Books, type: str, text: str) -> Any:
    if text == "CURRENT_DATE":
        text = books.clock.today().isoformat()
    if type == "text":
        return text.casefold()
    if type == "id" and not text.isdecimal():
        raise refusals.invalid_id(text)
    if type in ("id", "code"):
        return text
    if type == "flag":
        if text.upper() not in ("TRUE", "FALSE"):
            raise ValueError(text)
        return text.upper() == "TRUE"
    if type == "money":
        amount = Decimal(text)
        if not abs(amount) <= LARGEST_NUMBER:
            raise ValueError(text)
        return cents(amount)
    if type == "number":
        # Stored JSON yields SQLite numbers; only their order is wanted here, no amount is computed from it.
        return float(Decimal(text))
    if type == "day":
        return date.fromisoformat(text[:10]).isoformat()
    moment = datetime.fromisoformat(text)
    return sortable(moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC))


def _projected(books: Books, kind: Kind, body: str, statement: query.Statement) -> Printed | Body:
    """All of it as it is stored, or what was named, which then lacks whatever it takes to be changed."""
    for asked in statement.fields:
        if not _is_known(kind, asked):
            raise _no_such_property(books, kind, asked)
    named = {asked.split(".")[0].casefold() for asked in statement.fields}
    if statement.everything:
        hidden = {name for name in _unlisted(books, kind) if name.casefold() not in named}
        if not hidden:
            return kind.shown(body)
        return {name: value for name, value in loads(body).items() if name not in hidden}
    whole = loads(body)
    marked = {"sparse": True} if books.switches["named_fields_sparse"] else {}
    return marked | {name: whole[name] for name in whole if name.casefold() in named}


def _unlisted(books: Books, kind: Kind) -> tuple[str, ...]:
    """What a single read shows and a list doesn't."""
    if kind.name == "Customer" and not books.switches["default_tax_code_in_lists"]:
        return ("DefaultTaxCodeRef",)
    if kind.name == "Item" and not books.switches["sku_in_select_all"]:
        return ("Sku",)
    return ()
