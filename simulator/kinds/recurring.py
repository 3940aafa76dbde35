"""RecurringTransaction: a template of a document and when it is due. No document ever comes of one here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import refusals
from ..books import Books, Indexed, Record
from ..schema import DAY, FLAG, FREE, IGNORED, NUMBER, Property, Shape, checked, nested, one_of, text
from ..wire import Body, Printed, dumps, loads, money
from . import kept
from .document_shapes import CREDIT_MEMO, ESTIMATE, INVOICE, REFUND_RECEIPT, SALES_RECEIPT
from .kind import COMMON_COLUMNS, Kind, inside, text_column

NAME = "RecurringTransaction"
UNSUMMED = frozenset({"JournalEntry", "Transfer"})
NOTHING = Decimal(0)
SCHEDULE = Shape(
    "ScheduleInfo",
    {
        **dict.fromkeys(("IntervalType", "DayOfWeek", "MonthOfYear"), text()),
        **dict.fromkeys(
            ("NumInterval", "DayOfMonth", "WeekOfMonth", "DaysBefore", "RemindDays", "MaxOccurrences"), NUMBER
        ),
        **dict.fromkeys(("StartDate", "EndDate"), DAY),
        **dict.fromkeys(("NextDate", "PreviousDate"), IGNORED),
    },
)
INFO = nested(
    Shape(
        "RecurringInfo",
        {
            "Name": text(100),
            "RecurType": one_of("Automated", "Reminded", "UnScheduled"),
            "Active": FLAG,
            "ScheduleInfo": nested(SCHEDULE),
        },
    )
)
TEMPLATES = (
    INVOICE, CREDIT_MEMO, SALES_RECEIPT, REFUND_RECEIPT, ESTIMATE, kept.Bill.shape, kept.VendorCredit.shape,
    kept.Purchase.shape, kept.PurchaseOrder.shape, kept.Deposit.shape, kept.Transfer.shape,
    kept.JournalEntry.shape,
)  # fmt: skip
SHAPES = {
    each.name: Shape(each.name, each.properties | {"RecurringInfo": INFO, "RecurDataRef": IGNORED})
    for each in TEMPLATES
}


def _unwrapped(body: Any) -> Any:
    """What is inside `{"Invoice": {…}}`, with its type. Raises 2010, 2020, and what its type raises."""
    if not isinstance(body, dict):
        raise refusals.wrong_type(f"com.intuit.schema.finance.v3.{NAME}", body, NAME)
    for name in body:
        if name not in SHAPES:
            raise refusals.unknown_property(name, NAME, list(SHAPES))
    if len(body) != 1:
        raise refusals.missing(NAME)
    [(name, inside)] = body.items()
    return {**checked(SHAPES[name], inside), "Type": name}


def _shown(stored: str) -> Printed:
    whole: Body = loads(stored)
    return Printed(dumps({whole.pop("Type"): whole}))


def _build(books: Books, wanted: Body, before: Record | None, options: frozenset[str]) -> Body:
    info = wanted.get("RecurringInfo") or {}
    if not info.get("Name"):
        raise refusals.missing("RecurringInfo.Name")
    if before is not None and wanted["Type"] != before.body["Type"]:
        raise refusals.business("You can't change the type of this template.")
    body = kept.references(books, wanted)
    kept.settle_lines(body)
    if body["Type"] not in UNSUMMED:
        body["TotalAmt"] = money(sum((line.get("Amount", NOTHING) for line in body.get("Line", [])), NOTHING))
    return body | {"RecurringInfo": {"RecurType": "Automated", "Active": False, **info}}


ANY: dict[str, Property] = {name: FREE for each in SHAPES.values() for name in each.properties}
RecurringTransaction = Kind(
    name=NAME,
    shape=Shape(NAME, ANY | {"Type": FREE}),
    build=_build,
    index=lambda body: Indexed(name=body["RecurringInfo"]["Name"]),
    ids="transaction",
    operations=frozenset({"create", "update", "delete"}),
    survives_full_update=frozenset({"Type", "RecurringInfo", "CurrencyRef"}),
    columns={**COMMON_COLUMNS, "Type": inside("Type"), "Name": text_column("name")},
    unwrapped=_unwrapped,
    shown=_shown,
    wraps=True,
)
