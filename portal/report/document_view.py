"""A planned document as QBO's form shows it, and where each value comes from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.company import current
from portal.company.entities import name_of
from portal.models import Order, OrderCharge, OrderLine
from portal.models.kinds import DOCUMENTS, Kind, RecordRef, ref_of
from portal.models.types import cents
from portal.plan import Context, Plan, TaxCode, customers, items, plain_name
from portal.plan.amounts import percent_of
from portal.plan.lines import Line, lines_of, percent
from portal.plan.orders import Frozen
from portal.plan.tax_rates import in_force
from portal.plan.taxes import TAXED, own_tax_code
from portal.plan.terms import terms_of
from portal.plan.types import Payload
from portal.report import exchange
from portal.report.their_terms import their_terms

ADDRESS_LINES = ("Line1", "Line2", "Line3", "Line4", "Line5")
INVOICE_DATES = {
    "delivery": "the order's delivery date, as Sync settings say",
    "finalized": "the day it is finalized, as Sync settings say",
    "order": "the order date, as Sync settings say",
}
SOURCES = {
    "billing address of the order": "the order's billing address, kept when it was finalized",
    "delivery address of the order": "the order's delivery address, kept when it was finalized",
    "e-mail of the location": "the location's e-mail address",
    "invoice date and our payment term": "the invoice date and the days of our payment term",
    "invoice date and our payment term, and not before the document's date": (
        "the document's date: our payment term, counted from the invoice date, would end before it"
    ),
    "delivery date": "the order's delivery date",
    "currency of the order": "the order's currency",
    "purchase order number": "the order's purchase order number",
    "order number, reference and revision": "the order's number, reference and revision",
}
Stands = Mapping[RecordRef, str]
"""How the customer or an item that is not linked yet stands in QuickBooks."""

FIELDS = (
    ("BillAddr", "Bill to"),
    ("ShipAddr", "Ship to"),
    ("BillEmail", "E-mail"),
    ("DocNumber", "Number"),
    ("TxnDate", "Date"),
    ("SalesTermRef", "Terms"),
    ("DueDate", "Due date"),
    ("ShipDate", "Shipping date"),
    ("CurrencyRef", "Currency"),
    ("ExchangeRate", "Exchange rate"),
    ("CustomField", "Purchase order number"),
    ("CustomerMemo", "Message to the customer"),
    ("PrivateNote", "Memo on the statement"),
)


@dataclass(frozen=True)
class ShownField:
    """One value of the document: what it is called there, the value, and where it comes from."""

    what: str
    value: str | date
    source: str

    @property
    def is_day(self) -> bool:
        return isinstance(self.value, date)


@dataclass(frozen=True)
class ShownLine:
    """amount: cents. rate: None where QuickBooks is told no unit price."""

    item: str
    item_source: str
    description: str
    quantity: Decimal
    rate: Decimal | None
    amount: int
    tax: str
    tax_source: str


@dataclass(frozen=True)
class ShownTax:
    """One line of tax: on how much, and how much, in cents."""

    name: str
    net: int
    amount: int


@dataclass(frozen=True)
class Document:
    """An invoice or credit memo in QBO's signs; cents. tax, total: None where QBO alone knows the tax.
    answered: tax and total of it as QBO last told them, where it alone knows the tax and nothing of it waits
    to be sent. at_home: what it comes to in the home currency, in words; empty where it is in that one.
    """

    kind: Kind
    number: str
    currency: str
    header: tuple[ShownField, ...]
    lines: tuple[ShownLine, ...]
    net: int
    taxes: tuple[ShownTax, ...]
    tax: int | None
    total: int | None
    payload: Payload
    at_home: str = ""
    answered: tuple[int, int] | None = None


def printed(order: Order, known: Context, planned: Plan, stands: Stands) -> Document:
    """What QBO will show of this plan. `known` has a link for all that the order needs."""
    frozen = Frozen.of(order)
    customer = known.links.get(ref_of(order.location))
    place, own_code = frozen.place(known), own_tax_code(customer, known)
    made = lines_of(order, known, frozen.customer_tax, place, own_code)
    made = in_force(made, date.fromisoformat(planned.payload["TxnDate"]))
    sign = DOCUMENTS[planned.kind].sign
    currency = frozen.currency or known.company.home_currency
    return Document(
        kind=planned.kind,
        number=planned.payload["DocNumber"],
        currency=currency,
        header=tuple(_header(order, known, planned, stands)),
        lines=tuple(_lines(order, known, planned.payload["Line"], made.lines, stands)),
        net=planned.net or 0,
        taxes=tuple(_taxes(made.lines, sign, known.company.is_us)),
        tax=planned.tax,
        total=planned.total,
        payload=planned.payload,
        at_home=exchange.as_planned(planned, currency, known.company.home_currency),
    )


def _header(order: Order, known: Context, planned: Plan, stands: Stands) -> Iterator[ShownField]:
    payload = planned.payload
    key = ref_of(order.location)
    linked = known.links[key]
    name = name_of(linked.theirs or {}) or customers.display_name(order.location, known) or ""
    there = stands.get(key) or f"customer Id {linked.external_id} in QuickBooks"
    yield ShownField("Customer", name, f"the location {plain_name(order.location)}: {there}")
    theirs = their_terms(order, known, planned, current.connection())
    for name, label in FIELDS:
        if payload.get(name) is not None:  # None has QuickBooks empty it, or reckon it itself
            yield ShownField(
                label,
                _value(name, payload[name], known, order, planned),
                _source(planned.sources[name], known),
            )
        elif name in theirs:
            yield ShownField(label, *theirs[name])
    if planned.operation == "create":
        wish = {"print": "to be printed", "email": "to be e-mailed"}.get(
            known.settings.new_invoice, "nothing"
        )
        done = wish if planned.kind == "invoice" else "nothing"
        yield ShownField("What QuickBooks does with it", done, _source(planned.sources["PrintStatus"], known))


def _value(name: str, value: Any, known: Context, order: Order, planned: Plan) -> str | date:
    """A field of the payload as QBO's form shows it."""
    if name in ("TxnDate", "DueDate", "ShipDate"):
        return date.fromisoformat(value)
    if name in ("BillAddr", "ShipAddr"):
        return "\n".join(_address_lines(value))
    if name == "SalesTermRef":
        choice = terms_of(Frozen.of(order).term, known).choice
        return (choice.label if choice else "") or f"Id {value['value']}"
    if name == "CustomField":
        return str(value[0]["StringValue"])
    if name == "ExchangeRate":
        home = known.company.home_currency
        return exchange.as_planned(planned, Frozen.of(order).currency or home, home)
    if isinstance(value, dict):
        return str(value.get("value") or value.get("Address"))
    return str(value)


