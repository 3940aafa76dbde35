"""*Use QuickBooks' value*: what stands there becomes ours, where ours can say it; nothing is sent."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from portal.company import current
from portal.decisions import MOVED_ON, CantDecide, chosen_fields, namer, standing_fields, text_of_field
from portal.extensions import db
from portal.mapping.save_choices import TERMS
from portal.models import Actor, Connection, Customer, Location, PaymentTerm, Product, Sku
from portal.models import Mapping as Mapped
from portal.models.kinds import RecordRef
from portal.models.types import number_of
from portal.plan.customers import name_for_address
from portal.plan.places import place_of
from portal.plan.taxes import tax_choice
from portal.plan.three_way import NOT_COMPARED, Standing
from portal.plan.types import Choice, Context, fold
from portal.push import plan_context
from portal.push.agreement import compare
from portal.push.links import link_of
from portal.sales import edit_conflicts, records

Record = Location | Sku

NOT_NAMES = "Names are given here: QuickBooks' own name is made of several of ours."
NO_CODE = "QuickBooks shows no tax code of its own for it."
ANOTHER_WAY = "Nothing was changed: written here, it would not read as it does in QuickBooks ({})."


@dataclass(frozen=True)
class Takeover:
    """What becomes of which of our records."""

    record: Record | Customer | Product
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """One field of a record whose value there is to become ours."""

    record: Record
    theirs: Any
    text: str
    known: Context


Find = Callable[[Asked], Takeover | str]
"""What the value there is here, or a sentence that says why it can't be used."""


def cant_use(ref: RecordRef) -> dict[str, str]:
    """Of the fields that differ, why QuickBooks' value can't be used here; those that can are missing.

    Asks nothing. Raises CantDecide.
    """
    found = standing_fields(ref)
    if not found:
        return {}
    takeovers = _takeovers(ref, found)
    return {name: one for name, one in takeovers.items() if isinstance(one, str)}


def use_theirs(ref: RecordRef, seen: Collection[str], actor: Actor) -> str:
    """Make QuickBooks' value of these fields ours; their words. Nothing is sent. Commits.

    seen: `DifferingField.seen` of each. Raises CantDecide, Refused.
    """
    _, chosen = chosen_fields(ref, seen)
    takeovers = _takeovers(ref, chosen)
    refused = [one for one in takeovers.values() if isinstance(one, str)]
    if refused:
        raise CantDecide(f"Nothing was changed. {' '.join(refused)}")
    written: dict[Any, dict[str, Any]] = {}
    for one in takeovers.values():
        if isinstance(one, Takeover):
            written.setdefault(one.record, {}).update(one.values)
    for record, values in written.items():
        try:
            edit_conflicts.write(record, values, record.version)
        except edit_conflicts.ChangedMeanwhile:
            raise CantDecide(MOVED_ON) from None
        records.take_over(record, actor)
    connection = _company()
    db.session.flush()
    compare(connection, ref.kind, [ref.id])
    link = link_of(connection.id, ref)
    still = [one.field.word for one in chosen if link is not None and one.field.name in (link.differs or {})]
    if still:
        raise CantDecide(ANOTHER_WAY.format(", ".join(still)))
    db.session.commit()
    return ", ".join(one.field.word for one in chosen)


def _takeovers(ref: RecordRef, found: Collection[Standing]) -> dict[str, Takeover | str]:
    connection = _company()
    loaded = plan_context.load_records({ref.kind: [ref.id]})
    record = loaded[ref]
    assert isinstance(record, Location | Sku)
    known, name = plan_context.load(connection, loaded.values()), namer(connection.id)
    return {
        one.field.name: FINDERS[one.field.name, ref.kind](
            Asked(record, one.theirs, text_of_field(one.field, one.theirs, name), known)
        )
        for one in found
        if one.verdict not in NOT_COMPARED
    }


def _company() -> Connection:
    connection = current.connection()
    if connection is None:
        raise CantDecide("Connect to QuickBooks first.")
    return connection


def _name(asked: Asked) -> Takeover | str:
    return NOT_NAMES


