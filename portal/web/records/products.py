"""Products and their SKUs: their pages, and the forms that may push what they change."""

import uuid
from decimal import Decimal
from typing import Any, ClassVar

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField

from portal.extensions import db
from portal.mapping.keys import key_settings
from portal.models import Product, Sku
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.plan.items import LONGEST_NAME
from portal.report import history
from portal.sales import records
from portal.sales.field_rules import NEGATIVE_COST, NEGATIVE_PRICE, PRODUCT, SKU
from portal.web.access import allow, load_or_404, person, render
from portal.web.forms.fields import NotNegative, OneOf, PriceField, at_most, ruled_field, text_area
from portal.web.forms.record_form import RecordForm, stored
from portal.web.in_books import in_books
from portal.web.why import why

blueprint = Blueprint("products", __name__)

KINDS = {
    "goods": "Goods",
    "service": "Service",
    "container_deposit": "Container deposit (given back)",
    "container_fee": "Container fee (kept)",
}


class ProductForm(RecordForm):
    parts: ClassVar = {"Product": ("name", "category", "description", "active")}
    name = ruled_field(
        "Name",
        PRODUCT["name"],
        description="Part of what QuickBooks calls its SKUs: renaming it pushes them.",
    )
    category = ruled_field("Category", PRODUCT["category"])
    description = text_area("Description", PRODUCT["description"].longest)
    active = BooleanField(
        "Active",
        default=True,
        description="When inactive, none of its SKUs is offered for new orders. What stands here and in "
        "QuickBooks stays as it is.",
    )


class SkuForm(RecordForm):
    parts: ClassVar = {
        "Identity": ("code", "name", "barcode", "active"),
        "Price and tax": ("unit_price", "cost", "tax_status", "kind"),
    }
    code = ruled_field("Code", SKU["code"], nullable=True)
    name = ruled_field("Name", SKU["name"])
    barcode = ruled_field("Barcode", SKU["barcode"], nullable=True)
    active = BooleanField(
        "Active",
        default=True,
        description="When inactive, it is not offered for new orders. Orders that stand keep it, and its "
        "item in QuickBooks stays active.",
    )
    unit_price = PriceField("Unit price", [NotNegative(NEGATIVE_PRICE)])
    cost = PriceField("Cost", [NotNegative(NEGATIVE_COST)])
    tax_status = OneOf("Tax status", choices={"default": "Default", "zero_rated": "Zero-rated"})
    kind = OneOf(
        "Kind",
        choices=KINDS,
        description="Goods may be kept in stock, services are not. A container deposit is given back with "
        "the empties: money held, not income, with an account and a tax code of its own. A container fee, "
        "such as for recycling, is kept: it has an account of its own and is taxed as the drink. Neither "
        "bears a discount.",
    )

    def validate_name(self, field: Any) -> None:
        keys = key_settings.settings()
        if (keys.sku_ours, keys.sku_theirs) == ("name", "Name"):
            at_most(LONGEST_NAME, "the name of a product")(self, field)

    def values(self) -> dict[str, Any]:
        entered = super().values()
        return entered | {name: entered[name] or Decimal(0) for name in ("unit_price", "cost")}


@blueprint.get("/products/new")
@allow("bookkeeper")
def new() -> ResponseReturnValue:
    return _new_page("New product", ProductForm())


@blueprint.post("/products/new")
@allow("bookkeeper")
def create() -> ResponseReturnValue:
    form, product = ProductForm(), Product(organization_id=person().organization_id)
    if stored(form, product, records.save_product) is not None:
        flash(f"{product.name} is saved. Add a SKU to sell it.", "success")
        return redirect(url_for("products.product", product_id=product.id))
    return _new_page("New product", form, form.answer_status)


@blueprint.get("/products/<uuid:product_id>")
@allow("viewer")
def product(product_id: uuid.UUID) -> ResponseReturnValue:
    product = load_or_404(Product, product_id)
    return _product_page(product, ProductForm(obj=product))


