"""Records of the distributor: customers with locations, products with SKUs, orders with lines and charges."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Identified, OrganizationScoped
from portal.models.types import ExactDecimal, Money, Price, Quantity, SortKey, Word

CustomerTax = Literal["default", "zero_rated", "exempt", "provincial_exempt"]
ProductTax = Literal["default", "zero_rated"]
SkuKind = Literal["goods", "service", "container_deposit", "container_fee"]
OrderStatus = Literal["draft", "confirmed", "delivered", "finalized", "cancelled"]
CollectedBy = Literal["cash", "cheque", "card", "transfer", "other"]

# A saved record is pushed when it is new or one of these changed; other fields travel with the next order.
LOCATION_TRIGGERS = (
    *("name", "third_party_id", "payment_term_id", "tax_status"),
    *("tax_registration_number", "exemption_reason_id", "certificate"),
)
# QuickBooks keeps these of a customer in the US alone.
ONLY_IN_THE_US = ("tax_registration_number", "exemption_reason_id", "certificate")
SKU_TRIGGERS = ("code", "name", "unit_price", "cost", "tax_status")

# What finalizing freezes of the location: a correction of an order bears the same.
FROZEN = (
    "payment_term_id",
    "tax_status",
    "exemption_reason",
    "exemption_reason_id",
    "certificate",
    "certificate_expires",
    "billing_address",
    "delivery_address",
    "currency",
)

# Kinds of SKUs that no discount on the order touches: what is given back or handed on in full.
UNDISCOUNTED = frozenset({"container_deposit", "container_fee"})

# More digits than any product of a quantity, a price and a percentage has: rounded once, where it says so.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_REF_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that reads like another


# By what each of these tables is narrowed to.
_NARROWED = ("integration_status", "integration_reason")


def new_reference() -> str:
    """The short code by which a document in QBO is known as this order's: 8 of 32 letters."""
    return "".join(secrets.choice(_REF_LETTERS) for _ in range(8))


def _sorted_by(table: str, keys: Sequence[Sequence[str]], narrowed: Sequence[str]) -> list[Index]:
    """One index for each order of a table, and one for each of what it is narrowed to most, so that a page is
    read where it stands, however many rows there are. Few rows have a reason: its indexes hold these alone.
    """
    given = text("integration_reason IS NOT NULL")
    some: dict[str, Any] = {"sqlite_where": given, "postgresql_where": given}
    found = []
    for key in keys:
        found.append(Index(f"ix_{table}_{key[0]}", "organization_id", *key, "id"))
        for column in narrowed:
            named, only = f"ix_{table}_{column}_{key[0]}", some if column == "integration_reason" else {}
            found.append(Index(named, "organization_id", column, *key, "id", **only))
    return found


def _where_given(column: str) -> Index:
    """To the orders that have something there, which few distributors fill in."""
    given = text(f"{column} IS NOT NULL")
    some: dict[str, Any] = {"sqlite_where": given, "postgresql_where": given}
    return Index(f"ix_order_{column}", "organization_id", column, "id", **some)


class Customer(Identified, OrganizationScoped, Base):
    """A customer of the distributor; it buys through its locations."""

    __tablename__ = "customer"
    __table_args__ = (UniqueConstraint("organization_id", "number"),)

    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    # Raised by every save of the form, so that the second of two people editing at once is told.
    version: Mapped[int] = mapped_column(default=1)

    locations: Mapped[list["Location"]] = relationship(
        back_populates="customer", order_by="Location.number_key"
    )


