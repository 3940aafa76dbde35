"""What an order sells now against what its document says: the lines of the difference, to the cent."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from portal.models.sales import line_amount
from portal.models.types import units

CHARGE = "charge"
SMALLEST_PRICE = Decimal("0.000001")


@dataclass(frozen=True)
class Row:
    """What is sold of one SKU or charge kind. of: its Id. amount: cents, less every discount; discount: those
    of them that were taken off the whole order.
    """

    of: uuid.UUID
    quantity: Decimal
    amount: int
    tax_status: str
    kind: str
    description: str = ""
    discount: int = 0

    @property
    def is_charge(self) -> bool:
        return self.kind == CHARGE


@dataclass(frozen=True)
class Difference:
    """One line of a correction: quantity × price is the amount, in cents. From the row it takes all else.

    was, now: quantity and cents of both sides.
    """

    row: Row
    quantity: Decimal
    price: Decimal
    was: tuple[Decimal, int]
    now: tuple[Decimal, int]

    @property
    def amount(self) -> int:
        return self.now[1] - self.was[1]


def differences(then: Sequence[Row], now: Sequence[Row]) -> list[Difference]:
    """What changed, by SKU and charge kind, in the order of the document; nothing of what stayed the same.

    What stands on the document keeps its tax status and kind there, whatever the SKU has by now.
    """
    was, becomes = _summed(then), _summed(now)
    known = was | {of: row for of, row in becomes.items() if of not in was}
    both = [(row, was.get(of, _nothing(row)), becomes.get(of, _nothing(row))) for of, row in known.items()]
    shifted = _shifted_cents([(before, after) for _, before, after in both])
    return [
        found
        for row, before, after in both
        if row.of not in shifted
        for found in _difference(row, before, after)
    ]


def _shifted_cents(both: Sequence[tuple[Row, Row]]) -> set[uuid.UUID]:
    """Of which lines nothing changed but a cent that the order's discount, spread anew, gave to another one:
    as many that got one as lost one, so that nothing is missing without them.
    """
    gained, lost = (
        [after.of for before, after in both if after.amount - before.amount == cent and _same(before, after)]
        for cent in (1, -1)
    )
    pairs = min(len(gained), len(lost))
    return {*gained[:pairs], *lost[:pairs]}


def _same(before: Row, after: Row) -> bool:
    """But for their share of the order's discount."""
    listed = [(one.quantity, one.amount + one.discount) for one in (before, after)]
    return listed[0] == listed[1]


def _summed(rows: Sequence[Row]) -> dict[uuid.UUID, Row]:
    summed: dict[uuid.UUID, Row] = {}
    for row in rows:
        held = summed.get(row.of)
        summed[row.of] = (
            replace(
                held,
                quantity=held.quantity + row.quantity,
                amount=held.amount + row.amount,
                discount=held.discount + row.discount,
            )
            if held
            else row
        )
    return summed


def _nothing(row: Row) -> Row:
    return replace(row, quantity=Decimal(0), amount=0, discount=0)


def _difference(row: Row, before: Row, after: Row) -> Iterator[Difference]:
    amount = after.amount - before.amount
    if not amount:
        return
    sign = 1 if amount > 0 else -1
    quantity = after.quantity - before.quantity
    if row.is_charge or quantity * amount <= 0:
        # The price changed, or quantity and amount moved apart: the whole of it at the difference.
        quantity = sign * (Decimal(1) if row.is_charge else abs(after.quantity) or Decimal(1))
    price = (units(amount) / quantity).quantize(SMALLEST_PRICE, rounding=ROUND_HALF_UP)
    if line_amount(quantity, price, Decimal(0)) != amount:
        quantity, price = Decimal(sign), abs(units(amount))
    yield Difference(row, quantity, price, (before.quantity, before.amount), (after.quantity, after.amount))
