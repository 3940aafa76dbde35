"""The entity types the simulator keeps, by name and by path."""

from __future__ import annotations

from .accounts import Account
from .company import CompanyInfo, Preferences
from .currencies import CompanyCurrency, ExchangeRate
from .customers import Customer
from .documents import CreditMemo, Estimate, Invoice, RefundReceipt, SalesReceipt
from .items import Item
from .kept import (
    Bill,
    BillPayment,
    CreditCardPayment,
    Deposit,
    JournalEntry,
    Purchase,
    PurchaseOrder,
    TimeActivity,
    Transfer,
    VendorCredit,
)
from .kept_lists import EMPTY, Attachable, PaymentMethod
from .kind import Kind
from .payees import Employee, Vendor
from .payments import Payment
from .recurring import RecurringTransaction
from .taxes import TaxAgency, TaxCode, TaxRate
from .terms import Term
from .tracking import Class, Department

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Customer, Vendor, Employee, Item, Account, Term, Class, Department, TaxCode, TaxRate, TaxAgency,
        CompanyCurrency, ExchangeRate, Invoice, CreditMemo, SalesReceipt, RefundReceipt, Estimate, Payment,
        CompanyInfo, Preferences, PaymentMethod, Bill, BillPayment, VendorCredit, Purchase, PurchaseOrder,
        Deposit, Transfer, CreditCardPayment, JournalEntry, TimeActivity, RecurringTransaction, Attachable,
        *EMPTY,
    )
}  # fmt: skip
BY_PATH: dict[str, Kind] = {kind.path: kind for kind in KINDS.values()}

__all__ = ["BY_PATH", "KINDS", "Kind"]
