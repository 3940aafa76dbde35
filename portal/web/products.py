"""Products and their SKUs: the search table, and the forms that may push what they change."""

import uuid
from decimal import Decimal

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import Length

from portal.extensions import db
from portal.models import Product, Sku
from portal.sales import Refused, history, records, search
from portal.sync import badge
from portal.web.access import actor, allow, load_or_404, render
from portal.web.fields import ExactDecimal, Filled, show_refusal, text_field, trimmed

blueprint = Blueprint("products", __name__)

KINDS = {"goods": "Goods", "service": "Service", "container_deposit": "Container deposit"}


class ProductForm(FlaskForm):
    name = text_field("Name", 200, Filled("Enter a name."))
    description = TextAreaField("Description", [Length(max=4000)], filters=[trimmed])
    category = text_field("Category", 100)
    active = BooleanField("Active", default=True)


class SkuForm(FlaskForm):
    code = text_field("Code", 100, nullable=True)
    name = text_field("Name", 200, Filled("Enter a name."))
    barcode = text_field("Barcode", 60, nullable=True)
    unit_price = ExactDecimal("Unit price")
    cost = ExactDecimal("Cost")
    tax_status = SelectField("Tax status", choices={"default": "Default", "zero_rated": "Zero-rated"})
    kind = SelectField("Kind", choices=KINDS)
    active = BooleanField("Active", default=True)

    def write_to(self, sku: Sku) -> None:
        for name in ("code", "name", "barcode", "tax_status", "kind", "active"):
            setattr(sku, name, self[name].data)
        sku.unit_price = self.unit_price.data or Decimal(0)
        sku.cost = self.cost.data or Decimal(0)


@blueprint.get("/products")
@allow("viewer")
def index() -> ResponseReturnValue:
    narrowed = search.SkuFilter.from_args(request.args)
    page = search.skus(narrowed, request.args.get("after"))
    shown = badge.badges("sku", [sku.id for sku in page.rows])
    return render(
        "products/index.html",
        "products/_table.html",
        page=page,
        narrowed=narrowed,
        badges=shown,
        kinds=KINDS.items(),
    )


@blueprint.get("/products/new")
@allow("bookkeeper")
def new() -> ResponseReturnValue:
    return render("products/new.html", form=ProductForm())


@blueprint.post("/products/new")
@allow("bookkeeper")
def create() -> ResponseReturnValue:
    form = ProductForm()
    product = Product()
    if form.validate_on_submit() and _stored_product(form, product):
        flash(f"{product.name} is saved. Add a SKU to sell it.", "success")
        return redirect(url_for("products.product", product_id=product.id))
    return render("products/new.html", status=422, form=form)


@blueprint.get("/products/<uuid:product_id>")
@allow("viewer")
def product(product_id: uuid.UUID) -> ResponseReturnValue:
    product = load_or_404(Product, product_id)
    return _product_page(product, ProductForm(obj=product))


@blueprint.post("/products/<uuid:product_id>")
@allow("bookkeeper")
def save_product(product_id: uuid.UUID) -> ResponseReturnValue:
    product = load_or_404(Product, product_id)
    form = ProductForm()
    if form.validate_on_submit() and _stored_product(form, product):
        flash(f"{product.name} is saved.", "success")
        return redirect(url_for("products.product", product_id=product_id))
    return _product_page(load_or_404(Product, product_id), form, status=422)


@blueprint.get("/products/<uuid:product_id>/skus/new")
@allow("bookkeeper")
def new_sku(product_id: uuid.UUID) -> ResponseReturnValue:
    return render("products/new_sku.html", product=load_or_404(Product, product_id), form=SkuForm())


@blueprint.post("/products/<uuid:product_id>/skus/new")
@allow("bookkeeper")
def create_sku(product_id: uuid.UUID) -> ResponseReturnValue:
    product = load_or_404(Product, product_id)
    form = SkuForm()
    sku = Sku(organization_id=product.organization_id, product_id=product.id)
    if form.validate_on_submit() and _stored_sku(form, sku):
        return redirect(url_for("products.sku", sku_id=sku.id))
    return render("products/new_sku.html", status=422, product=load_or_404(Product, product_id), form=form)


@blueprint.get("/skus/<uuid:sku_id>")
@allow("viewer")
def sku(sku_id: uuid.UUID) -> ResponseReturnValue:
    sku = load_or_404(Sku, sku_id, joinedload(Sku.product))
    return _sku_page(sku, SkuForm(obj=sku))


@blueprint.post("/skus/<uuid:sku_id>")
@allow("bookkeeper")
def save_sku(sku_id: uuid.UUID) -> ResponseReturnValue:
    sku = load_or_404(Sku, sku_id, joinedload(Sku.product))
    form = SkuForm()
    if form.validate_on_submit() and _stored_sku(form, sku):
        return redirect(url_for("products.sku", sku_id=sku_id))
    return _sku_page(load_or_404(Sku, sku_id, joinedload(Sku.product)), form, status=422)


def _stored_product(form: ProductForm, product: Product) -> bool:
    try:
        with db.session.no_autoflush:
            form.populate_obj(product)
            if product.organization_id is None:
                product.organization_id = db.session.info["organization_id"]
            records.save_product(product, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        show_refusal(form, refused)
        return False
    return True


def _stored_sku(form: SkuForm, sku: Sku) -> bool:
    try:
        with db.session.no_autoflush:
            form.write_to(sku)
            asked = records.save_sku(sku, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        show_refusal(form, refused)
        return False
    flash(f"{sku.name} is saved{' and will be pushed to QuickBooks' if asked else ''}.", "success")
    return True


def _product_page(product: Product, form: ProductForm, status: int = 200) -> ResponseReturnValue:
    skus = db.session.scalars(select(Sku).where(Sku.product_id == product.id).order_by(Sku.name)).all()
    return render(
        "products/product.html",
        status=status,
        product=product,
        form=form,
        skus=skus,
        badges=badge.badges("sku", [sku.id for sku in skus]),
        events=history.of("product", product.id),
    )


def _sku_page(sku: Sku, form: SkuForm, status: int = 200) -> ResponseReturnValue:
    return render(
        "products/sku.html",
        status=status,
        sku=sku,
        form=form,
        badge=badge.badges("sku", [sku.id])[sku.id],
        events=history.of("sku", sku.id),
    )