def _address_lines(address: dict[str, Any]) -> Iterator[str]:
    yield from (address[line] for line in ADDRESS_LINES if address.get(line))
    place = [address.get(part) for part in ("City", "CountrySubDivisionCode", "PostalCode")]
    if any(place):
        yield " ".join(str(part) for part in place if part)
    if address.get("Country"):
        yield str(address["Country"])


def _source(words: str, known: Context) -> str:
    """A source that the plan names, as a bookkeeper reads it."""
    if words == "invoice date":
        return INVOICE_DATES[known.settings.invoice_date_rule]
    if words.startswith("key: "):
        return f"the order's {words.removeprefix('key: ').removeprefix('order ')}, as Mapping › Keys says"
    if words == "no payment term":
        return "the location has no payment term, by Mapping › Payment terms"
    if words.startswith("payment term "):
        return f"the {words}, by Mapping › Payment terms"
    return SOURCES.get(words, words)


def _lines(
    order: Order, known: Context, payload: Sequence[Payload], made: Sequence[Line], stands: Stands
) -> Iterator[ShownLine]:
    named = [
        *(_item(line, known, stands) for line in order.lines),
        *(_charge(one, known) for one in order.charges),
    ]
    for (item, source), told, line in zip(named, payload, made, strict=True):
        detail = told["SalesItemLineDetail"]
        code = line.bears.rate.name if line.bears.rate and line.bears.rate.name else line.bears.code or "none"
        yield ShownLine(
            item=item,
            item_source=source,
            description=told["Description"],
            quantity=detail["Qty"],
            rate=detail.get("UnitPrice"),
            amount=cents(told["Amount"]),
            tax=code,
            tax_source=line.bears.source,
        )


def _item(line: OrderLine, known: Context, stands: Stands) -> tuple[str, str]:
    key = ref_of(line.sku)
    linked = known.links[key]
    name = (linked.theirs or {}).get("Name") or (linked.ours_then or {}).get("Name")
    there = stands.get(key) or f"item Id {linked.external_id} in QuickBooks"
    ours = plain_name(line.sku)
    return name or items.item_name(line.sku, known) or ours, f"SKU {ours}: {there}"


def _charge(charge: OrderCharge, known: Context) -> tuple[str, str]:
    choice = known.choice("charge_kinds", str(charge.charge_kind_id))
    label = (choice.label if choice else "") or charge.charge_kind.name
    return label, f"Mapping › Customer accounts: the charge {charge.charge_kind.name}"


def _taxes(made: Sequence[Line], sign: int, is_us: bool) -> Iterator[ShownTax]:
    """As `total_tax` sums them: line by line and code, in the US by rate on the summed net."""
    codes: dict[TaxCode, list[int]] = {}
    for line in made:
        if line.bears.code and line.bears.rate and (not is_us or line.bears.code == TAXED):
            codes.setdefault(line.bears.rate, []).append(line.amount)
    for code, amounts in codes.items():
        net = sum(amounts)
        parts = code.components or (code.rate,)
        if is_us:
            for rate in parts:
                yield ShownTax(f"{code.name} {percent(rate)} %", sign * net, sign * percent_of(net, rate))
            continue
        words = " + ".join(f"{percent(rate)} %" for rate in parts)
        whole = f"{percent(code.rate)} %" + (f" ({words})" if len(parts) > 1 else "")
        yield ShownTax(
            f"{code.name} {whole}".strip(),
            sign * net,
            sign * sum(percent_of(one, code.rate) for one in amounts),
        )
