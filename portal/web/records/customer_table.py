"""The table of customers: one row per location."""

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.extensions import db
from portal.models import Customer, Location, PaymentTerm
from portal.sales.search.filters import LocationFilter, uuid_in
from portal.web.access import allow
from portal.web.records.customers import blueprint
from portal.web.records.tables import Chip, Column, Table, export, show, spelled


def cells(location: Sequence[Any], home_currency: str) -> Sequence[Any]:
    *named, tax_status, active = location
    return *named, spelled(tax_status), "yes" if active else "no"


CUSTOMERS = Table(
    "location",
    "customers",
    "location",
    "locations",
    (
        Column("Number", "number"),
        Column("Customer", "customer"),
        Column("Location", "location"),
        Column("Third-party ID", aside=True),
        Column("Payment term", aside=True),
        Column("Tax", aside=True),
        Column("Integrations"),
    ),
    ("Number", "Customer", "Location", "Third-party ID", "Payment term", "Tax", "Active"),
    (
        Location.number, Customer.name, Location.name, Location.third_party_id, PaymentTerm.name,
        Location.tax_status, Location.active,
    ),
    cells,
)  # fmt: skip


@blueprint.get("/customers")
@allow("viewer")
def index() -> ResponseReturnValue:
    terms = db.session.execute(select(PaymentTerm.id, PaymentTerm.name).order_by(PaymentTerm.name)).all()
    return show(CUSTOMERS, chips, terms=[(str(term_id), name) for term_id, name in terms])


@blueprint.get("/customers.csv", endpoint="export")
@allow("viewer")
def as_csv() -> ResponseReturnValue:
    return export(CUSTOMERS)


def chips(narrowed: LocationFilter) -> list[Chip]:
    """The customer that the locations are of."""
    if not narrowed.customer:
        return []
    names = select(Customer.name).where(Customer.id == uuid_in(narrowed.customer))
    return [Chip("customer", f"Customer: {db.session.scalar(names) or 'unknown'}")]
