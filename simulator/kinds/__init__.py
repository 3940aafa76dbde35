"""The entity types the simulator keeps, by name and by path."""

from __future__ import annotations

from .documents import CreditMemo, Invoice
from .items import Item
from .kind import Kind
from .lists import Account, CompanyInfo, Preferences, TaxCode, TaxRate, Term
from .people import Customer, Vendor

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Customer,
        Vendor,
        Item,
        Account,
        Term,
        TaxCode,
        TaxRate,
        Invoice,
        CreditMemo,
        CompanyInfo,
        Preferences,
    )
}
BY_PATH: dict[str, Kind] = {kind.path: kind for kind in KINDS.values()}

__all__ = ["BY_PATH", "KINDS", "Kind"]
