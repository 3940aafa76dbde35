"""What the mapping pages still lack: values in use without a choice, and choices that QBO has no more."""

import uuid
from collections import Counter
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, or_, select

from portal.extensions import db
from portal.mapping.choices import LIST_OF_SECTION
from portal.mapping.slots import CUSTOMER_TAX, FROZEN_UNSENT, PAGES, PRODUCT_ACCOUNTS, PRODUCT_TAX
from portal.models import (
    ChargeKind,
    Connection,
    ListEntry,
    Location,
    Order,
    OrderCharge,
    PaymentTerm,
    Problem,
    Sku,
    SyncSettings,
)
from portal.models import Mapping as SavedMapping
from portal.outbox.statuses import those
from portal.problems import causes

# The values of ours that every organization has: page, section, value.
_FIXED = [
    (page, section, ours)
    for page, section, labels in (
        ("customer-tax", "customer_tax", CUSTOMER_TAX),
        ("product-tax", "product_tax", PRODUCT_TAX),
        ("product-accounts", "product_accounts", PRODUCT_ACCOUNTS),
    )
    for ours in labels
]


def gaps() -> dict[str, int]:
    """How many slots of each page are used and empty, as `slots` has them; nothing is counted for it."""
    mapped: dict[str, set[str]] = {section: set() for page in PAGES.values() for section in page}
    for section, ours in db.session.execute(
        select(SavedMapping.section, SavedMapping.ours).where(SavedMapping.province == "")
    ):
        mapped[section].add(ours)
    chosen = {name: [uuid.UUID(ours) for ours in mapped[name]] for name in ("payment_terms", "charge_kinds")}
    terms, charges, *used = db.session.execute(_in_use(), chosen).one()
    found = {**dict.fromkeys(PAGES, 0), "payment-terms": terms, "customer-accounts": charges}
    for (page, section, ours), is_used in zip(_FIXED, used, strict=True):
        found[page] += bool(is_used) and ours not in mapped[section]
    return found


def lost(connection: Connection | None) -> dict[str, int]:
    """How many choices of each page QBO has deactivated or removed since they were made."""
    found: Counter[str] = Counter()
    if connection is not None:
        page_of = {section: page for page, sections in PAGES.items() for section in sections}
        rows = db.session.execute(
            select(SavedMapping.section, ListEntry.list)
            .join(ListEntry, ListEntry.external_id == SavedMapping.external_id)
            .where(ListEntry.connection_id == connection.id, ListEntry.active.is_(False))
        )
        found.update(page_of[section] for section, name in rows if LIST_OF_SECTION[section] == name)
    return dict(found)


@cache
def _in_use() -> Select[*tuple[Any, ...]]:
    """How many terms and charge kinds are used and not among those mapped, then whether each fixed value is.
    Kept, since so large a statement takes longer to put together than to answer.
    """
    return select(
        _empty_and_used(PaymentTerm, "payment_terms", _term_in_use()),
        _empty_and_used(ChargeKind, "charge_kinds", _charge_in_use()),
        *(_is_used(section, ours) for _, section, ours in _FIXED),
    )


def _is_used(section: str, ours: str) -> ColumnElement[bool]:
    """Whether anything uses this value, found by the first that does."""
    deposit = Sku.kind == "container_deposit"
    if section == "customer_tax":
        return or_(
            _any(Location.id, Location.active, Location.tax_status == ours),
            # Orders that were finalized with a status which no location has any more: known once they failed.
            _any(
                Problem.id,
                Problem.cause == causes.of_mapping("customer_tax", ours),
                Problem.resolved_at.is_(None),
            ),
        )
    if ours == "container_deposit":
        return _any(Sku.id, Sku.active, deposit)
    if section == "product_tax":
        return _any(Sku.id, Sku.active, ~deposit, Sku.tax_status == ours)
    if ours != "asset":
        return _any(Sku.id, Sku.active, ~deposit)
    stocked = _any(SyncSettings.organization_id, SyncSettings.new_item_type == "Inventory")
    return stocked & _any(Sku.id, Sku.active, Sku.kind == "goods")


def _term_in_use() -> ColumnElement[bool]:
    return or_(
        _any(Location.id, Location.active, Location.payment_term_id == PaymentTerm.id),
        _any(Order.id, *FROZEN_UNSENT, Order.payment_term_id == PaymentTerm.id),
    )


def _charge_in_use() -> ColumnElement[bool]:
    charged = (
        select(OrderCharge.id)
        .join(Order, Order.id == OrderCharge.order_id)
        .where(
            OrderCharge.charge_kind_id == ChargeKind.id,
            Order.status != "cancelled",
            Order.integration_status.in_(those("unsent")),
        )
    )
    return charged.exists()


def _any(column: Any, *conditions: Any) -> ColumnElement[bool]:
    return select(column).where(*conditions).exists()


def _empty_and_used(
    table: type[PaymentTerm | ChargeKind], mapped: str, used: ColumnElement[bool]
) -> ScalarSelect[int]:
    others = table.id.not_in(bindparam(mapped, expanding=True))
    return select(func.count(table.id)).where(others, used).scalar_subquery()
