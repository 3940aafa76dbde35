"""The lines of a document: items, amounts after every discount, unit prices, tax, and what they need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portal.models import Order, OrderCharge, OrderLine
from portal.models.kinds import RecordRef, ref_of
from portal.models.sales import UNDISCOUNTED, order_discount
from portal.models.types import storable, units
from portal.plan.amounts import plain, same, spread, unit_price
from portal.plan.checks import cleaned
from portal.plan.deposit_accounts import booked_as_income
from portal.plan.items import identity_problems
from portal.plan.mapping_problems import usable
from portal.plan.places import Place
from portal.plan.taxes import Bearing, bearing, section_of
from portal.plan.types import Choice, Context, Linked, Payload
from portal.plan.types import plain_name as name_of
from portal.problems import Found, causes

# QBO: at most so many characters
LONGEST_DESCRIPTION = 4_000
# Where `Link.ours_then` of a document keeps which records of ours it was made from: its location, and what
# each line sells. No field of QBO's.
RECORDS = "records"


@dataclass(frozen=True)
class Line:
    """One line in the order's own signs. amount: cents after all discounts. record: Id of the SKU, or of the
    kind of charge."""

    item: str
    description: str
    quantity: Decimal
    list_price: Decimal
    amount: int
    bears: Bearing
    record: str = ""


@dataclass
class Lines:
    """All lines of an order, with what stands in the way of some and the records others wait for."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Found] = field(default_factory=list)
    needs: list[RecordRef] = field(default_factory=list)
    # Of every line, also of one that has no item yet: cents, and what it bears, None where that is not known.
    borne: list[tuple[int, Bearing | None]] = field(default_factory=list)

    @property
    def taxed(self) -> list[tuple[int, Bearing]]:
        return [(line.amount, line.bears) for line in self.lines]


def lines_of(order: Order, context: Context, customer_tax: str, place: Place, own_code: str | None) -> Lines:
    """Lines in the order's sequence, then its charges. `own_code`: the TaxCode the QBO customer has of
    its own.
    """
    made = Lines()
    found = bearings(order, context, customer_tax, place, own_code)
    made.borne = borne(found)
    bears_of = [None if bears is None or isinstance(bears, Found) else bears for _, bears in found]
    for line, share, bears in zip(order.lines, discount_shares(order), bears_of, strict=False):
        item = _item_of(line, context, made)
        if item and bears:
            text = describe(line, share, order.discount_percent)
            sold, amount = str(line.sku_id), line.amount - share
            made.lines.append(Line(item, text, line.quantity, line.unit_price, amount, bears, sold))
    for charge, bears in zip(order.charges, bears_of[len(order.lines) :], strict=True):
        item = _item_of_charge(charge, context, made)
        if item and bears:
            quantity = Decimal(-1 if charge.amount < 0 else 1)
            text = cleaned(charge.description) or charge.charge_kind.name
            price_each, kind = abs(units(charge.amount)), str(charge.charge_kind_id)
            made.lines.append(Line(item, text, quantity, price_each, charge.amount, bears, kind))
    made.problems += [bears for _, bears in found if isinstance(bears, Found)]
    return made


def bearings(
    order: Order, context: Context, customer_tax: str, place: Place, own_code: str | None
) -> list[tuple[int, Bearing | Found | None]]:
    """Of every line and charge: cents, and what it bears or why that is not known; None where its country is
    not, a problem of the order. Whichever items they become."""

    def bears(kind: str, own_status: str) -> Bearing | Found | None:
        section = section_of(kind, customer_tax, own_status, place.abroad)
        return None if place.unknown_country else bearing(context, *section, place, own_code)

    return [
        *(
            (line.amount - share, bears(kind_of(line), line.tax_status or line.sku.tax_status))
            for line, share in zip(order.lines, discount_shares(order), strict=True)
        ),
        *(
            (charge.amount, bears("charge", charge.tax_status or charge.charge_kind.tax_status))
            for charge in order.charges
        ),
    ]


def borne(found: Sequence[tuple[int, Bearing | Found | None]]) -> list[tuple[int, Bearing | None]]:
    """The same, where it is not known without the reason."""
    return [(amount, None if isinstance(bears, Found) else bears) for amount, bears in found]


def kind_of(line: OrderLine) -> str:
    return line.kind or line.sku.kind


def discount_shares(order: Order) -> list[int]:
    """Cents of the order's discount that each line bears; charges bear none."""
    bearing_lines = [line.amount if kind_of(line) not in UNDISCOUNTED else 0 for line in order.lines]
    discount = order_discount(order.discount_percent, order.discount_amount, sum(bearing_lines))
    return spread(discount, bearing_lines)


def describe(line: OrderLine, share: int, order_percent: Decimal | None) -> str:
    """What stands on the line, with the list price where less than it is charged."""
    text = cleaned(line.description) or name_of(line.sku)
    less = []
    if line.discount_percent:
        less.append(f"less {percent(line.discount_percent)} %")
    if share and order_percent:
        less.append(f"less {percent(order_percent)} % on the order")
    elif share:
        less.append(f"less {abs(units(share))} of the discount on the order")
    if less:
        text = f"{text} (List {price(line.unit_price)}, {', '.join(less)})"
    return text[:LONGEST_DESCRIPTION]


def price(value: Decimal) -> str:
    """At least two decimals: 12.50, 16.7975."""
    short = plain(value)
    exponent = short.as_tuple().exponent
    return f"{short if isinstance(exponent, int) and exponent < -2 else value.quantize(Decimal('0.01')):f}"


