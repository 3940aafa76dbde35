"""The table of products: one row per SKU."""

from collections.abc import Sequence
from typing import Any, get_args

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.extensions import db
from portal.models import Product, Sku
from portal.models.sales import SkuKind
from portal.web.access import allow
from portal.web.formats import price
from portal.web.records.narrowing import Choice, by_active, by_integration
from portal.web.records.products import blueprint
from portal.web.records.tables import Column, Table, export, show, spelled

MOST_CATEGORIES = 500


def cells(sku: Sequence[Any], home_currency: str) -> Sequence[Any]:
    *named, kind, tax_status, unit_price, active = sku
    return *named, spelled(kind), spelled(tax_status), price(unit_price), "yes" if active else "no"


PRODUCTS = Table(
    "sku",
    "products",
    "SKU",
    "SKUs",
    (
        Column("Code", "code"),
        Column("Product", "name"),
        Column("SKU"),
        Column("Kind", aside=True),
        Column("Tax", aside=True),
        Column("Unit price", "price", amount=True),
        Column("Integrations"),
    ),
    ("Code", "Product", "SKU", "Barcode", "Category", "Kind", "Tax", "Unit price", "Active"),
    (
        Sku.code, Product.name, Sku.name, Sku.barcode, Product.category, Sku.kind, Sku.tax_status,
        Sku.unit_price, Sku.active,
    ),
    cells,
)  # fmt: skip


@blueprint.get("/products")
@allow("viewer")
def index() -> ResponseReturnValue:
    named = select(Product.category).where(Product.category != "").distinct().order_by(Product.category)
    categories = db.session.scalars(named.limit(MOST_CATEGORIES)).all()
    return show(
        PRODUCTS,
        [
            by_integration(),
            by_active(),
            Choice("kind", "Kind", "Any kind", [(kind, spelled(kind)) for kind in get_args(SkuKind)]),
            Choice("category", "Category", "Any category", [(one, one) for one in categories]),
        ],
    )


@blueprint.get("/products.csv", endpoint="export")
@allow("viewer")
def as_csv() -> ResponseReturnValue:
    return export(PRODUCTS)
