"""The pieces of a report as QuickBooks prints them: columns, rows, and sections with a head and a sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .wire import Body, money

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Named:
    """Text that stands for a record: clients find the record by its Id."""

    text: str
    id: str


Cell = str | Named | Decimal | None


@dataclass(frozen=True)
class Table:
    columns: Sequence[tuple[str, str]]
    """Title and key; what isn't text is told by the key."""
    rows: list[Body]

    @property
    def is_empty(self) -> bool:
        return not any(_has_data(row) for row in self.rows)


MONEY = frozenset(
    {"total", "debit", "credit", "subt_nat_amount", "rbal_nat_amount", "debt_amt", "credit_amt", "current",
     "d1", "d31", "d61", "d91", "income", "expense", "net_income", "subt_open_bal", "value", "rate", "tax",
     "balance"}
)  # fmt: skip
TYPES = {"tx_date": "Date", "due_date": "Date", "account": "Account", "account_name": "String"}


def column(title: str, key: str) -> Body:
    kind = "Money" if key in MONEY else TYPES.get(key, "String")
    return {"ColTitle": title, "ColType": kind, "MetaData": [{"Name": "ColKey", "Value": key}]}


def data(*cells: Cell) -> Body:
    return {"ColData": [_cell(each) for each in cells], "type": "Data"}


def section(head: Sequence[Cell] | None, rows: list[Body], summary: Sequence[Cell], group: str = "") -> Body:
    """A section without rows has none, rather than an empty list of them."""
    body: Body = {}
    if head is not None:
        body["Header"] = {"ColData": [_cell(each) for each in head]}
    if rows:
        body["Rows"] = {"Row": rows}
    body |= {"Summary": {"ColData": [_cell(each) for each in summary]}, "type": "Section"}
    return body | ({"group": group} if group else {})


def shown(amount: Decimal) -> str:
    return format(money(amount), "f")


def _cell(cell: Cell) -> Body:
    if isinstance(cell, Named):
        return {"value": cell.text, **({"id": cell.id} if cell.id else {})}
    if isinstance(cell, Decimal):
        return {"value": shown(cell)}
    return {"value": cell or ""}


def _has_data(row: Body) -> bool:
    return row["type"] == "Data" or any(_has_data(each) for each in row.get("Rows", {}).get("Row", []))
