"""Orders with their lines by file: which are new, which stand and how they differ, and storing them."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, cast

from sqlalchemy import BigInteger, String, select, type_coerce
from sqlalchemy.orm import selectinload

from portal.dates import day
from portal.extensions import db
from portal.imports.judging import Cells, Group, Row, Trouble, Verdict
from portal.imports.made_records import make_customers, make_products
from portal.imports.new_orders import OF_DELIVERY, insert_orders
from portal.imports.order_rows import BESIDE, Draft, Line, OrderRows, SkuFacts
from portal.imports.places import Places
from portal.imports.tally import refused_rows
from portal.imports.values import code as code_of
from portal.models import Actor, Order, OrderCharge, OrderLine, Sku
from portal.models.base import chunks
from portal.models.sales import UNDISCOUNTED
from portal.models.types import units
from portal.sales import deliveries, editing
from portal.sales import field_rules as rules
from portal.sales.edit_conflicts import ChangedMeanwhile
from portal.sales.editing import ChargeDraft, LineDraft, OrderDraft
from portal.sales.field_rules import Wrong, order_rules
from portal.sales.orders import EDITABLE
from portal.sales.refused import Refused

HEAD = (
    *("order_date", "delivery_date", "external_reference"),
    *("purchase_order_number", "notes", "discount_percent", "discount_amount"),
    *OF_DELIVERY,
)
NUMBERS = ("quantity", "unit_price", "discount_percent", "ordered_quantity", "refused_quantity")
DISCOUNTS = {"order_discount_percent": "discount_percent", "order_discount_amount": "discount_amount"}


class StandingLine(NamedTuple):
    """One line as it stands."""

    sku_id: uuid.UUID
    description: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    ordered_quantity: Decimal | None
    refused_quantity: Decimal | None
    refused_reason: str | None


class Standing:
    """An order as it stands here, as far as a file can say something of it."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.lines: list[StandingLine] = []
        self.charges: list[Any] = []


