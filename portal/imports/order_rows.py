"""The rows of one order → what they say: its head, lines and charges, what is left out, and the money."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from portal.imports.judging import Cells, Group, Row, Trouble
from portal.imports.values import code as code_of
from portal.models.sales import line_amount
from portal.models.types import units
from portal.sales import field_rules as rules
from portal.sales.field_rules import Wrong

BESIDE = ("ordered_quantity", "refused_quantity", "refused_reason")
# What all rows of an order must say alike; of the others the first that is filled counts.
ALIKE = ("customer", "order_date", "delivery_date")
NONE = Decimal(0)


class SkuFacts(NamedTuple):
    """What a line needs to know of its SKU. id: None where it is still to be made."""

    id: uuid.UUID | None
    kind: str
    price: Decimal
    code: str


class Line(NamedTuple):
    """One line as the file has it. priced: whether the file says the price, rather than the SKU."""

    sku: SkuFacts
    description: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    amount: int
    priced: bool
    beside: tuple[Decimal | None, Decimal | None, str | None] = (None, None, None)
    """What was ordered, what was refused at the door, and why."""


class Charge(NamedTuple):
    """One charge as the file has it; cents."""

    kind_id: uuid.UUID
    description: str
    amount: int


@dataclass
class Draft:
    """What the file says of one order.

    head: its values by field, where the file has any. amounts: cents of each row by its number, None where
    they can't be read.
    """

    number: str
    head: dict[str, Any] = field(default_factory=dict)
    location_id: uuid.UUID | None = None
    make_customer: str = ""
    lines: list[Line] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    amounts: dict[int, int | None] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    left: list[Trouble] = field(default_factory=list)

    @property
    def dated(self) -> date | None:
        found: date | None = self.head.get("order_date")
        return found


class OrderRows:
    """Reads the rows of orders, by the columns and rules of one file."""

    def __init__(self, cells: Cells, skus: Mapping[str, list[SkuFacts]]) -> None:
        self.cells = cells
        self.skus = skus
        self.rules = cells.settings.rules
        self.charges = {code.casefold(): uuid.UUID(kind) for code, kind in self.rules.charges.items()}
        self.not_sales = {code.casefold() for code in self.rules.not_sales}
        self.freight = uuid.UUID(self.rules.freight) if self.rules.freight else None
        named = {one.name: (one, at) for one, at in cells.fields}
        self.of_head = [
            (one, at) for one, at in cells.fields if not one.of_line and one.name not in ("number", "freight")
        ]
        self.described, self.counted = named.get("description"), named.get("quantity")
        self.priced, self.discounted = named.get("unit_price"), named.get("discount_percent")
        self.beside = [named[name] for name in BESIDE if name in named]
        self.coded, self.shipped = named.get("sku"), named.get("freight")
        self.has_lines = self.coded is not None and self.counted is not None
        self.owns_charges = bool(self.charges) or (self.shipped is not None and self.freight is not None)

    def number(self, row: Row) -> str:
        """The number of the order that a row belongs to."""
        return code_of(self.cells.raw(row, "number"))

    def read(self, group: Group) -> Draft:
        """All that its rows say."""
        draft = Draft(self.number(group[0]))
        self._read_number(draft, group[0])
        for one, at in self.of_head:
            self._read_head(draft, group, one, at)
        if self.shipped is not None:
            self._read_freight(draft, group)
        if self.has_lines:
            returned = bool(self.rules.returns) and draft.number.startswith(self.rules.returns)
            for row in group:
                self._read_line(draft, row, returned)
        if len(draft.lines) + len(draft.charges) > rules.MOST_ROWS:
            draft.troubles.append(Trouble(group[0].number, "", "", rules.too_many_rows()))
        return draft

    def _read_number(self, draft: Draft, row: Row) -> None:
        named = self.cells.kind.field("number")
        try:
            self.cells.values.read(named, draft.number)
        except Wrong as wrong:
            draft.troubles.append(Trouble(row.number, "number", draft.number[:200], str(wrong)))

    def _read_head(self, draft: Draft, group: Group, one: Any, at: int) -> None:
        raws = {row.cells[at].strip(): row.number for row in reversed(group) if at < len(row.cells)}
        first: Any = None
        found_at = 0
        for raw, number in sorted(raws.items(), key=lambda pair: pair[1]) if len(raws) > 1 else raws.items():
            if not raw and "" not in self.cells.settings.mends.get(one.name, ()):
                continue
            try:
                value = self.cells.values.read(one, raw)
            except Wrong as wrong:
                draft.troubles.append(Trouble(number, one.name, raw[:200], str(wrong)))
                continue
            if not found_at:
                first, found_at = value, number
            elif value != first and one.name in ALIKE:
                words = f"Row {found_at} of the same order says otherwise: {one.label.lower()}."
                draft.troubles.append(Trouble(number, one.name, raw[:200], words))
        if found_at:
            draft.head[one.name] = first

    def _read_freight(self, draft: Draft, group: Group) -> None:
        assert self.shipped is not None
        one, at = self.shipped
        for row in group:
            raw = row.cells[at].strip() if at < len(row.cells) else ""
            if not raw:
                continue
            try:
                amount = self.cells.values.read(one, raw)
            except Wrong as wrong:
                draft.troubles.append(Trouble(row.number, one.name, raw[:200], str(wrong)))
                draft.amounts[row.number] = None
                return
            draft.amounts[row.number] = amount
            if amount and self.freight is not None:
                draft.charges.append(Charge(self.freight, "", amount))
            return

    def _read_line(self, draft: Draft, row: Row, returned: bool) -> None:
        cells, values, troubles = row.cells, self.cells.values, draft.troubles
        room = len(cells)
        assert self.coded is not None
        assert self.counted is not None
        raw_code = cells[self.coded[1]].strip() if self.coded[1] < room else ""
        raw_count = cells[self.counted[1]].strip() if self.counted[1] < room else ""
        if not raw_code and not raw_count:
            draft.amounts.setdefault(row.number, 0)
            return  # the head of an order
        before = len(troubles)
        quantity = price = None
        percent, description, code = NONE, "", ""
        try:
            code = values.read(self.coded[0], raw_code)
        except Wrong as wrong:
            troubles.append(Trouble(row.number, "sku", raw_code[:200], str(wrong)))
        try:
            if not raw_count:
                raise Wrong(rules.MISSING_QUANTITY)
            quantity = values.read(self.counted[0], raw_count)
            if returned and quantity > 0:
                quantity = -quantity
        except Wrong as wrong:
            troubles.append(Trouble(row.number, "quantity", raw_count[:200], str(wrong)))
        if self.priced is not None and (
            raw := cells[self.priced[1]].strip() if self.priced[1] < room else ""
        ):
            try:
                price = values.read(self.priced[0], raw)
            except Wrong as wrong:
                troubles.append(Trouble(row.number, "unit_price", raw[:200], str(wrong)))
        priced = price is not None
        if self.discounted is not None and (
            raw := cells[self.discounted[1]].strip() if self.discounted[1] < room else ""
        ):
            try:
                percent = values.read(self.discounted[0], raw)
            except Wrong as wrong:
                troubles.append(Trouble(row.number, "discount_percent", raw[:200], str(wrong)))
        if self.described is not None and (
            raw := cells[self.described[1]].strip() if self.described[1] < room else ""
        ):
            try:
                description = values.read(self.described[0], raw)
            except Wrong as wrong:
                troubles.append(Trouble(row.number, "description", raw[:200], str(wrong)))
        folded = code.casefold()
        if folded in self.not_sales:
            del troubles[before:]
            self._leave(draft, row, f"{code} is no sale, by your rule.", quantity, price, percent)
            return
        if price == 0 and self.rules.free == "refuse":
            del troubles[before:]
            self._leave(draft, row, "Its price is 0: no sale, by your rule.", quantity, price, percent)
            return
        if len(troubles) > before or quantity is None:
            self._count(draft, row, _amount(quantity, price, percent))
            return
        kind_id = self.charges.get(folded)
        if kind_id is not None:
            amount = _amount(quantity, price or NONE, percent)
            self._count(draft, row, amount)
            draft.charges.append(Charge(kind_id, description, amount or 0))
            return
        self._add_line(draft, row, code, raw_code, description, quantity, price, percent, priced)

    def _add_line(
        self,
        draft: Draft,
        row: Row,
        code: str,
        raw_code: str,
        description: str,
        quantity: Decimal,
        price: Decimal | None,
        percent: Decimal,
        priced: bool,
    ) -> None:
        sku = self._sku(draft, row, code, raw_code, price)
        if price is None:
            price = sku.price if sku is not None else None
        amount = _amount(quantity, price, percent)
        self._count(draft, row, amount)
        if price is not None and price < 0:
            draft.troubles.append(Trouble(row.number, "unit_price", f"{price:f}", rules.PRICE_OF_A_RETURN))
        beside = self._read_beside(draft, row) if self.beside else (None, None, None)
        if not quantity and not beside[1]:
            draft.troubles.append(Trouble(row.number, "quantity", "0", rules.SELLS_NOTHING))
        if amount is not None and abs(amount) > rules.LARGEST_AMOUNT:
            words = f"It comes to more than {units(rules.LARGEST_AMOUNT):,}: check quantity and price."
            draft.troubles.append(Trouble(row.number, "quantity", f"{quantity:f}", words))
        if sku is not None and price is not None and amount is not None:
            draft.lines.append(Line(sku, description, quantity, price, percent, amount, priced, beside))

    def _read_beside(self, draft: Draft, row: Row) -> tuple[Any, Any, Any]:
        found: dict[str, Any] = {}
        for one, at in self.beside:
            raw = row.cells[at].strip() if at < len(row.cells) else ""
            if raw:
                try:
                    found[one.name] = self.cells.values.read(one, raw)
                except Wrong as wrong:
                    draft.troubles.append(Trouble(row.number, one.name, raw[:200], str(wrong)))
        refused = found.get("refused_quantity")
        if refused is not None and refused < 0:
            words = rules.NEGATIVE_REFUSED
            draft.troubles.append(Trouble(row.number, "refused_quantity", f"{refused:f}", words))
        if found.get("refused_reason") and not refused:
            draft.troubles.append(Trouble(row.number, "refused_quantity", "", rules.NOTHING_REFUSED))
        return found.get("ordered_quantity"), refused, found.get("refused_reason")

    def _sku(self, draft: Draft, row: Row, code: str, raw: str, price: Decimal | None) -> SkuFacts | None:
        known = self.skus.get(code.casefold(), ()) if code else ()
        if len(known) == 1:
            return known[0]
        if not code:
            draft.troubles.append(Trouble(row.number, "sku", "", "It says no product, and is no charge."))
        elif known:
            words = f"{len(known)} SKUs have the code {code[:60]} here: it can't be told which one is meant."
            draft.troubles.append(Trouble(row.number, "sku", raw[:200], words))
        elif self.rules.make_products:
            return SkuFacts(None, "goods", price or NONE, code)
        else:
            words = f"There is no product of the code “{code[:60]}” here. Import products first, or make it."
            draft.troubles.append(Trouble(row.number, "sku", raw[:200], words))
        return None

    def _leave(
        self,
        draft: Draft,
        row: Row,
        why: str,
        quantity: Decimal | None,
        price: Decimal | None,
        percent: Decimal,
    ) -> None:
        self._count(draft, row, _amount(quantity, price, percent))
        draft.left.append(Trouble(row.number, "", "", why))

    def _count(self, draft: Draft, row: Row, amount: int | None) -> None:
        freight = draft.amounts.get(row.number, 0)
        draft.amounts[row.number] = None if amount is None or freight is None else amount + freight


def _amount(quantity: Decimal | None, price: Decimal | None, percent: Decimal) -> int | None:
    """Cents; None where it can't be told."""
    return None if quantity is None or price is None else line_amount(quantity, price, percent)
