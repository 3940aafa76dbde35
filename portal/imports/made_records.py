"""Customers and products that orders of a file need and that are not here yet: made of its rows."""

from collections.abc import Mapping

from portal.extensions import db
from portal.imports.judging import Cells, Row
from portal.imports.order_rows import Line
from portal.imports.places import Places
from portal.models import Actor, Customer, Location, Product, Sku
from portal.models.base import new_id
from portal.sales import records
from portal.sales.field_rules import PRODUCT, Wrong


def make_customers(cells: Cells, rows: Mapping[str, Row], places: Places, actor: Actor) -> None:
    """One customer with one location for each value that names one, of the first row that does."""
    if not rows:
        return
    mine = db.session.info["organization_id"]
    customers, locations = [], []
    for value, row in rows.items():
        read = cells.filled(row, [])
        name = str(read.get("customer_name") or f"Customer {value}")
        customer = Customer(id=new_id(), organization_id=mine, number=value, name=name)
        country = read.get("country")
        location = Location(
            id=new_id(),
            organization_id=mine,
            customer_id=customer.id,
            number=value,
            name=name,
            delivery_address={"country": country} if country else {},
            billing_address={},
        )
        customers.append(customer)
        locations.append(location)
    records.store_new(customers, [], locations, actor)
    for location in locations:
        places.know(location)


def make_products(cells: Cells, wanted: Mapping[str, tuple[Line, Row]], actor: Actor) -> list[Sku]:
    """One product with one SKU for each code: called by its first description, at its first price."""
    mine = db.session.info["organization_id"]
    products, skus = [], []
    for line, row in wanted.values():
        name = _name(cells.raw(row, "description")) or line.sku.code
        product = Product(id=new_id(), organization_id=mine, name=name)
        sku = Sku(
            id=new_id(),
            organization_id=mine,
            product_id=product.id,
            code=line.sku.code,
            name=name,
            unit_price=line.unit_price,
            kind="goods",
        )
        products.append(product)
        skus.append(sku)
    if skus:
        records.store_new([], products, skus, actor)
    return skus


def _name(description: str) -> str:
    """What a description says of the product; nothing where it can't be a name."""
    shortened = " ".join(description.split())[: PRODUCT["name"].longest]
    try:
        PRODUCT["name"].check(shortened)
    except Wrong:
        return ""
    return shortened
