"""Records of a distributor for tests, as rows that no database knows yet: plain functions, sensible defaults.

Ids are fixed by a word, so that a test can name a record twice and a failure reads the same every time.
Relations are set both ways; `db.session.add(order)` adds all that hangs on it but the organization. For a
database make each record once and hand it on: two objects of one id are refused.
"""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from portal.models import (
    ChargeKind,
    Customer,
    Location,
    Order,
    OrderCharge,
    OrderLine,
    Organization,
    PaymentTerm,
    Product,
    Sku,
)
from portal.models.sales import line_amount, net_total

_SPACE = uuid.UUID("6f1a9c1e-0000-4000-8000-000000000000")
TORONTO = {
    "line1": "1 King St W",
    "city": "Toronto",
    "province": "ON",
    "postal_code": "M5H 1A1",
}


def an_id(word: str) -> uuid.UUID:
    """The id that this word always stands for."""
    return uuid.uuid5(_SPACE, word)


ORGANIZATION = an_id("organization")


def organization(**values: Any) -> Organization:
    return Organization(
        **{"id": ORGANIZATION, "name": "Northern Taps", "timezone": "America/Toronto"} | values
    )


def term(name: str = "Net 30", days: int = 30, **values: Any) -> PaymentTerm:
    return PaymentTerm(
        **{"id": an_id(f"term {name}"), "organization_id": ORGANIZATION, "name": name, "days": days} | values
    )


def charge_kind(name: str = "Delivery", **values: Any) -> ChargeKind:
    return ChargeKind(
        **{
            "id": an_id(f"charge {name}"),
            "organization_id": ORGANIZATION,
            "name": name,
            "tax_status": "default",
        }
        | values
    )


def customer(name: str = "Fox & Fiddler", **values: Any) -> Customer:
    return Customer(
        **{
            "id": an_id(f"customer {name}"),
            "organization_id": ORGANIZATION,
            "number": "C101",
            "name": name,
            "active": True,
        }
        | values
    )


def location(name: str = "Bloor St", **values: Any) -> Location:
    """A location of “Fox & Fiddler” in Toronto, without a payment term unless one is given."""
    owner = values.pop("customer", None) or customer()
    paid = values.pop("payment_term", None)
    number = values.get("number", "L1001")
    made = Location(
        **{
            "id": an_id(f"location {number} {name}"),
            "organization_id": ORGANIZATION,
            "customer_id": owner.id,
            "number": number,
            "name": name,
            "third_party_id": None,
            "billing_address": dict(TORONTO),
            "delivery_address": {**TORONTO, "line1": "229 Bloor St W"},
            "contact": "",
            "email": "",
            "phone": "",
            "payment_term_id": paid.id if paid else None,
            "tax_status": "default",
            "exemption_reason": "",
            "tax_registration_number": "",
            "currency": None,
            "active": True,
            "revision": 1,
            "integration_status": "not_sent",
        }
        | values
    )
    made.customer, made.payment_term = owner, paid
    return made


def product(name: str = "Amber Ale", **values: Any) -> Product:
    return Product(
        **{
            "id": an_id(f"product {name}"),
            "organization_id": ORGANIZATION,
            "name": name,
            "description": "",
            "category": "",
            "active": True,
        }
        | values
    )


def sku(name: str = "20 L keg", unit_price: str = "112.50", **values: Any) -> Sku:
    """A SKU of “Amber Ale”, goods with the default tax."""
    whole = values.pop("product", None) or product()
    made = Sku(
        **{
            "id": an_id(f"sku {whole.name} {name}"),
            "organization_id": ORGANIZATION,
            "product_id": whole.id,
            "code": f"CODE {whole.name} {name}"[:100],
            "name": name,
            "barcode": None,
            "unit_price": Decimal(unit_price),
            "cost": Decimal(0),
            "tax_status": "default",
            "kind": "goods",
            "active": True,
            "revision": 1,
            "integration_status": "not_sent",
        }
        | values
    )
    made.product = whole
    return made


def deposit(name: str = "Can", unit_price: str = "0.10", **values: Any) -> Sku:
    """A container deposit."""
    whole = product("Container deposit")
    return sku(name, unit_price, **{"product": whole, "kind": "container_deposit"} | values)


def line(
    of: Sku | None = None,
    quantity: str = "1",
    unit_price: str | None = None,
    *,
    discount: str = "0",
    **values: Any,
) -> OrderLine:
    """A line of an order, at the SKU's price unless told otherwise."""
    of = of or sku()
    price = of.unit_price if unit_price is None else Decimal(unit_price)
    amount = line_amount(Decimal(quantity), price, Decimal(discount))
    made = OrderLine(
        **{
            "organization_id": ORGANIZATION,
            "sku_id": of.id,
            "description": "",
            "quantity": Decimal(quantity),
            "unit_price": price,
            "discount_percent": Decimal(discount),
            "amount": amount,
            "tax_status": None,
            "kind": None,
        }
        | values
    )
    made.sku = of
    return made


def charge(of: ChargeKind | None = None, cents: int = 1500, **values: Any) -> OrderCharge:
    of = of or charge_kind()
    made = OrderCharge(
        **{
            "organization_id": ORGANIZATION,
            "charge_kind_id": of.id,
            "description": "",
            "amount": cents,
            "tax_status": None,
        }
        | values
    )
    made.charge_kind = of
    return made


def order(
    number: str = "10023",
    *,
    lines: Sequence[OrderLine] | None = None,
    charges: Sequence[OrderCharge] = (),
    percent_off: str | None = None,
    cents_off: int | None = None,
    **values: Any,
) -> Order:
    """A finalized order of 20 November 2026 with all that finalizing freezes; one line of a keg unless
    told otherwise.
    """
    place = values.pop("location", None) or location()
    frozen_term = values.pop("payment_term", place.payment_term)
    made = Order(
        **{
            "id": an_id(f"order {number}"),
            "organization_id": ORGANIZATION,
            "number": number,
            "external_reference": None,
            "reference": "7KX2M9QD",
            "location_id": place.id,
            "status": "finalized",
            "order_date": date(2026, 11, 18),
            "delivery_date": date(2026, 11, 20),
            "invoice_date": date(2026, 11, 20),
            "purchase_order_number": None,
            "notes": "",
            "discount_percent": None if percent_off is None else Decimal(percent_off),
            "discount_amount": cents_off,
            "revision": 1,
            "version": 1,
            "integration_status": "ready",
            "not_to_be_sent": None,
            "payment_term_id": frozen_term.id if frozen_term else None,
            "tax_status": place.tax_status,
            "exemption_reason": place.exemption_reason,
            "billing_address": place.billing_address,
            "delivery_address": place.delivery_address,
            "currency": place.currency,
        }
        | values
    )
    made.location, made.payment_term = place, frozen_term
    made.lines, made.charges = list([line()] if lines is None else lines), list(charges)
    for position, each in enumerate(made.lines):
        each.id, each.order_id, each.position = an_id(f"line {number} {position}"), made.id, position
    for position, extra in enumerate(made.charges):
        extra.id, extra.order_id, extra.position = an_id(f"charge {number} {position}"), made.id, position
    made.net_total = net_total(made)
    return made
