"""Customers and their locations: the search table, and the forms that may push what they change."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField, EmailField, FormField, SelectField
from wtforms.validators import Email, Length, Optional, Regexp

from portal.extensions import db
from portal.models import Customer, Location, PaymentTerm
from portal.sales import Refused, history, records, search
from portal.sync import badge
from portal.web.access import actor, allow, load_or_404, render
from portal.web.fields import AddressForm, Filled, RecordChoice, show_refusal, text_field, trimmed

blueprint = Blueprint("customers", __name__)


class CustomerForm(FlaskForm):
    number = text_field("Number", 40, Filled("Enter a number."))
    name = text_field("Name", 200, Filled("Enter a name."))
    active = BooleanField("Active", default=True)


class LocationForm(FlaskForm):
    number = text_field("Number", 40, Filled("Enter a number."))
    name = text_field("Name", 500, Filled("Enter a name."))
    third_party_id = text_field("Third-party ID", 500, nullable=True)
    contact = text_field("Contact", 200)
    email = EmailField(
        "E-mail", [Optional(), Email("That is not an e-mail address."), Length(max=254)], filters=[trimmed]
    )
    phone = text_field("Phone", 40)
    payment_term_id = RecordChoice("Payment term")
    tax_status = SelectField(
        "Tax status", choices={"default": "Default", "zero_rated": "Zero-rated", "exempt": "Exempt"}
    )
    exemption_reason = text_field("Exemption reason", 200)
    tax_registration_number = text_field("Tax registration number", 40)
    currency = text_field(
        "Currency",
        3,
        Optional(),
        Regexp("^[A-Z]{3}$", message="Three capital letters, such as CAD."),
        nullable=True,
        description="Empty: the organization's own.",
    )
    active = BooleanField("Active", default=True)
    billing_address = FormField(AddressForm, "Billing address")
    delivery_address = FormField(AddressForm, "Delivery address")

    def offer_terms(self) -> None:
        terms = db.session.scalars(select(PaymentTerm).order_by(PaymentTerm.days, PaymentTerm.name))
        self.payment_term_id.choices = {"": "None"} | {str(term.id): term.name for term in terms}

    def write_to(self, location: Location) -> None:
        for name in (
            "number", "name", "third_party_id", "contact", "phone", "payment_term_id", "tax_status",
            "exemption_reason", "tax_registration_number", "currency", "active",
        ):  # fmt: skip
            setattr(location, name, self[name].data)
        location.email = self.email.data or ""
        location.billing_address = self.billing_address.form.filled()
        location.delivery_address = self.delivery_address.form.filled()


@blueprint.get("/customers")
@allow("viewer")
def index() -> ResponseReturnValue:
    narrowed = search.LocationFilter.from_args(request.args)
    page = search.locations(narrowed, request.args.get("after"))
    shown = badge.badges("location", [location.id for location in page.rows])
    terms = db.session.scalars(select(PaymentTerm).order_by(PaymentTerm.name)).all()
    return render(
        "customers/index.html",
        "customers/_table.html",
        page=page,
        narrowed=narrowed,
        badges=shown,
        terms=terms,
    )


@blueprint.get("/customers/new")
@allow("bookkeeper")
def new() -> ResponseReturnValue:
    return render("customers/new.html", form=CustomerForm())


@blueprint.post("/customers/new")
@allow("bookkeeper")
def create() -> ResponseReturnValue:
    form = CustomerForm()
    customer = Customer()
    if form.validate_on_submit() and _stored_customer(form, customer):
        flash(f"{customer.name} is saved. Add a location to sell to it.", "success")
        return redirect(url_for("customers.customer", customer_id=customer.id))
    return render("customers/new.html", status=422, form=form)


@blueprint.get("/customers/<uuid:customer_id>")
@allow("viewer")
def customer(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer = load_or_404(Customer, customer_id)
    return _customer_page(customer, CustomerForm(obj=customer))


@blueprint.post("/customers/<uuid:customer_id>")
@allow("bookkeeper")
def save_customer(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer = load_or_404(Customer, customer_id)
    form = CustomerForm()
    if form.validate_on_submit() and _stored_customer(form, customer):
        flash(f"{customer.name} is saved.", "success")
        return redirect(url_for("customers.customer", customer_id=customer_id))
    return _customer_page(load_or_404(Customer, customer_id), form, status=422)


@blueprint.get("/customers/<uuid:customer_id>/locations/new")
@allow("bookkeeper")
def new_location(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer = load_or_404(Customer, customer_id)
    form = LocationForm()
    form.offer_terms()
    return render("customers/new_location.html", customer=customer, form=form)


@blueprint.post("/customers/<uuid:customer_id>/locations/new")
@allow("bookkeeper")
def create_location(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer = load_or_404(Customer, customer_id)
    form = LocationForm()
    form.offer_terms()
    location = Location(organization_id=customer.organization_id, customer_id=customer.id)
    if form.validate_on_submit() and _stored_location(form, location):
        return redirect(url_for("customers.location", location_id=location.id))
    customer = load_or_404(Customer, customer_id)
    return render("customers/new_location.html", status=422, customer=customer, form=form)


@blueprint.get("/locations/<uuid:location_id>")
@allow("viewer")
def location(location_id: uuid.UUID) -> ResponseReturnValue:
    location = load_or_404(Location, location_id, joinedload(Location.customer))
    form = LocationForm(obj=location)
    form.offer_terms()
    return _location_page(location, form)


@blueprint.post("/locations/<uuid:location_id>")
@allow("bookkeeper")
def save_location(location_id: uuid.UUID) -> ResponseReturnValue:
    location = load_or_404(Location, location_id, joinedload(Location.customer))
    form = LocationForm()
    form.offer_terms()
    if form.validate_on_submit() and _stored_location(form, location):
        return redirect(url_for("customers.location", location_id=location_id))
    return _location_page(load_or_404(Location, location_id, joinedload(Location.customer)), form, status=422)


def _stored_customer(form: CustomerForm, customer: Customer) -> bool:
    try:
        with db.session.no_autoflush:
            form.populate_obj(customer)
            if customer.organization_id is None:
                customer.organization_id = db.session.info["organization_id"]
            records.save_customer(customer, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        show_refusal(form, refused)
        return False
    return True


def _stored_location(form: LocationForm, location: Location) -> bool:
    try:
        with db.session.no_autoflush:
            form.write_to(location)
            asked = records.save_location(location, actor())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        show_refusal(form, refused)
        return False
    flash(f"{location.name} is saved{' and will be pushed to QuickBooks' if asked else ''}.", "success")
    return True


def _customer_page(customer: Customer, form: CustomerForm, status: int = 200) -> ResponseReturnValue:
    locations = db.session.scalars(
        select(Location).where(Location.customer_id == customer.id).order_by(Location.number)
    ).all()
    return render(
        "customers/customer.html",
        status=status,
        customer=customer,
        form=form,
        locations=locations,
        badges=badge.badges("location", [location.id for location in locations]),
        events=history.of("customer", customer.id),
    )


def _location_page(location: Location, form: LocationForm, status: int = 200) -> ResponseReturnValue:
    return render(
        "customers/location.html",
        status=status,
        location=location,
        form=form,
        badge=badge.badges("location", [location.id])[location.id],
        events=history.of("location", location.id),
    )