def percent(value: Decimal) -> str:
    return f"{plain(value):f}"


def as_payload(lines: Sequence[Line], sign: int) -> list[Payload]:
    """QBO's Line array; sign −1 turns every line round for a credit memo."""
    return [_line(line, sign) for line in lines]


def with_their_items(
    lines: Sequence[Payload], records: Sequence[str], ours_then: Mapping[str, Any]
) -> list[Payload]:
    """The same lines, those that did not change here on the items that they were sent with, whichever item
    the SKU is linked to by now. records: what each line sells, as in `Line`."""
    left = list(zip(ours_then.get(RECORDS, {}).get("lines", ()), ours_then.get("Line", ()), strict=False))
    made = []
    for record, line in zip(records, lines, strict=True):
        stored = storable(line)
        then = next((one for one in left if one[0] == record and _is_but_for_its_item(stored, one[1])), None)
        if then is not None:
            left.remove(then)
            line = _on_item(line, _item(then[1]))
        made.append(line)
    return made


def beside_theirs(lines: Sequence[Payload], linked: Linked) -> list[Payload]:
    """The same lines with Ids and classes of theirs carried over, and descriptions that only they changed."""
    theirs = _sales_lines(linked.theirs)
    sent = _sales_lines(linked.ours_then)
    return [_beside(line, _take(theirs, _item(line)), _take(sent, _item(line))) for line in lines]


def _line(line: Line, sign: int) -> Payload:
    quantity, amount = sign * line.quantity, sign * line.amount
    detail: Payload = {"ItemRef": {"value": line.item}, "Qty": plain(quantity)}
    single = unit_price(amount, quantity, line.list_price)
    if single is not None:
        detail["UnitPrice"] = single
    if line.bears.code:
        detail["TaxCodeRef"] = {"value": line.bears.code}
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": units(amount),
        "Description": line.description,
        "SalesItemLineDetail": detail,
    }


def _is_but_for_its_item(line: Payload, then: Mapping[str, Any]) -> bool:
    return same(_on_item(line, ""), _on_item(then, ""))


def _on_item(line: Mapping[str, Any], item: str) -> Payload:
    return {**line, "SalesItemLineDetail": {**line["SalesItemLineDetail"], "ItemRef": {"value": item}}}


def _beside(line: Payload, standing: Mapping[str, Any] | None, sent: Mapping[str, Any] | None) -> Payload:
    if not standing or not standing.get("Id"):
        return line
    made = {**line, "Id": standing["Id"]}
    kept = standing.get("SalesItemLineDetail", {}).get("ClassRef")
    if kept:
        made["SalesItemLineDetail"] = {**line["SalesItemLineDetail"], "ClassRef": {"value": kept["value"]}}
    unchanged_here = sent is not None and sent.get("Description") == line["Description"]
    if unchanged_here and standing.get("Description"):
        made["Description"] = standing["Description"]
    return made


def _sales_lines(document: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    lines = (document or {}).get("Line", [])
    return [line for line in lines if line.get("DetailType") == "SalesItemLineDetail"]


def _item(line: Mapping[str, Any]) -> str:
    return str(line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value", ""))


def _take(lines: list[Mapping[str, Any]], item: str) -> Mapping[str, Any] | None:
    """The first of these lines with this item that no other line of ours took."""
    for index, line in enumerate(lines):
        if _item(line) == item:
            return lines.pop(index)
    return None


def _item_of(line: OrderLine, context: Context, made: Lines) -> str | None:
    """The Item's Id, a stand-in while it is on its way, or None where it can't be."""
    record = ref_of(line.sku)
    linked = context.links.get(record)
    if linked:
        booked = booked_as_income(line.sku, context)
        made.problems += [booked] if booked else []
        return None if booked else linked.external_id
    if context.settings.products_on and line.sku.not_to_be_sent is None:
        if record not in made.needs:
            made.needs.append(record)
        return "?"
    problems = list(identity_problems(line.sku, context)) or [_no_match(line)]
    made.problems += [problem for problem in problems if problem not in made.problems]
    return None


def _no_match(line: OrderLine) -> Found:
    sku, cause = line.sku, causes.of_match(RecordRef("sku", line.sku.id))
    values = {"sku": name_of(sku), "code": sku.code or "", "candidates": []}
    if sku.not_to_be_sent is not None:
        return Found("sku_kept_back", values | {"reason": sku.not_to_be_sent}, cause)
    return Found("sku_no_match", values, cause)


def _item_of_charge(charge: OrderCharge, context: Context, made: Lines) -> str | None:
    ours = str(charge.charge_kind_id)
    found = usable_item(ours, context.choice("charge_kinds", ours), charge.charge_kind.name)
    if isinstance(found, Found):
        made.problems.append(found)
        return None
    return found.external_id


def usable_item(ours: str, choice: Choice | None, name: str) -> Choice | Found:
    """The choice made for a kind of charge, or what is wrong with it. `ours`: its Id as a mapping has it."""
    return usable("charge_kinds", ours, choice, {"charge": name})


def distinct(problems: Sequence[Found]) -> Iterator[Found]:
    """Each problem once, in the order found: five lines without a tax code are one problem."""
    seen: list[Found] = []
    for problem in problems:
        if problem not in seen:
            seen.append(problem)
            yield problem
