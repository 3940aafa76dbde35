"""Customers and their locations: their pages, and the forms that may push what they change."""

import uuid
from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField, EmailField, FormField
from wtforms.validators import Optional, Regexp

from portal.company import current
from portal.extensions import db
from portal.mapping.keys import key_settings
from portal.models import Customer, Location, Order, PaymentTerm
from portal.models.base import now
from portal.models.kinds import ref_of
from portal.outbox import badge
from portal.plan.customers import LONGEST_RESALE_NUMBER
from portal.plan.exemptions import REASONS, expiry
from portal.report import history
from portal.sales import records
from portal.sales.field_rules import CUSTOMER, LOCATION, NO_CURRENCY
from portal.web.access import allow, load_or_404, person, render
from portal.web.forms.fields import (
    AddressForm,
    DayField,
    Emails,
    OneOf,
    RecordChoice,
    at_most,
    ruled_field,
)
from portal.web.forms.record_form import RecordForm, stored
from portal.web.in_books import in_books
from portal.web.why import why

blueprint = Blueprint("customers", __name__)

LATEST_ORDERS = 5
# In the US one of these goes there as one number.
RESALE_NUMBERS = ("certificate", "tax_registration_number")


class CustomerForm(RecordForm):
    parts: ClassVar = {"Customer": ("number", "name", "active")}
    number = ruled_field("Number", CUSTOMER["number"])
    name = ruled_field(
        "Name",
        CUSTOMER["name"],
        description="Part of what QuickBooks calls its locations: renaming it pushes them.",
    )
    active = BooleanField(
        "Active",
        default=True,
        description="When inactive, none of its locations is offered for new orders. What stands here and in "
        "QuickBooks stays as it is.",
    )


class LocationForm(RecordForm):
    parts: ClassVar = {
        "Identity": ("number", "name", "third_party_id", "active"),
        "Billing": ("payment_term_id", "currency", "purchase_order_required"),
        "Tax": (
            *("tax_status", "exemption_reason_id", "exemption_reason"),
            *("certificate", "certificate_expires", "tax_registration_number"),
        ),
        "Contact": ("contact", "email", "phone"),
        "Billing address": ("billing_address",),
        "Delivery address": ("delivery_address",),
    }
    number = ruled_field("Number", LOCATION["number"])
    name = ruled_field("Name", LOCATION["name"])
    third_party_id = ruled_field(
        "Third-party ID",
        LOCATION["third_party_id"],
        nullable=True,
        description="What your other systems know it by.",
    )  # called by what the keys say of it
    active = BooleanField(
        "Active",
        default=True,
        description="When inactive, it is not offered for new orders, and what only it uses needs no "
        "mapping. Orders that stand keep it, and its customer in QuickBooks stays active.",
    )
    payment_term_id = RecordChoice("Payment term")
    currency = ruled_field(
        "Currency",
        LOCATION["currency"],
        Optional(),
        Regexp("^[A-Z]{3}$", message=NO_CURRENCY),
        nullable=True,
        description="Empty: the organization's own.",
    )
    purchase_order_required = BooleanField(
        "Asks for a purchase order number",
        description="An order without one says so before it is finalized, and can go all the same.",
    )
    tax_status = OneOf(
        "Tax status",
        choices={
            "default": "Default",
            "zero_rated": "Zero-rated",
            "exempt": "Exempt",
            "provincial_exempt": "Provincial tax exempt (resale)",
        },
        description="Provincial tax exempt: of PST or QST, by a certificate. Where there is HST alone, it "
        "relieves of nothing.",
    )
    exemption_reason_id = OneOf(
        "Exemption reason",
        choices={"": "None", **REASONS},
        default="",
        description="QuickBooks' own list. Asked for where QuickBooks computes the tax itself, in the US.",
    )
    exemption_reason = ruled_field(
        "Exemption note", LOCATION["exemption_reason"], description="In your own words; not sent."
    )
    certificate = ruled_field("Certificate number", LOCATION["certificate"])
    certificate_expires = DayField(
        "Certificate valid until",
        [Optional()],
        description="Its last day; empty if it has none. Orders dated later wait for a new one.",
    )
    tax_registration_number = ruled_field("Tax registration number", LOCATION["tax_registration_number"])
    contact = ruled_field("Contact", LOCATION["contact"])
    email = ruled_field(
        "E-mail",
        LOCATION["email"],
        Optional(),
        Emails(),
        kind=EmailField,
        render_kw={"autocomplete": "off", "multiple": True},
        description="Several are separated by commas.",
    )
    phone = ruled_field("Phone", LOCATION["phone"])
    billing_address = FormField(AddressForm, "Billing address")
    delivery_address = FormField(AddressForm, "Delivery address")

    def offer_terms(self) -> None:
        self.third_party_id.label.text = key_settings.third_party_id()
        terms = db.session.scalars(select(PaymentTerm).order_by(PaymentTerm.days, PaymentTerm.name))
        self.payment_term_id.choices = {"": "None"} | {
            str(term.id): f"{term.name} ({term.days} days)" for term in terms
        }
        connection = current.connection()
        if connection is not None and connection.is_us:
            self._shorten_numbers()

    def _shorten_numbers(self) -> None:
        """A longer one that was entered before may stay, as long as the form is about all else."""
        for name in RESALE_NUMBERS:
            field = self[name]
            if len(getattr(self.record, name, None) or "") <= LONGEST_RESALE_NUMBER:
                field.validators = [*field.validators, at_most(LONGEST_RESALE_NUMBER, "this number")]
                field.flags.maxlength = LONGEST_RESALE_NUMBER

    def validate(self, extra_validators: Any = None) -> bool:
        for name in ("billing_address", "delivery_address"):
            self[name].form.keep(getattr(self.record, name, None))
        return bool(super().validate(extra_validators))

    def values(self) -> dict[str, Any]:
        addresses = {
            "billing_address": self.billing_address.form.filled(),
            "delivery_address": self.delivery_address.form.filled(),
        }
        return super().values() | addresses


