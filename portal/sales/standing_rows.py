"""What an order's document says in QuickBooks, as rows: from these a difference is reckoned where it does not
say what the order said."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from portal.company.entities import Entity
from portal.models import Link
from portal.models.kinds import DOCUMENTS
from portal.models.types import cents_of, number_of
from portal.plan.lines import RECORDS
from portal.sales.difference_lines import Row

SOLD = "SalesItemLineDetail"
MONEY = frozenset({"net", "lines"})
"""As `Link.variance` names what the rows of a document differ in."""


def stands_otherwise(link: Link) -> bool:
    """Whether the document is known to sell something else than ours says, kept or accepted by a person."""
    return not MONEY.isdisjoint(link.variance)


def rows_there(link: Link, ours: Sequence[Row]) -> list[Row] | None:
    """The lines that stand there, each by what of ours it sells. None where one of them is not known to be
    one of ours, or bears another tax.

    ours: the rows of the order when it was carried over.
    """
    sold, rows, sign = _lines_of_ours(link), {str(row.of): row for row in ours}, DOCUMENTS[link.kind].sign
    found = []
    for line in link.theirs.fields.get("Line") or ():
        if line.get("DetailType") != SOLD:
            if line.get("DetailType") != "SubTotalLineDetail" and cents_of(line.get("Amount")):
                return None
            continue
        record, code = sold.get(_value(line, "ItemRef"), ("", ""))
        row = rows.get(record)
        if row is None or code not in ("", _value(line, "TaxCodeRef")):
            return None
        quantity = number_of(line[SOLD].get("Qty"))
        found.append(
            replace(
                row,
                quantity=sign * (Decimal(1) if quantity is None or row.is_charge else quantity),
                amount=sign * cents_of(line.get("Amount")),
                discount=0,
            )
        )
    return found


def _lines_of_ours(link: Link) -> Mapping[str, tuple[str, str]]:
    """By item, what of ours it was sold as and with which tax code; not one that stands for several."""
    ours = link.ours_then or {}
    records = ours.get(RECORDS, {}).get("lines", [])
    lines = [line for line in ours.get("Line") or () if line.get("DetailType") == SOLD]
    if len(records) != len(lines):
        return {}
    told = {
        (_value(line, "ItemRef"), record, _value(line, "TaxCodeRef"))
        for line, record in zip(lines, records, strict=True)
    }
    uses = Counter(item for item, *_ in told)
    return {item: (record, code) for item, record, code in told if uses[item] == 1}


def _value(line: Entity, field: str) -> str:
    return str((line.get(SOLD, {}).get(field) or {}).get("value") or "")
