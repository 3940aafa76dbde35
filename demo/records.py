"""The shapes of the demo data: a distributor's records as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

TaxStatus = Literal["default", "zero_rated", "exempt"]
SkuKind = Literal["goods", "service", "container_deposit"]


@dataclass(frozen=True)
class Address:
    line1: str
    city: str
    province: str
    postal_code: str
    country: str = "CA"


@dataclass(frozen=True)
class PaymentTerm:
    name: str
    days: int


@dataclass(frozen=True)
class ChargeKind:
    name: str
    tax_status: TaxStatus


@dataclass(frozen=True)
class Customer:
    number: str
    name: str
    active: bool = True


@dataclass(frozen=True)
class Location:
    number: str
    customer: str
    """The customer's number."""
    name: str
    third_party_id: str | None
    billing: Address
    delivery: Address
    contact: str
    email: str
    phone: str
    payment_term: str | None
    tax_status: TaxStatus = "default"
    exemption_reason: str | None = None
    tax_registration_number: str | None = None
    currency: str = "CAD"
    active: bool = True


@dataclass(frozen=True)
class Product:
    name: str
    description: str
    category: str
    active: bool = True


@dataclass(frozen=True)
class Sku:
    key: str
    """Unique here, unlike the code, which life doubles."""
    product: str
    """The product's name."""
    code: str | None
    name: str
    barcode: str | None
    unit_price: Decimal
    cost: Decimal
    tax_status: TaxStatus = "default"
    kind: SkuKind = "goods"
    active: bool = True


@dataclass(frozen=True)
class OrderLine:
    sku: str
    """The SKU's key."""
    quantity: Decimal
    """Negative: it came back."""
    unit_price: Decimal
    discount_percent: Decimal = Decimal(0)


@dataclass(frozen=True)
class OrderCharge:
    kind: str
    amount_cents: int


@dataclass(frozen=True)
class Order:
    number: str
    external_reference: str
    location: str
    """The location's number."""
    order_date: date
    delivery_date: date
    purchase_order_number: str | None
    notes: str
    lines: tuple[OrderLine, ...]
    charges: tuple[OrderCharge, ...] = ()
    discount_percent: Decimal | None = None
    discount_cents: int | None = None


@dataclass(frozen=True)
class Distributor:
    customers: tuple[Customer, ...]
    locations: tuple[Location, ...]
    products: tuple[Product, ...]
    skus: tuple[Sku, ...]
    terms: tuple[PaymentTerm, ...]
    charge_kinds: tuple[ChargeKind, ...]
    orders: tuple[Order, ...]
