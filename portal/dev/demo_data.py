"""Store a distributor that is given as plain values: the demo data, or any other of the same shape."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select

from portal.extensions import db
from portal.models import (
    Base,
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
from portal.models.kinds import RECORDS
from portal.models.sales import line_amount, net_total
from portal.sales.search import index

Record = TypeVar("Record", bound=Base)


def load(organization: Organization, distributor: Any, further_orders: Iterable[Any] = ()) -> int:
    """Store what is not there yet, orders as delivered. Returns how many orders are new. Commits.

    `distributor` has customers, locations, products, skus, terms, charge_kinds and orders, which name each
    other by number, name or key.
    """
    db.session.info["organization_id"] = organization.id
    with db.session.no_autoflush:
        terms = _stored(PaymentTerm, "name", distributor.terms, _term)
        kinds = _stored(ChargeKind, "name", distributor.charge_kinds, _charge_kind)
        customers = _stored(Customer, "number", distributor.customers, _customer)
        locations = _stored(
            Location, "number", distributor.locations, lambda value: _location(value, customers, terms)
        )
        products = _stored(Product, "name", distributor.products, _product)
        skus = _stored_skus(distributor.skus, products)
        known = set(db.session.scalars(select(Order.number)))
        fresh = [one for one in (*distributor.orders, *further_orders) if one.number not in known]
        db.session.add_all(_order(one, locations, skus, kinds) for one in fresh)
        made = list(db.session.new)
        for record in made:
            record.organization_id = organization.id
        db.session.flush()
        for kind, ours in RECORDS.items():
            index.renew(kind, [record.id for record in made if isinstance(record, ours.model)])
    db.session.commit()
    return len(fresh)


def _stored(model: type[Record], key: str, values: Iterable[Any], make: Any) -> dict[str, Record]:
    """All records of a kind by their key, those missing made."""
    found: dict[str, Record] = {getattr(record, key): record for record in db.session.scalars(select(model))}
    for value in values:
        if getattr(value, key) not in found:
            record = make(value)
            db.session.add(record)
            found[getattr(value, key)] = record
    return found


def _stored_skus(values: Iterable[Any], products: Mapping[str, Product]) -> dict[str, Sku]:
    """By the key in the values: codes are doubled on purpose, so product and name tell them apart here."""
    names = {product.id: name for name, product in products.items() if product.id is not None}
    standing = {
        (names[sku.product_id], sku.name, sku.code, sku.barcode): sku
        for sku in db.session.scalars(select(Sku))
    }
    found = {}
    for value in values:
        sku = standing.get((value.product, value.name, value.code, value.barcode))
        if sku is None:
            sku = Sku(
                product=products[value.product],
                code=value.code,
                name=value.name,
                barcode=value.barcode,
                unit_price=value.unit_price,
                cost=value.cost,
                tax_status=value.tax_status,
                kind=value.kind,
                active=value.active,
            )
            db.session.add(sku)
        found[value.key] = sku
    return found


def _term(value: Any) -> PaymentTerm:
    return PaymentTerm(name=value.name, days=value.days)


def _charge_kind(value: Any) -> ChargeKind:
    return ChargeKind(name=value.name, tax_status=value.tax_status)


def _customer(value: Any) -> Customer:
    return Customer(number=value.number, name=value.name, active=value.active)


def _product(value: Any) -> Product:
    return Product(
        name=value.name, description=value.description, category=value.category, active=value.active
    )


def _location(value: Any, customers: Mapping[str, Customer], terms: Mapping[str, PaymentTerm]) -> Location:
    return Location(
        customer=customers[value.customer],
        number=value.number,
        name=value.name,
        third_party_id=value.third_party_id,
        billing_address=_address(value.billing),
        delivery_address=_address(value.delivery),
        contact=value.contact,
        email=value.email,
        phone=value.phone,
        payment_term=terms[value.payment_term] if value.payment_term else None,
        tax_status=value.tax_status,
        exemption_reason=value.exemption_reason or "",
        tax_registration_number=value.tax_registration_number or "",
        currency=value.currency,
        active=value.active,
    )


def _address(value: Any) -> dict[str, str]:
    parts = ("line1", "city", "province", "postal_code", "country")
    return {part: getattr(value, part) for part in parts if getattr(value, part)}


def _order(
    value: Any,
    locations: Mapping[str, Location],
    skus: Mapping[str, Sku],
    kinds: Mapping[str, ChargeKind],
) -> Order:
    order = Order(
        number=value.number,
        external_reference=value.external_reference,
        location=locations[value.location],
        status="delivered",
        order_date=value.order_date,
        delivery_date=value.delivery_date,
        purchase_order_number=value.purchase_order_number,
        notes=value.notes,
        discount_percent=value.discount_percent,
        discount_amount=value.discount_cents,
        lines=[_line(position, line, skus[line.sku]) for position, line in enumerate(value.lines)],
        charges=[
            OrderCharge(position=position, charge_kind=kinds[charge.kind], amount=charge.amount_cents)
            for position, charge in enumerate(value.charges)
        ],
    )
    order.net_total = net_total(order)
    return order


def _line(position: int, value: Any, sku: Sku) -> OrderLine:
    discount: Decimal = value.discount_percent
    return OrderLine(
        position=position,
        sku=sku,
        description="",
        quantity=value.quantity,
        unit_price=value.unit_price,
        discount_percent=discount,
        amount=line_amount(value.quantity, value.unit_price, discount),
    )