def _company_name(asked: Asked) -> Takeover | str:
    assert isinstance(asked.record, Location)
    customer = asked.record.customer
    if asked.known.keys.customer_theirs == "CompanyName":
        return "The company name is the key by which it is known in QuickBooks: change it here by hand."
    if asked.theirs is None:
        return "A customer needs a name here, and QuickBooks has no company name."
    if db.session.scalar(select(func.count(Location.id)).where(Location.customer_id == customer.id)) != 1:
        return f"“{customer.name}” has several locations, and this would rename it for all of them."
    return _text(customer, "name", asked.theirs, "customer's name")


def _contact(asked: Asked) -> Takeover | str:
    given, family = (
        str((asked.theirs or {}).get(part) or "").strip() for part in ("GivenName", "FamilyName")
    )
    contact = f"{given} {family}".strip()
    first, _, last = contact.rpartition(" ")
    if (first or last, first and last) != (given, family):
        return f"“{contact}” would be parted into first and last name in another way than in QuickBooks."
    return _text(asked.record, "contact", contact, "contact")


def _billing(asked: Asked) -> Takeover | str:
    return Takeover(asked.record, {"billing_address": _address(asked.theirs)})


def _delivery(asked: Asked) -> Takeover | str:
    assert isinstance(asked.record, Location)
    theirs = dict(asked.theirs or {})
    first = name_for_address(asked.record, asked.known)
    if theirs and first:
        if fold(str(theirs.get("Line1") or "")) != fold(first):
            return (
                f"Its first line has to be “{first}”, so that the driver knows the place: change it by hand."
            )
        theirs.pop("Line1")
    return Takeover(asked.record, {"delivery_address": _address(theirs)})


def _address(theirs: Mapping[str, Any] | None) -> dict[str, str]:
    """Their lines from the second on are one of ours."""
    said = {part: str(value).strip() for part, value in (theirs or {}).items() if value}
    lines = [said[f"Line{number}"] for number in range(1, 6) if said.get(f"Line{number}")]
    address = {
        "line1": lines[0] if lines else "",
        "line2": " ".join(lines[1:]),
        "city": said.get("City", ""),
        "province": said.get("CountrySubDivisionCode", ""),
        "postal_code": said.get("PostalCode", ""),
        "country": said.get("Country", ""),
    }
    return {part: value for part, value in address.items() if value}


def _email(asked: Asked) -> Takeover | str:
    address = str((asked.theirs or {}).get("Address") or "").strip()
    return _text(asked.record, "email", address, "e-mail address")


def _phone(asked: Asked) -> Takeover | str:
    number = str((asked.theirs or {}).get("FreeFormNumber") or "").strip()
    return _text(asked.record, "phone", number, "phone number")


def _term(asked: Asked) -> Takeover | str:
    if asked.theirs is None:
        return Takeover(asked.record, {"payment_term_id": None})
    external_id = str(asked.theirs.get("value") or "")
    mapped = select(Mapped.ours).where(Mapped.section == TERMS, Mapped.external_id == external_id)
    ours = set(db.session.scalars(mapped))
    terms = [term for term in db.session.scalars(select(PaymentTerm)) if str(term.id) in ours]
    if not terms:
        return f"None of your payment terms is mapped to “{asked.text}”: map one under Payment terms first."
    if len(terms) > 1:
        named = " and ".join(f"“{term.name}”" for term in terms)
        return f"{named} are both mapped to “{asked.text}”: choose one here by hand."
    return Takeover(asked.record, {"payment_term_id": terms[0].id})


def _customer_tax(asked: Asked) -> Takeover | str:
    location, theirs = asked.record, asked.theirs or {}
    assert isinstance(location, Location)
    if not asked.known.company.is_us:
        place = place_of(location.delivery_address, location.billing_address, asked.known.company.country)
        if place.abroad:
            return "It is delivered to abroad: its tax is chosen for all of those, under Customer tax."
        choices = {
            status: tax_choice(asked.known, "customer_tax", status, place)
            for status in ("default", "zero_rated", "exempt")
        }
        return _status(asked, theirs.get("DefaultTaxCodeRef"), choices)
    values: dict[str, Any] = {}
    if theirs.get("Taxable"):
        values["tax_status"] = "default"
    elif location.tax_status == "default":
        values["tax_status"] = "exempt"
    if "ResaleNum" in theirs:
        has_certificate = location.certificate.strip() and values.get("tax_status") != "default"
        number = "certificate" if has_certificate else "tax_registration_number"
        values[number] = str(theirs["ResaleNum"] or "")
    if theirs.get("TaxExemptionReasonId"):
        values["exemption_reason_id"] = str(theirs["TaxExemptionReasonId"])
    return Takeover(location, values)