@blueprint.post("/products/<uuid:product_id>")
@allow("bookkeeper")
def save_product(product_id: uuid.UUID) -> ResponseReturnValue:
    product, form = load_or_404(Product, product_id), ProductForm()
    asked = stored(form, product, records.save_product)
    if asked is not None:
        its_skus = " Its SKUs will be pushed to QuickBooks." if asked else ""
        flash(f"{product.name} is saved.{its_skus}", "success")
        return redirect(url_for("products.product", product_id=product_id))
    return _product_page(load_or_404(Product, product_id), form, form.answer_status)


@blueprint.get("/products/<uuid:product_id>/skus/new")
@allow("bookkeeper")
def new_sku(product_id: uuid.UUID) -> ResponseReturnValue:
    return _new_page("New SKU", SkuForm(), of=load_or_404(Product, product_id))


@blueprint.post("/products/<uuid:product_id>/skus/new")
@allow("bookkeeper")
def create_sku(product_id: uuid.UUID) -> ResponseReturnValue:
    product, form = load_or_404(Product, product_id), SkuForm()
    sku = Sku(organization_id=product.organization_id, product_id=product.id)
    asked = stored(form, sku, records.save_sku)
    if asked is not None:
        return _sku_saved(sku, asked)
    return _new_page("New SKU", form, form.answer_status, of=load_or_404(Product, product_id))


@blueprint.get("/skus/<uuid:sku_id>")
@allow("viewer")
def sku(sku_id: uuid.UUID) -> ResponseReturnValue:
    sku = load_or_404(Sku, sku_id, joinedload(Sku.product))
    return _sku_page(sku, SkuForm(obj=sku))


@blueprint.post("/skus/<uuid:sku_id>")
@allow("bookkeeper")
def save_sku(sku_id: uuid.UUID) -> ResponseReturnValue:
    sku, form = load_or_404(Sku, sku_id), SkuForm()
    asked = stored(form, sku, records.save_sku)
    if asked is not None:
        return _sku_saved(sku, asked)
    return _sku_page(load_or_404(Sku, sku_id, joinedload(Sku.product)), form, form.answer_status)


def _sku_saved(sku: Sku, asked: bool) -> ResponseReturnValue:
    flash(f"{sku.name} is saved{' and will be pushed to QuickBooks' if asked else ''}.", "success")
    return redirect(url_for("products.sku", sku_id=sku.id))


def _new_page(
    title: str, form: RecordForm, status: int = 200, of: Product | None = None
) -> ResponseReturnValue:
    trail = [("Products", url_for("products.index"))]
    if of is not None:
        title = f"{title} of {of.name}"
        trail.append((of.name, url_for("products.product", product_id=of.id)))
    return render("records/new.html", status=status, title=title, trail=trail, form=form, units=_units())


def _units() -> dict[str, str]:
    """What stands before the amounts of a SKU."""
    return dict.fromkeys(("unit_price", "cost"), person().organization.currency)


def _product_page(product: Product, form: ProductForm, status: int = 200) -> ResponseReturnValue:
    skus = db.session.scalars(select(Sku).where(Sku.product_id == product.id).order_by(Sku.full_key)).all()
    return render(
        "products/product.html",
        "products/_skus.html",
        status=status,
        product=product,
        form=form,
        skus=skus,
        badges=badge.badges("sku", [sku.id for sku in skus]),
        currency=person().organization.currency,
        events=history.done_to(("product", product.id)),
    )


def _sku_page(sku: Sku, form: SkuForm, status: int = 200) -> ResponseReturnValue:
    stands = in_books(ref_of(sku))
    return render(
        "products/sku.html",
        "products/_moving.html",
        status=status,
        sku=sku,
        form=form,
        stands=stands,
        why=why(stands.ref, stands.badge),
        units=_units(),
        events=history.of(ref_of(sku)),
    )