def today() -> date:
    """The day it is for the person's organization."""
    return now().astimezone(ZoneInfo(person().organization.timezone or "UTC")).date()


@blueprint.get("/customers/new")
@allow("bookkeeper")
def new() -> ResponseReturnValue:
    return _new_page("New customer", CustomerForm())


@blueprint.post("/customers/new")
@allow("bookkeeper")
def create() -> ResponseReturnValue:
    form, customer = CustomerForm(), Customer(organization_id=person().organization_id)
    if stored(form, customer, records.save_customer) is not None:
        flash(f"{customer.name} is saved. Add a location to sell to it.", "success")
        return redirect(url_for("customers.customer", customer_id=customer.id))
    return _new_page("New customer", form, form.answer_status)


@blueprint.get("/customers/<uuid:customer_id>")
@allow("viewer")
def customer(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer = load_or_404(Customer, customer_id)
    return _customer_page(customer, CustomerForm(obj=customer))


@blueprint.post("/customers/<uuid:customer_id>")
@allow("bookkeeper")
def save_customer(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer, form = load_or_404(Customer, customer_id), CustomerForm()
    asked = stored(form, customer, records.save_customer)
    if asked is not None:
        its_locations = " Its locations will be pushed to QuickBooks." if asked else ""
        flash(f"{customer.name} is saved.{its_locations}", "success")
        return redirect(url_for("customers.customer", customer_id=customer_id))
    return _customer_page(load_or_404(Customer, customer_id), form, form.answer_status)


@blueprint.get("/customers/<uuid:customer_id>/locations/new")
@allow("bookkeeper")
def new_location(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer, form = load_or_404(Customer, customer_id), LocationForm()
    form.offer_terms()
    return _new_page("New location", form, of=customer)


@blueprint.post("/customers/<uuid:customer_id>/locations/new")
@allow("bookkeeper")
def create_location(customer_id: uuid.UUID) -> ResponseReturnValue:
    customer, form = load_or_404(Customer, customer_id), LocationForm()
    form.offer_terms()
    location = Location(organization_id=customer.organization_id, customer_id=customer.id)
    asked = stored(form, location, records.save_location)
    if asked is not None:
        return _location_saved(location, asked)
    return _new_page("New location", form, form.answer_status, of=load_or_404(Customer, customer_id))


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
    location, form = load_or_404(Location, location_id), LocationForm()
    form.offer_terms()
    asked = stored(form, location, records.save_location)
    if asked is not None:
        return _location_saved(location, asked)
    location = load_or_404(Location, location_id, joinedload(Location.customer))
    return _location_page(location, form, form.answer_status)


def _location_saved(location: Location, asked: bool) -> ResponseReturnValue:
    flash(f"{location.name} is saved{' and will be pushed to QuickBooks' if asked else ''}.", "success")
    return redirect(url_for("customers.location", location_id=location.id))


def _new_page(
    title: str, form: RecordForm, status: int = 200, of: Customer | None = None
) -> ResponseReturnValue:
    trail = [("Customers", url_for("customers.index"))]
    if of is not None:
        title = f"{title} of {of.name}"
        trail.append((of.name, url_for("customers.customer", customer_id=of.id)))
    return render("records/new.html", status=status, title=title, trail=trail, form=form, units={})


def _customer_page(customer: Customer, form: CustomerForm, status: int = 200) -> ResponseReturnValue:
    locations = db.session.scalars(
        select(Location).where(Location.customer_id == customer.id).order_by(Location.number)
    ).all()
    return render(
        "customers/customer.html",
        "customers/_locations.html",
        status=status,
        customer=customer,
        form=form,
        locations=locations,
        badges=badge.badges("location", [location.id for location in locations]),
        events=history.done_to(("customer", customer.id)),
    )


def _location_page(location: Location, form: LocationForm, status: int = 200) -> ResponseReturnValue:
    of_location = select(Order).where(Order.location_id == location.id)
    stands = in_books(ref_of(location))
    return render(
        "customers/location.html",
        "customers/_moving.html",
        status=status,
        location=location,
        form=form,
        stands=stands,
        why=why(stands.ref, stands.badge),
        expiry=expiry(location, today()),
        latest=db.session.scalars(of_location.order_by(Order.order_date.desc()).limit(LATEST_ORDERS)).all(),
        currency=location.currency or person().organization.currency,
        events=history.of(ref_of(location)),
    )