def _item_tax(asked: Asked) -> Takeover | str:
    sku, theirs = asked.record, asked.theirs or {}
    assert isinstance(sku, Sku)
    if sku.kind == "container_deposit":
        return "The tax of a container deposit is chosen for all of them, under Product tax."
    if asked.known.company.is_us:
        return Takeover(sku, {"tax_status": "default" if theirs.get("Taxable") else "zero_rated"})
    choices = {status: tax_choice(asked.known, "product_tax", status) for status in ("default", "zero_rated")}
    return _status(asked, theirs.get("SalesTaxCodeRef"), choices)


def _status(asked: Asked, reference: Mapping[str, Any] | None, choices: Mapping[str, Any]) -> Takeover | str:
    """The one tax status that is mapped to their tax code."""
    if not reference or not reference.get("value"):
        return NO_CODE
    code = str(reference["value"])
    fitting = [
        status
        for status, choice in choices.items()
        if isinstance(choice, Choice) and choice.external_id == code
    ]
    if not fitting:
        return f"No tax status is mapped to “{asked.text}”."
    if len(fitting) > 1:
        words = " and ".join(status.replace("_", "-") for status in fitting)
        return f"The tax statuses {words} are both mapped to “{asked.text}”: choose one here by hand."
    return Takeover(asked.record, {"tax_status": fitting[0]})


def _code(asked: Asked) -> Takeover | str:
    keys = asked.known.keys
    if keys.sku_theirs == "Sku" and keys.sku_ours != "code":
        return "QuickBooks' SKU holds the key by which products are known, and that is not the code here."
    code = str(asked.theirs or "").strip()
    if not code and keys.sku_ours == "code":
        return "Products are known by their code, so it can't be empty here."
    return _text(asked.record, "code", code or None, "code")


def _unit_price(asked: Asked) -> Takeover | str:
    return _price(asked, "unit_price", "price")


def _cost(asked: Asked) -> Takeover | str:
    return _price(asked, "cost", "cost")


def _price(asked: Asked, column: str, word: str) -> Takeover | str:
    number = number_of(asked.theirs) if asked.theirs is not None else Decimal(0)
    if number is None or number < 0:
        return f"A {word} is not negative here."
    if number != round(number, 6):
        return f"QuickBooks' {word} has more than the six decimals that have their place here."
    return Takeover(asked.record, {column: number})


def _description(asked: Asked) -> Takeover | str:
    assert isinstance(asked.record, Sku)
    product = asked.record.product
    if db.session.scalar(select(func.count(Sku.id)).where(Sku.product_id == product.id)) != 1:
        return f"“{product.name}” has several SKUs, and they share one description."
    return Takeover(product, {"description": str(asked.theirs or "")})


def _text(record: Record | Customer, column: str, text: str | None, word: str) -> Takeover | str:
    kind: Any = type(record).__table__.columns[column].type
    longest = kind.length
    if text is not None and len(text) > longest:
        return f"The {word} in QuickBooks is longer than the {longest} characters that have their place here."
    return Takeover(record, {column: text})


FINDERS: Mapping[tuple[str, str], Find] = {
    ("DisplayName", "location"): _name,
    ("CompanyName", "location"): _company_name,
    ("Contact", "location"): _contact,
    ("BillAddr", "location"): _billing,
    ("ShipAddr", "location"): _delivery,
    ("PrimaryEmailAddr", "location"): _email,
    ("PrimaryPhone", "location"): _phone,
    ("SalesTermRef", "location"): _term,
    ("Tax", "location"): _customer_tax,
    ("Name", "sku"): _name,
    ("Sku", "sku"): _code,
    ("Description", "sku"): _description,
    ("UnitPrice", "sku"): _unit_price,
    ("PurchaseCost", "sku"): _cost,
    ("Tax", "sku"): _item_tax,
}