class Location(Identified, OrganizationScoped, Base):
    """Where orders are delivered. One location becomes one QBO `Customer`."""

    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        CheckConstraint(f"tax_status IN {get_args(CustomerTax)}", name="tax_status"),
        *_sorted_by("location", [["place_key"], ["name_key"], ["number_key"]], _NARROWED),
        Index("ix_location_active", "organization_id", "active", "id"),
        Index("ix_location_exemption", "organization_id", "tax_status", "exemption_reason_id", "id"),
        Index("ix_location_certificate", "organization_id", "certificate_expires", "id"),
    )

    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(500))
    third_party_id: Mapped[str | None] = mapped_column(String(500))
    # {"line1", "line2", "city", "province", "postal_code", "country"}, each optional
    billing_address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    delivery_address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    contact: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    payment_term_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payment_term.id"), index=True)
    tax_status: Mapped[str] = mapped_column(String(20), default="default")
    exemption_reason: Mapped[str] = mapped_column(String(200), default="")
    # Intuit's, of `plan/exemptions.py`; empty where none was chosen.
    exemption_reason_id: Mapped[str] = mapped_column(String(2), default="")
    certificate: Mapped[str] = mapped_column(String(40), default="")
    certificate_expires: Mapped[date | None]  # its last day; None where it has none
    tax_registration_number: Mapped[str] = mapped_column(String(40), default="")
    currency: Mapped[str | None] = mapped_column(String(3))
    # Its orders are asked for a purchase order number before they are finalized; none is held for it.
    purchase_order_required: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    integration_status: Mapped[str] = mapped_column(String(20), default="not_sent")
    # What stands in the way first, of those whose badge says it: see `problems/reasons.py`.
    integration_reason: Mapped[str | None] = mapped_column(String(60))
    not_to_be_sent: Mapped[str | None] = mapped_column(String(200))

    # What tables are sorted by, kept in step by `sales/search/index.py`: the customer's name and its own.
    place_key: Mapped[str] = mapped_column(SortKey, default="")
    name_key: Mapped[str] = mapped_column(SortKey, default="")
    number_key: Mapped[str] = mapped_column(SortKey, default="")

    customer: Mapped[Customer] = relationship(back_populates="locations")
    payment_term: Mapped["PaymentTerm | None"] = relationship()


class Product(Identified, OrganizationScoped, Base):
    """What is sold, in one or several SKUs."""

    __tablename__ = "product"
    __table_args__ = (Index("ix_product_category", "organization_id", "category", "id"),)

    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(String(100), default="")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    skus: Mapped[list["Sku"]] = relationship(back_populates="product", order_by="Sku.full_key")


class Sku(Identified, OrganizationScoped, Base):
    """One way to buy a product. One SKU becomes one QBO `Item`."""

    __tablename__ = "sku"
    __table_args__ = (
        CheckConstraint(f"tax_status IN {get_args(ProductTax)}", name="tax_status"),
        CheckConstraint(f"kind IN {get_args(SkuKind)}", name="kind"),
        *_sorted_by("sku", [["full_key"], ["code_key"], ["unit_price"]], _NARROWED),
        Index("ix_sku_code", "organization_id", "code", "id"),
        Index("ix_sku_active", "organization_id", "active", "id"),
        Index("ix_sku_kind", "organization_id", "kind", "id"),
    )

    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("product.id"), index=True)
    code: Mapped[str | None] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    barcode: Mapped[str | None] = mapped_column(String(60))
    unit_price: Mapped[Decimal] = mapped_column(Price, default=Decimal(0))
    cost: Mapped[Decimal] = mapped_column(Price, default=Decimal(0))
    tax_status: Mapped[str] = mapped_column(String(20), default="default")
    kind: Mapped[str] = mapped_column(String(20), default="goods")
    active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    integration_status: Mapped[str] = mapped_column(String(20), default="not_sent")
    # What stands in the way first, of those whose badge says it: see `problems/reasons.py`.
    integration_reason: Mapped[str | None] = mapped_column(String(60))
    not_to_be_sent: Mapped[str | None] = mapped_column(String(200))

    # As those of a location: the product's name and its own; none where there is no code.
    full_key: Mapped[str] = mapped_column(SortKey, default="")
    code_key: Mapped[str | None] = mapped_column(SortKey)

    product: Mapped[Product] = relationship(back_populates="skus")


class SearchWord(OrganizationScoped, Base):
    """One word by which a location, SKU or order is found, bare of case and accents; a prefix is a range."""

    __tablename__ = "search_word"
    __table_args__ = (Index("ix_search_word_record", "record_id", "word"),)

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    record_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    word: Mapped[str] = mapped_column(Word, primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class PaymentTerm(Identified, OrganizationScoped, Base):
    """When an invoice is due, counted in days from its date."""

    __tablename__ = "payment_term"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str] = mapped_column(String(60))
    days: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class ChargeKind(Identified, OrganizationScoped, Base):
    """A kind of order-level amount without a SKU: delivery, fuel surcharge."""

    __tablename__ = "charge_kind"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    name: Mapped[str] = mapped_column(String(60))
    tax_status: Mapped[str] = mapped_column(String(20), default="default")
    version: Mapped[int] = mapped_column(default=1)


