"""The table of customers: one row per location."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.extensions import db
from portal.mapping.keys import key_settings
from portal.models import Customer, Location, PaymentTerm
from portal.plan.exemptions import expiry
from portal.sales.search.filters import LocationFilter, uuid_in
from portal.web.access import allow
from portal.web.records.customers import blueprint, today
from portal.web.records.narrowing import Choice, by_active, by_integration
from portal.web.records.tables import Action, Chip, Column, Table, export, show, spelled

THIRD_PARTY_ID = "Third-party ID"
ENDING = [("ending", "Expired, or within 30 days")]
MISSING = [("missing", "Without a reason")]


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
        Column(THIRD_PARTY_ID, aside=True),
        Column("Payment term", aside=True),
        Column("Tax", aside=True),
        Column("Integrations"),
    ),
    ("Number", "Customer", "Location", THIRD_PARTY_ID, "Payment term", "Tax", "Active"),
    (
        Location.number, Customer.name, Location.name, Location.third_party_id, PaymentTerm.name,
        Location.tax_status, Location.active,
    ),
    cells,
    (Action("exemption", "exemptions.choose", "Set exemption reason…", "For locations that pay no tax."),),
)  # fmt: skip


@blueprint.get("/customers")
@allow("viewer")
def index() -> ResponseReturnValue:
    terms = db.session.execute(select(PaymentTerm.id, PaymentTerm.name).order_by(PaymentTerm.name)).all()
    offered, day = [(str(term_id), name) for term_id, name in terms], today()
    return show(
        _customers(),
        [
            by_integration(),
            by_active(),
            Choice("term", "Payment term", "Any payment term", offered, aside=True),
            Choice("certificate", "Certificates", "Any certificate", ENDING, aside=True),
            Choice("exemption", "Exemption", "Any exemption", MISSING, aside=True),
        ],
        chips,
        third_party_id=key_settings.third_party_id(),
        expiry=lambda location: expiry(location, day),
    )


@blueprint.get("/customers.csv", endpoint="export")
@allow("viewer")
def as_csv() -> ResponseReturnValue:
    return export(_customers())


def _customers() -> Table:
    """The table with its third-party IDs called by what the keys say of them."""
    words = key_settings.third_party_id()
    columns = [replace(one, label=words) if one.label == THIRD_PARTY_ID else one for one in CUSTOMERS.columns]
    headers = [words if one == THIRD_PARTY_ID else one for one in CUSTOMERS.headers]
    return replace(CUSTOMERS, columns=columns, headers=headers)


def chips(narrowed: LocationFilter) -> list[Chip]:
    """The customer that the locations are of."""
    if not narrowed.customer:
        return []
    names = select(Customer.name).where(Customer.id == uuid_in(narrowed.customer))
    return [Chip("customer", f"Customer: {db.session.scalar(names) or 'unknown'}")]
