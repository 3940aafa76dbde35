"""The values of ours that are mapped, section by section: how much uses each, and what was chosen for it."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import ChargeKind, Location, Order, OrderCharge, PaymentTerm, Sku, SyncSettings
from portal.models import Mapping as SavedMapping
from portal.models.books import Section
from portal.outbox.statuses import those
from portal.plan.taxes import province_code
from portal.plurals import counted
from portal.problems import causes

Key = tuple[str, str, str]
"""(section, ours, province), as a Mapping row has them."""

CUSTOMER_TAX = {"default": "Default", "zero_rated": "Zero-rated", "exempt": "Exempt"}
PRODUCT_TAX = {"default": "Default", "zero_rated": "Zero-rated", "container_deposit": "Container deposits"}
CUSTOMER_ACCOUNTS = {"income": "Income", "expense": "Expense", "asset": "Asset"}
PRODUCT_ACCOUNTS = {
    "income": "Income",
    "expense": "Expense",
    "asset": "Asset",
    "container_deposit": "Container deposit liability",
}
PAGES: Mapping[str, tuple[str, ...]] = {
    "payment-terms": ("payment_terms",),
    "customer-tax": ("customer_tax",),
    "customer-accounts": ("customer_accounts", "charge_kinds"),
    "product-tax": ("product_tax",),
    "product-accounts": ("product_accounts",),
}
# Found by the integration status, which few share: nearly all orders are finalized, and SQLite, which can't
# know that, would read them all by that index. Inside coalesce it takes no index.
FROZEN_UNSENT = (
    func.coalesce(Order.status, "") == "finalized",
    Order.integration_status.in_(those("unsent")),
)


@dataclass(frozen=True)
class Slot:
    """One value of ours. `used` counts what makes an empty slot a gap; `days` only of payment terms."""

    section: Section
    ours: str
    province: str
    label: str
    used: int
    used_by: str
    chosen: str = ""
    chosen_label: str = ""
    days: int | None = None

    @property
    def key(self) -> Key:
        return self.section, self.ours, self.province

    @property
    def is_gap(self) -> bool:
        return bool(self.used) and not self.chosen

    @property
    def cause(self) -> str:
        """The cause key that problems of this slot share."""
        return causes.of_mapping(self.section, self.ours)


def slots(page: str) -> list[Slot]:
    """The slots of one mapping page, in the order they are shown."""
    saved = {
        (row.section, row.ours, row.province): row
        for row in db.session.scalars(select(SavedMapping).where(SavedMapping.section.in_(PAGES[page])))
    }
    found = []
    for section in PAGES[page]:
        for slot in _SLOTS[section]():
            choice = saved.get(slot.key)
            if choice is not None:
                slot = Slot(**{**vars(slot), "chosen": choice.external_id, "chosen_label": choice.label})
            found.append(slot)
    return found


def waiting_for(cause: str) -> tuple[Section, str] | None:
    """Section and value of ours whose choice puts this cause right; None where no choice does."""
    return causes.read(cause).mapping


def slot_of(cause: str) -> Slot | None:
    """The slot that problems of this cause wait for; None where no slot puts them right."""
    waiting = waiting_for(cause)
    if waiting is None:
        return None
    page = next(page for page, sections in PAGES.items() if waiting[0] in sections)
    return next((slot for slot in slots(page) if slot.key == (*waiting, "")), None)


def provinces() -> "Counter[str]":
    """Where active locations are delivered, and every province that has a choice already."""
    # In a subquery, since PostgreSQL does not see that two JSON paths given as parameters are one.
    where = (
        select(Location.delivery_address["province"].as_string().label("province"))
        .where(Location.active)
        .subquery()
    )
    rows = db.session.execute(select(where.c.province, func.count()).group_by(where.c.province))
    found: Counter[str] = Counter()
    for value, count in rows:
        if value and value.strip():
            found[province_code(value)[:10]] += count
    chosen = db.session.scalars(
        select(SavedMapping.province).where(
            SavedMapping.section == "customer_tax", SavedMapping.province != ""
        )
    )
    for value in chosen:
        found[value] += 0
    return found


def _payment_terms() -> Iterable[Slot]:
    places = _count(Location.payment_term_id, Location.active)
    orders = _count(Order.payment_term_id, *FROZEN_UNSENT)
    for term in db.session.scalars(select(PaymentTerm).order_by(PaymentTerm.days, PaymentTerm.name)):
        used = places[term.id], orders[term.id]
        yield Slot("payment_terms", str(term.id), "", term.name, sum(used), _users(*used), days=term.days)


def _customer_tax() -> Iterable[Slot]:
    places = _count(Location.tax_status, Location.active)
    orders = _count(Order.tax_status, *FROZEN_UNSENT)
    for ours, label in CUSTOMER_TAX.items():
        used = places[ours], orders[ours]
        yield Slot("customer_tax", ours, "", label, sum(used), _users(*used))
    for province, count in sorted(provinces().items()):
        used_by = _users(count, 0) if count else "not used"
        # Without a choice of its own a province takes the default: never a gap.
        yield Slot("customer_tax", "default", province, f"Default in {province}", 0, used_by)


def _product_tax() -> Iterable[Slot]:
    goods = _count(Sku.tax_status, Sku.active, Sku.kind != "container_deposit")
    used = {**goods, "container_deposit": _deposits()}
    for ours, label in PRODUCT_TAX.items():
        count = used.get(ours, 0)
        yield Slot("product_tax", ours, "", label, count, _used(count, "SKU"))


def _customer_accounts() -> Iterable[Slot]:
    for ours, label in CUSTOMER_ACCOUNTS.items():
        yield Slot("customer_accounts", ours, "", label, 0, "")


def _charge_kinds() -> Iterable[Slot]:
    rows = db.session.execute(
        select(OrderCharge.charge_kind_id, func.count(OrderCharge.order_id.distinct()))
        .join(Order, Order.id == OrderCharge.order_id)
        .where(Order.status != "cancelled", Order.integration_status.in_(those("unsent")))
        .group_by(OrderCharge.charge_kind_id)
    )
    orders: Counter[uuid.UUID] = Counter(dict(rows.all()))
    for kind in db.session.scalars(select(ChargeKind).order_by(ChargeKind.name)):
        count = orders[kind.id]
        yield Slot("charge_kinds", str(kind.id), "", kind.name, count, _used(count, "order"))


def _product_accounts() -> Iterable[Slot]:
    kinds = _count(Sku.kind, Sku.active)
    deposits = kinds.pop("container_deposit", 0)
    sold = sum(kinds.values())
    settings = db.session.scalar(select(SyncSettings))
    stocked = kinds["goods"] if settings is not None and settings.new_item_type == "Inventory" else 0
    used = {"income": sold, "expense": sold, "asset": stocked, "container_deposit": deposits}
    for ours, label in PRODUCT_ACCOUNTS.items():
        yield Slot("product_accounts", ours, "", label, used[ours], _used(used[ours], "SKU"))


_SLOTS = {
    "payment_terms": _payment_terms,
    "customer_tax": _customer_tax,
    "product_tax": _product_tax,
    "customer_accounts": _customer_accounts,
    "product_accounts": _product_accounts,
    "charge_kinds": _charge_kinds,
}


def _count(column: object, *conditions: object) -> "Counter[uuid.UUID | str]":
    rows = db.session.execute(
        select(column, func.count()).where(*conditions).group_by(column)  # type: ignore[call-overload]  # any column
    )
    return Counter({value: count for value, count in rows if value is not None})


def _deposits() -> int:
    return _count(Sku.kind, Sku.active)["container_deposit"]


def _users(places: int, orders: int) -> str:
    parts = [counted(places, "location")] if places else []
    parts += [counted(orders, "unsent order")] if orders else []
    return " and ".join(parts) or "not used"


def _used(count: int, noun: str) -> str:
    return counted(count, noun) if count else "not used"