class Order(Identified, OrganizationScoped, Base):
    """What a location bought. Finalizing freezes it (the `frozen` block) and raises its revision."""

    __tablename__ = "order"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        CheckConstraint(f"status IN {get_args(OrderStatus)}", name="status"),
        *_sorted_by(
            "order",
            [["order_date", "number_key"], ["invoice_date"], ["number_key"], ["place_key"], ["net_total"]],
            ["status", *_NARROWED],
        ),
        # What is chosen together for a push, and both of it together.
        Index("ix_order_standing", "organization_id", "integration_status", "status", "id"),
        Index("ix_order_payment_term", "organization_id", "payment_term_id"),
        Index("ix_order_total", "organization_id", text("(net_total + tax_total)"), "id"),
        *map(_where_given, ("route", "driver", "warehouse")),
        Index(
            "ix_order_import",
            *("organization_id", "import_id", "id"),
            sqlite_where=text("import_id IS NOT NULL"),
            postgresql_where=text("import_id IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(String(60))
    external_reference: Mapped[str | None] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(String(8), default=new_reference)
    location_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("location.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default="draft")
    order_date: Mapped[date]
    delivery_date: Mapped[date | None]
    invoice_date: Mapped[date | None]
    purchase_order_number: Mapped[str | None] = mapped_column(String(60))
    notes: Mapped[str] = mapped_column(Text, default="")
    # Of its delivery: by which route and stop, driver and warehouse; who signed for it and when; cents that
    # the driver collected, and how. Kept here, and no part of the document.
    route: Mapped[str | None] = mapped_column(String(60))
    stop: Mapped[str | None] = mapped_column(String(20))
    driver: Mapped[str | None] = mapped_column(String(60))
    warehouse: Mapped[str | None] = mapped_column(String(60))
    signed_by: Mapped[str | None] = mapped_column(String(200))
    signed_at: Mapped[datetime | None]
    collected_amount: Mapped[int | None] = mapped_column(Money)
    collected_method: Mapped[str | None] = mapped_column(String(20))
    # An order-level discount: one of the two, or none.
    discount_percent: Mapped[Decimal | None] = mapped_column(Quantity)
    discount_amount: Mapped[int | None] = mapped_column(Money)
    # Sum of lines and charges less the discount, before tax, in cents: what tables show and sum.
    net_total: Mapped[int] = mapped_column(Money, default=0)
    # The tax on it in cents, as last planned; None before that, or where no tax could be told.
    tax_total: Mapped[int | None] = mapped_column(Money)
    revision: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    finalized_at: Mapped[datetime | None]
    integration_status: Mapped[str] = mapped_column(String(20), default="not_sent")
    # What stands in the way first, of those whose badge says it: see `problems/reasons.py`.
    integration_reason: Mapped[str | None] = mapped_column(String(60))
    # Why this order is not to be sent to QuickBooks, when a person said so.
    not_to_be_sent: Mapped[str | None] = mapped_column(String(200))
    # What a person decided about its closed period, instead of what the settings say: first_open_day | hold.
    closed_period: Mapped[str | None] = mapped_column(String(20))

    # As it was when it was last carried over, kept when it is reopened: see `sales/carried_version.py`.
    carried_version: Mapped[dict[str, Any] | None]
    # The order whose document this one's corrects: a credit memo or an extra invoice for the difference.
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    # The import of a file that it came by, or that last changed it.
    import_id: Mapped[uuid.UUID | None]
    # The order that this one returns something of: it bears the price, discount and tax of that one.
    returns_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    # The revision that an administrator sent though the tax of its date is filed.
    filed_tax_sent: Mapped[int | None]

    # Frozen when finalized: editing a location or SKU later changes no old order.
    payment_term_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("payment_term.id"))
    tax_status: Mapped[str | None] = mapped_column(String(20))
    exemption_reason: Mapped[str | None] = mapped_column(String(200))
    exemption_reason_id: Mapped[str | None] = mapped_column(String(2))
    certificate: Mapped[str | None] = mapped_column(String(40))
    certificate_expires: Mapped[date | None]
    billing_address: Mapped[dict[str, Any] | None]
    delivery_address: Mapped[dict[str, Any] | None]
    currency: Mapped[str | None] = mapped_column(String(3))

    # QBO's exchange rate as it was read for its document: home units for one foreign unit, of which pair
    # (“USD/CAD”) and which day. Read once, so that whatever is sent again names the same.
    exchange_rate: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    exchange_rate_pair: Mapped[str | None] = mapped_column(String(7))
    exchange_rate_date: Mapped[date | None]

    # As those of a location, whose own it has beside that of its number.
    place_key: Mapped[str] = mapped_column(SortKey, default="")
    number_key: Mapped[str] = mapped_column(SortKey, default="")

    location: Mapped[Location] = relationship()
    payment_term: Mapped[PaymentTerm | None] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", order_by="OrderLine.position", cascade="all, delete-orphan"
    )
    charges: Mapped[list["OrderCharge"]] = relationship(
        back_populates="order", order_by="OrderCharge.position", cascade="all, delete-orphan"
    )

    @property
    def lacks_purchase_order(self) -> bool:
        """Whether its customer asks for a purchase order number that it has not. It goes all the same."""
        return self.location.purchase_order_required and not self.purchase_order_number

    @property
    def marker(self) -> str:
        """What QBO's memo of this order's document ends in, at this revision."""
        return f"Routeique order {self.number} (ref {self.reference}-{self.revision})"


class OrderLine(Identified, OrganizationScoped, Base):
    """Some quantity of one SKU at a price, less a discount. A negative quantity is a return."""

    __tablename__ = "order_line"

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sku.id"), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    # What was delivered, which alone is invoiced; beside it what was ordered, and what was refused there.
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    ordered_quantity: Mapped[Decimal | None] = mapped_column(Quantity)
    refused_quantity: Mapped[Decimal | None] = mapped_column(Quantity)
    refused_reason: Mapped[str | None] = mapped_column(String(100))
    unit_price: Mapped[Decimal] = mapped_column(Price)
    discount_percent: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    amount: Mapped[int] = mapped_column(Money)
    # Frozen when finalized.
    tax_status: Mapped[str | None] = mapped_column(String(20))
    kind: Mapped[str | None] = mapped_column(String(20))

    order: Mapped[Order] = relationship(back_populates="lines")
    sku: Mapped[Sku] = relationship()


class OrderCharge(Identified, OrganizationScoped, Base):
    """An order-level amount of a charge kind, in cents."""

    __tablename__ = "order_charge"

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    charge_kind_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("charge_kind.id"), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    amount: Mapped[int] = mapped_column(Money)
    # Frozen when finalized.
    tax_status: Mapped[str | None] = mapped_column(String(20))

    order: Mapped[Order] = relationship(back_populates="charges")
    charge_kind: Mapped[ChargeKind] = relationship()


def line_amount(quantity: Decimal, unit_price: Decimal, discount_percent: Decimal) -> int:
    """Cents: quantity × price × (1 − discount %), rounded half up."""
    exact = _EXACT.multiply(_EXACT.multiply(quantity, unit_price), 100 - discount_percent)
    return int(exact.quantize(Decimal(1), context=_EXACT))


def order_discount(percent: Decimal | None, amount: int | None, discountable: int) -> int:
    """Cents taken off `discountable` cents by an order-level discount, never more than there is."""
    if percent:
        return int((discountable * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if amount:
        return min(amount, max(discountable, 0))
    return 0


def discountable(order: Order) -> int:
    """Cents of the goods: what an order discount is taken off."""
    return sum(line.amount for line in order.lines if (line.kind or line.sku.kind) not in UNDISCOUNTED)


def net_total(order: Order) -> int:
    """Cents before tax: lines and charges less the order discount."""
    goods = discountable(order)
    everything = sum(line.amount for line in order.lines) + sum(charge.amount for charge in order.charges)
    return everything - order_discount(order.discount_percent, order.discount_amount, goods)
