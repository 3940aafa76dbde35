"""What QBO shows of a document against what we sent: what differs, whether it is the same, or voided."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.company.entities import Entity, tax_of
from portal.models.types import cents_of, number_of
from portal.plan.groups import differing, value_of
from portal.plan.rates import home_amount

LineShape = tuple[str, int]


def compare(expected: Mapping[str, Any], entity: Entity) -> dict[str, list[Any]]:
    """What differs between what a Plan expected (`Plan.expected()`, and all that ours says as `sent`) and
    what QBO made of it, as [ours, theirs].

    net, tax, and home (the total in the home currency) in cents; doc_number; other groups of fields as their
    values; empty when all agrees. A difference of tax within half a cent for each rounding that QBO may make
    is `rounding`: it is kept for the record and is no variance.
    """
    found: dict[str, list[Any]] = {}
    if expected.get("net") is not None and expected["net"] != net_of(entity):
        found["net"] = [expected["net"], net_of(entity)]
    if expected.get("tax") is not None and expected["tax"] != tax_of(entity):
        tolerated = 2 * abs(expected["tax"] - tax_of(entity)) <= expected.get("tax_lines", 0)
        found["rounding" if tolerated else "tax"] = [expected["tax"], tax_of(entity)]
    if (home := _home(expected, entity, found)) is not None:
        found["home"] = home
    number, theirs = expected.get("doc_number"), entity.get("DocNumber")
    if number is not None and number != theirs:
        found["doc_number"] = [number, theirs]
    ours = {**expected.get("sent", {}), **expected.get("left", {})}
    groups = differing(ours, entity, expected.get("emptied", ()), expected.get("names", ()))
    if "DueDate" not in ours and str(entity.get("DueDate") or "9") < str(entity.get("TxnDate") or ""):
        groups.setdefault("dates", [value_of("dates", ours), value_of("dates", entity)])
    told = {"number"} | ({"lines"} if found.keys() & {"net", "tax"} else set())
    if "home" in found and "customer" in groups and _differ_in_rate_alone(*groups["customer"]):
        told.add("customer")
    return found | {group: both for group, both in groups.items() if group not in told}


def _home(expected: Mapping[str, Any], entity: Entity, found: Mapping[str, list[Any]]) -> list[int] | None:
    """The total in the home currency, ours and theirs, where the rate makes them differ: not where net or tax
    differ, which is told already, and not by what QBO may round otherwise in a tax of its own."""
    rate, shown = number_of(expected.get("rate")), entity.get("HomeTotalAmt")
    if rate is None or shown is None:
        return None
    total, theirs = expected.get("total"), cents_of(shown)
    if total is None or found:
        total = cents_of(entity.get("TotalAmt"))
    ours = home_amount(total, rate)
    return None if ours == theirs else [ours, theirs]


def _differ_in_rate_alone(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    return all(theirs.get(field) == value for field, value in ours.items() if field != "ExchangeRate")


def net_of(entity: Entity) -> int:
    """Cents before tax: lines less discount lines; from the total where QBO showed no lines."""
    lines = entity.get("Line")
    if not lines:
        return cents_of(entity.get("TotalAmt")) - tax_of(entity)
    return sum(
        cents_of(line.get("Amount")) for line in lines if line.get("DetailType") == "SalesItemLineDetail"
    ) - sum(cents_of(line.get("Amount")) for line in lines if line.get("DetailType") == "DiscountLineDetail")


def same_document(payload: Entity, entity: Entity) -> bool:
    """Whether a document shows the net and the lines (number of lines, item, amount) of a payload of ours.

    Either side as planned, as stored or as QBO printed it. Addresses and unit prices are never compared: QBO
    rewrites both. An update that carries no lines says nothing of them.
    """
    if "Line" not in payload:
        return True
    return net_of(payload) == net_of(entity) and _lines(payload) == _lines(entity)


def _lines(entity: Entity) -> Sequence[LineShape]:
    """Item and cents of each sales line, in order."""
    return [
        (
            str(line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value", "")),
            cents_of(line.get("Amount")),
        )
        for line in entity.get("Line") or ()
        if line.get("DetailType") == "SalesItemLineDetail"
    ]