class OrderJudge:
    """A row belongs to the order of its number."""

    def __init__(self, cells: Cells, run_id: uuid.UUID) -> None:
        self.cells = cells
        self.run_id = run_id
        self.rules = cells.settings.rules
        self.text_rules = order_rules()
        self.places = Places()
        self.skus: dict[str, list[SkuFacts]] = defaultdict(list)
        self._known: set[uuid.UUID] = set()
        self._read: dict[Any, Any] = {None: None}
        self._take_skus(_all_skus())
        self.rows = OrderRows(cells, self.skus)
        self.nobody = self.places.numbers.get(self.rules.nobody) if self.rules.nobody else None
        self.first_of: dict[str, Row] = {}
        """The first row of a code with a description, and of a customer: what is made is made of it."""
        self.counted: set[str] = set()
        """What would be made and is counted already."""

    def key(self, row: Row) -> str:
        if self.rules.make_products and (code := self.cells.raw(row, "sku")):
            key = f"sku {code_of(code).casefold()}"
            if key not in self.first_of or not self.cells.raw(self.first_of[key], "description"):
                self.first_of[key] = row
        if self.rules.make_customers and (customer := self.cells.raw(row, "customer")):
            self.first_of.setdefault(f"customer {code_of(customer)}", row)
        return self.rows.number(row)

    def judge(self, groups: Sequence[Group]) -> list[Verdict]:
        self._look(groups)
        drafts = [self.rows.read(group) for group in groups]
        standing = self._standing([draft.number for draft in drafts])
        return [
            self._of(group, draft, standing.get(draft.number))
            for group, draft in zip(groups, drafts, strict=True)
        ]

    def store(self, verdicts: Sequence[Verdict], actor: Actor) -> None:
        going = [one for one in verdicts if one.outcome in ("new", "changed")]
        self._make(going, actor)
        insert_orders(
            [one.draft for one in going if one.outcome == "new"], self.skus, self.places, self.run_id, actor
        )
        for verdict in going:
            if verdict.outcome == "changed":
                self._save(verdict, actor)

    def _of(self, group: Group, draft: Draft, standing: Standing | None) -> Verdict:
        verdict = Verdict("unchanged", group, draft.number, draft.troubles, draft, left=draft.left)
        self._check_texts(draft, group[0])
        self._find_customer(draft, group[0], standing is None)
        self._check_discount(draft, group[0], standing)
        self._check_collected(draft, group[0], standing)
        if not draft.troubles:
            if standing is None:
                self._decide_new(verdict, draft)
            else:
                self._decide_standing(verdict, draft, standing)
        if draft.troubles:
            verdict.outcome = "refused"
        self._add_up(verdict, draft)
        if verdict.outcome in ("new", "changed"):
            verdict.made = self._would_make(draft)
        return verdict

    def _decide_new(self, verdict: Verdict, draft: Draft) -> None:
        if not draft.lines and not draft.charges and draft.left:
            verdict.outcome = "refused"  # nothing of it is a sale
            return
        if not self.cells.has("customer") and not self.nobody:
            verdict.refuse(
                f"There is no order {draft.number} here, and the file says no customer to make it of."
            )
        elif draft.dated is None:
            verdict.refuse(rules.MISSING_DATE, "order_date")
        else:
            verdict.outcome = "new"

    def _decide_standing(self, verdict: Verdict, draft: Draft, standing: Standing) -> None:
        found = self._difference(draft, standing)
        if not found:
            return
        status = standing.row.status
        if status not in EDITABLE:
            what = "Reopen it first, or leave it as it is."
            verdict.refuse(
                f"Order {draft.number} is {status} here, and the file says otherwise: {found} {what}"
            )
            return
        verdict.outcome, verdict.record_id, verdict.told = "changed", standing.row.id, found

    def _difference(self, draft: Draft, standing: Standing) -> str:
        """The first thing in which the file and what stands differ, in words; empty where nothing does."""
        row = standing.row
        if draft.make_customer or (draft.location_id is not None and draft.location_id != row.location_id):
            return "another customer."
        for name in HEAD:
            given = {"discount_percent": "order_discount_percent", "discount_amount": "order_discount_amount"}
            value = draft.head.get(given.get(name, name))
            if value is not None and value != getattr(row, name):
                shown = day(value) if name.endswith("_date") else f"“{str(value)[:60]}”"
                return f"{name.replace('_', ' ')} {shown}."
        if self.rows.has_lines and (draft.lines or standing.lines):
            if len(draft.lines) != len(standing.lines):
                return f"{len(draft.lines)} lines, and there are {len(standing.lines)}."
            for at, (given_line, stands) in enumerate(zip(draft.lines, standing.lines, strict=True), start=1):
                if not self._is_same(given_line, stands):
                    return f"line {at}: {_line_words(given_line)}, and there is {_standing_words(stands)}."
        if self.rows.owns_charges:
            given_charges = [(one.kind_id, one.description, one.amount) for one in draft.charges]
            if given_charges != [
                (one.charge_kind_id, one.description, one.amount) for one in standing.charges
            ]:
                return f"charges of {units(sum(one[2] for one in given_charges)):,}."
        return ""

    def _is_same(self, line: Line, stands: Any) -> bool:
        return (
            line.sku.id == stands.sku_id
            and line.quantity == stands.quantity
            and (not line.priced or line.unit_price == stands.unit_price)
            and (self.rows.discounted is None or line.discount_percent == stands.discount_percent)
            and (self.rows.described is None or line.description == stands.description)
            and all(
                value is None or value == getattr(stands, name)
                for name, value in zip(BESIDE, line.beside, strict=True)
            )
        )

    def _find_customer(self, draft: Draft, row: Row, is_new: bool) -> None:
        value = draft.head.get("customer")
        if not value:
            if any(one.field == "customer" for one in draft.troubles):
                return
            if self.nobody is not None and self.cells.has("customer"):
                draft.location_id = self.nobody
            elif is_new and self.cells.has("customer"):
                draft.troubles.append(Trouble(row.number, "customer", "", "It says no customer."))
            return
        known = self.places.named(value)
        if len(known) == 1:
            draft.location_id = known[0]
        elif known:
            words = f"{len(known)} locations are called “{value[:60]}”: say which, by its number."
            draft.troubles.append(Trouble(row.number, "customer", value[:200], words))
        elif self.rules.make_customers:
            self._check_new_customer(draft, row, value)
        else:
            words = f"There is no customer “{value[:60]}” here. Import customers first, or make it."
            draft.troubles.append(Trouble(row.number, "customer", value[:200], words))

    def _check_new_customer(self, draft: Draft, row: Row, value: str) -> None:
        draft.make_customer = value
        try:
            rules.CUSTOMER["number"].check(value)
            rules.CUSTOMER["name"].check(draft.head.get("customer_name") or value)
        except Wrong as wrong:
            draft.troubles.append(Trouble(row.number, "customer", value[:200], str(wrong)))

    def _check_texts(self, draft: Draft, row: Row) -> None:
        for name in ("number", "external_reference"):
            value = draft.number if name == "number" else draft.head.get(name)
            if value:
                try:
                    self.text_rules[name].check(value)
                except Wrong as wrong:
                    if not any(one.field == name for one in draft.troubles):
                        draft.troubles.append(Trouble(row.number, name, value[:200], str(wrong)))

    def _check_discount(self, draft: Draft, row: Row, standing: Standing | None) -> None:
        amount, percent = draft.head.get("order_discount_amount"), draft.head.get("order_discount_percent")
        if amount and percent:
            draft.troubles.append(Trouble(row.number, "order_discount_amount", "", rules.ONE_DISCOUNT))
        if amount is not None and amount < 0:
            draft.troubles.append(Trouble(row.number, "order_discount_amount", "", rules.NO_DISCOUNT))
        elif amount and standing is None and amount > max(_discountable(draft), 0):
            goods = units(_discountable(draft))
            words = f"The order discount is {units(amount):,}, and its goods come to {goods:,}."
            draft.troubles.append(Trouble(row.number, "order_discount_amount", "", words))

    def _check_collected(self, draft: Draft, row: Row, standing: Standing | None) -> None:
        amount, method = draft.head.get("collected_amount"), draft.head.get("collected_method")
        if amount is not None and amount < 0:
            draft.troubles.append(Trouble(row.number, "collected_amount", "", rules.NEGATIVE_COLLECTED))
        known = standing.row.collected_amount if standing is not None else None
        if method and amount is None and known is None:
            draft.troubles.append(Trouble(row.number, "collected_amount", "", rules.NOTHING_COLLECTED))

    def _add_up(self, verdict: Verdict, draft: Draft) -> None:
        """What its rows come to: kept where they are lines or charges of it, else refused."""
        refused = refused_rows(verdict)
        kept = verdict.outcome != "refused"
        verdict.amount_in = sum(amount or 0 for amount in draft.amounts.values())
        verdict.amount = (
            sum(one.amount for one in draft.lines) + sum(one.amount for one in draft.charges) if kept else 0
        )
        verdict.refused = sum(draft.amounts.get(row) or 0 for row in refused)
        verdict.unreadable = sum(draft.amounts.get(row, 0) is None for row in refused)

    def _would_make(self, draft: Draft) -> dict[str, int]:
        made = {"customers": 0, "products": 0}
        wanted = [("customers", f"customer {draft.make_customer}")] if draft.make_customer else []
        wanted += [
            ("products", f"sku {one.sku.code.casefold()}") for one in draft.lines if one.sku.id is None
        ]
        for what, key in wanted:
            if key not in self.counted:
                self.counted.add(key)
                made[what] += 1
        return made

    def _make(self, going: Sequence[Verdict], actor: Actor) -> None:
        """Store the customers and products that these orders need and that are not here."""
        # What was mended stands otherwise in the file: then it is made of the row that needs it.
        customers: dict[str, Row] = {}
        products: dict[str, tuple[Line, Row]] = {}
        for verdict in going:
            named, first = verdict.draft.make_customer, verdict.rows[0]
            if named and named not in customers and not self.places.named(named):
                customers[named] = self.first_of.get(f"customer {named}", first)
            for line in verdict.draft.lines:
                code = line.sku.code.casefold()
                if line.sku.id is None and code not in products and not self.skus.get(code):
                    products[code] = line, self.first_of.get(f"sku {code}", first)
        make_customers(self.cells, customers, self.places, actor)
        for sku in make_products(self.cells, products, actor):
            self._know(sku.id, sku.code or "", sku.kind, sku.unit_price)
        for verdict in going:
            if verdict.draft.make_customer:
                [verdict.draft.location_id] = self.places.named(verdict.draft.make_customer)

    def _save(self, verdict: Verdict, actor: Actor) -> None:
        draft: Draft = verdict.draft
        order = db.session.get_one(
            Order, verdict.record_id, options=[selectinload(Order.lines), selectinload(Order.charges)]
        )
        try:
            with db.session.begin_nested(), db.session.no_autoflush:
                editing.save_order(order, self._entered(order, draft), order.version, actor)
                order.import_id = self.run_id
        except (Refused, ChangedMeanwhile) as error:
            verdict.refuse_late(error)
            self._add_up(verdict, draft)

    def _entered(self, order: Order, draft: Draft) -> OrderDraft:
        """The order as it stands, with what the file says laid over it."""
        head = {name: getattr(order, name) for name in HEAD}
        for name, value in draft.head.items():
            if DISCOUNTS.get(name, name) in head:
                head[DISCOUNTS.get(name, name)] = value
        delivery = {name: head.pop(name) for name in OF_DELIVERY}
        if draft.head.get("order_discount_percent"):
            head["discount_amount"] = None
        if draft.head.get("order_discount_amount"):
            head["discount_percent"] = None
        lines = [
            LineDraft(
                *(one.sku_id, one.description, one.quantity, one.unit_price, one.discount_percent),
                *(one.ordered_quantity, one.refused_quantity, one.refused_reason),
            )
            for one in order.lines
        ]
        if self.rows.has_lines and (draft.lines or draft.left):
            lines = [self._line(one, order, at) for at, one in enumerate(draft.lines)]
        charges = [ChargeDraft(one.charge_kind_id, one.description, one.amount) for one in order.charges]
        if self.rows.owns_charges:
            charges = [ChargeDraft(*one) for one in draft.charges]
        return OrderDraft(
            number=order.number,
            location_id=draft.location_id or order.location_id,
            status=order.status,
            lines=tuple(lines),
            charges=tuple(charges),
            delivery=deliveries.Delivery(**{**delivery, "signed_at": order.signed_at}),
            **head,
        )

    def _line(self, line: Line, order: Order, at: int) -> LineDraft:
        sku_id = line.sku.id or self.skus[line.sku.code.casefold()][0].id
        assert sku_id is not None
        stands = order.lines[at] if at < len(order.lines) and order.lines[at].sku_id == sku_id else None
        price = stands.unit_price if stands is not None and not line.priced else line.unit_price
        description = (
            stands.description if stands is not None and self.rows.described is None else line.description
        )
        discount = (
            stands.discount_percent
            if stands is not None and self.rows.discounted is None
            else line.discount_percent
        )
        ordered, refused, reason = line.beside
        if stands is not None:
            ordered = stands.ordered_quantity if ordered is None else ordered
            refused = stands.refused_quantity if refused is None else refused
            reason = reason or stands.refused_reason
        return LineDraft(sku_id, description, line.quantity, price, discount, ordered, refused, reason)

    def _standing(self, numbers: Collection[str]) -> dict[str, Standing]:
        found: dict[str, Standing] = {}
        by_id: dict[uuid.UUID, Standing] = {}
        columns = [
            Order.id,
            Order.number,
            Order.status,
            Order.location_id,
            *(getattr(Order, name) for name in HEAD),
        ]
        for some in chunks(set(numbers)):
            for row in db.session.execute(select(*columns).where(Order.number.in_(some))):
                found[row.number] = by_id[row.id] = Standing(row)
        by_ids: dict[str, Any] = {"by_ids": True}
        for ids in chunks(by_id):
            lines = (
                select(
                    *(type_coerce(one, String) for one in (OrderLine.order_id, OrderLine.sku_id)),
                    OrderLine.description,
                    *(type_coerce(getattr(OrderLine, name), BigInteger).label(name) for name in NUMBERS),
                    OrderLine.refused_reason,
                )
                .where(OrderLine.order_id.in_(ids))
                .order_by(OrderLine.order_id, OrderLine.position)
            )
            if self.rows.has_lines:
                for row in db.session.execute(lines, execution_options=by_ids):
                    by_id[self._id(row[0])].lines.append(self._as_line(row))
            charges = (
                select(
                    *(OrderCharge.order_id, OrderCharge.charge_kind_id),
                    *(OrderCharge.description, OrderCharge.amount),
                )
                .where(OrderCharge.order_id.in_(ids))
                .order_by(OrderCharge.order_id, OrderCharge.position)
            )
            if self.rows.owns_charges:
                for row in db.session.execute(charges, execution_options=by_ids):
                    by_id[row.order_id].charges.append(row)
        return found

    def _as_line(self, row: Any) -> "StandingLine":
        """Ids and numbers come as they are stored, and each is read once: most come again."""
        _, sku_id, description, quantity, price, percent, ordered, refused, reason = row
        known = self._read
        for stored in (quantity, price, percent, ordered, refused):
            if stored not in known:
                known[stored] = Decimal(stored) / 1_000_000
        return StandingLine(
            self._id(sku_id),
            description,
            known[quantity],
            known[price],
            known[percent],
            known[ordered],
            known[refused],
            reason,
        )

    def _id(self, stored: Any) -> uuid.UUID:
        """SQLite has its digits, PostgreSQL itself."""
        found = self._read.get(stored)
        if found is None:
            found = self._read[stored] = stored if isinstance(stored, uuid.UUID) else uuid.UUID(stored)
        return cast(uuid.UUID, found)

    def _look(self, groups: Sequence[Group]) -> None:
        """Know customers and SKUs that others have made meanwhile."""
        raw = self.cells.raw
        customers = {code_of(raw(row, "customer")) for group in groups for row in group[:1]}
        self.places.look(one for one in customers if one and not self.places.named(one))
        if not self.rows.has_lines:
            return
        codes = {code_of(code) for group in groups for row in group if (code := raw(row, "sku"))}
        for some in chunks({code for code in codes if code.casefold() not in self.skus}):
            self._take_skus(_all_skus().where(Sku.code.in_(some)))

    def _take_skus(self, found: Any) -> None:
        for sku_id, code, kind, price in db.session.execute(found):
            if code and sku_id not in self._known:
                self._know(sku_id, code, kind, price)

    def _know(self, sku_id: uuid.UUID, code: str, kind: str, price: Decimal) -> None:
        self._known.add(sku_id)
        self.skus[code.strip().casefold()].append(SkuFacts(sku_id, kind, price, code))


def _all_skus() -> Any:
    return select(Sku.id, Sku.code, Sku.kind, Sku.unit_price)


def _discountable(draft: Draft) -> int:
    return sum(line.amount for line in draft.lines if line.sku.kind not in UNDISCOUNTED)


def _line_words(line: Line) -> str:
    return f"{line.quantity.normalize():f} × {line.sku.code} at {line.unit_price:f}"


def _standing_words(stands: Any) -> str:
    return f"{stands.quantity.normalize():f} at {stands.unit_price.normalize():f}"
