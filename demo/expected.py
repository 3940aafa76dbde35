"""What must become of an order, by arithmetic of its own: the portal's is checked against this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from demo import customers, products
from demo.records import Order, OrderLine

Outcome = Literal["invoice", "credit_memo", "failed"]

TAX_PERCENT = {
    "HST ON": Decimal(13),
    "Zero-rated": Decimal(0),
    "Exempt": Decimal(0),
    "Out of Scope": Decimal(0),
}


@dataclass(frozen=True)
class ExpectedLine:
    kind: str
    """goods, service, container_deposit or charge"""
    amount_cents: int
    code: str | None
    """The SKU's code; none for a charge."""
    tax_code: str


@dataclass(frozen=True)
class Expected:
    outcome: Outcome
    problem: str | None
    total_cents: int
    tax_cents: int
    net_cents: int
    lines: tuple[ExpectedLine, ...]
    customer: str
    """Their DisplayName, compared trimmed and without regard to case."""
    invoice_date: date


def outcome_of(order: Order, problem: str | None) -> Expected:
    """Amounts as the document has them: a credit memo's are those of the order with every sign flipped."""
    lines = _lines(order)
    tax = sum(_tax(line) for line in lines)
    net = sum(line.amount_cents for line in lines)
    sign = -1 if net + tax < 0 else 1
    outcome: Outcome = "credit_memo" if sign < 0 else "invoice"
    return Expected(
        outcome="failed" if problem else outcome,
        problem=problem,
        total_cents=sign * (net + tax),
        tax_cents=sign * tax,
        net_cents=sign * net,
        lines=tuple(
            ExpectedLine(line.kind, sign * line.amount_cents, line.code, line.tax_code) for line in lines
        ),
        customer=(customers.location(order.location).third_party_id or "").strip(),
        invoice_date=order.delivery_date,
    )


def line_cents(line: OrderLine) -> int:
    """quantity × price × (1 − discount), rounded half up."""
    return _half_up(line.quantity * line.unit_price * (100 - line.discount_percent))


def spread(discount_cents: int, amounts: list[int]) -> list[int]:
    """The discount's share of each amount, in proportion; the last takes the cent that is left."""
    whole = sum(amounts)
    shares = [_half_up(Decimal(discount_cents) * amount / whole) for amount in amounts[:-1]]
    return [*shares, discount_cents - sum(shares)]


def _lines(order: Order) -> list[ExpectedLine]:
    less = _order_discount(order)
    lines = []
    for index, line in enumerate(order.lines):
        sku = products.sku(line.sku)
        tax_code = "Out of Scope" if sku.kind == "container_deposit" else _tax_code(order, sku.tax_status)
        lines.append(ExpectedLine(sku.kind, line_cents(line) - less.get(index, 0), sku.code, tax_code))
    status = {kind.name: kind.tax_status for kind in products.CHARGE_KINDS}
    for charge in order.charges:
        lines.append(ExpectedLine("charge", charge.amount_cents, None, _tax_code(order, status[charge.kind])))
    return lines


def _order_discount(order: Order) -> dict[int, int]:
    """Line → cents off. Goods and services bear it; container deposits and charges never do."""
    amounts = {
        index: line_cents(line)
        for index, line in enumerate(order.lines)
        if products.sku(line.sku).kind != "container_deposit"
    }
    if order.discount_percent is not None:
        discount = _half_up(Decimal(sum(amounts.values())) * order.discount_percent / 100)
    elif order.discount_cents is not None:
        discount = order.discount_cents
    else:
        return {}
    return dict(zip(amounts, spread(discount, list(amounts.values())), strict=True))


def _tax_code(order: Order, status: str) -> str:
    """The first that applies: customer exempt, customer zero-rated, SKU or charge zero-rated, the default."""
    customer = customers.location(order.location).tax_status
    if customer == "exempt":
        return "Exempt"
    if "zero_rated" in (customer, status):
        return "Zero-rated"
    return "HST ON"


def _tax(line: ExpectedLine) -> int:
    """Canadian: each line on the code's whole rate, rounded by itself."""
    return _half_up(line.amount_cents * TAX_PERCENT[line.tax_code] / 100)


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
