"""Location → QBO `Customer`."""

from collections.abc import Iterator
from typing import Any

from portal.models import Location, PaymentTerm
from portal.models.kinds import ref_of
from portal.models.types import storable
from portal.plan.checks import cleaned, length_problems, name_problems, shown
from portal.plan.composed_names import fitted, name_column
from portal.plan.exemptions import reason_of, reason_problems
from portal.plan.mapping_problems import usable
from portal.plan.places import code_to_send, place_of
from portal.plan.taxes import tax_choice
from portal.plan.three_way import Sides, plan_update
from portal.plan.types import (
    Blocked,
    Choice,
    Context,
    Keys,
    Outcome,
    Payload,
    Plan,
    below_another,
    fold,
    key_of,
    plain_name,
)
from portal.problems import Found, candidates, causes

# QBO, in the US: what it keeps beside an exemption.
LONGEST_RESALE_NUMBER = 16
# QBO: at most so many characters (2050); what it is called here, and the field of the location's form
LIMITS = {
    "CompanyName": ("The customer's name", 100, ""),
    "PrimaryEmailAddr": ("The e-mail address", 100, "email"),
    "PrimaryPhone": ("The phone number", 30, "phone"),
    "ResaleNum": (
        "The number of the certificate or tax registration",
        LONGEST_RESALE_NUMBER,
        "tax_registration_number",
    ),
}
ADDRESS_LIMITS = {"line1": 500, "line2": 500, "city": 255, "province": 255, "postal_code": 30, "country": 255}
LONGEST_DISPLAY_NAME = 500
LONGEST_GIVEN_NAME = 100
# What stands for invoices without a payment term among the values of ours that are mapped.
NO_TERM = "none"


def plan_customer(location: Location, context: Context) -> Outcome:
    """Create, update or leave the Customer of a location."""
    record = ref_of(location)
    linked = context.links.get(record)
    name = display_name(location, context)
    ours = customer_sides(location, context)
    if linked:
        edited = context.edited.get(record, frozenset())
        update = plan_update(linked, ours, context.settings.customers_differ, name, edited)
        sent = update.payload if isinstance(update, Plan) else {}
        problems = list(_problems(location, context, sent))
        return Blocked(tuple(problems)) if problems else update
    problems = [*identity_problems(location, context), *_problems(location, context, ours.wanted)]
    if problems:
        return Blocked(tuple(problems))
    wanted, sent = ours.wanted, storable(ours.wanted)
    return Plan("customer", "create", wanted, ours.sources, sent, unique_value=name, untold=ours.untold)


def customer_sides(location: Location, context: Context) -> Sides:
    """All that we say of a location as a Customer."""
    wanted, sources = _customer(location, context, display_name(location, context))
    unmapped = dict(_unmapped(location, context, wanted))
    unnamed = () if "DisplayName" in wanted else ("DisplayName",)
    return Sides(wanted, frozenset((*unnamed, *unmapped)), sources, unmapped)


def _unmapped(location: Location, context: Context, wanted: Payload) -> Iterator[tuple[str, Found]]:
    """Fields that can't be told, since what they are made from has no counterpart, or none to be used."""
    if "SalesTermRef" not in wanted:
        yield from (("SalesTermRef", found) for found in term_problems(location.payment_term, context))
    if context.company.sales_tax and not context.company.is_us:
        choice = _tax_choice(location, context)
        if isinstance(choice, Found):
            yield "Tax", choice


def display_name(location: Location, context: Context) -> str | None:
    """The DisplayName: our key value if keyed on it, else “Customer – Location”, with the number where
    doubled or too long. Of a full name its last part; None where that would have to be created.
    """
    if context.keys.names_customers:
        key = key_of(location, context.keys)
        if key is None or not below_another(context.keys.customer_theirs, key):
            return key
        return key.rpartition(":")[2].strip() if ref_of(location) in context.links else None
    name = plain_name(location)
    doubled = ("location", fold(name)) in context.same_names
    return fitted(name, location.number, LONGEST_DISPLAY_NAME, doubled=doubled)


def address(ours: dict[str, Any] | None, home: str, first_line: str = "") -> Payload:
    """A PhysicalAddress from one of ours; empty where ours says nothing. home: as in `place_of`."""
    ours = {part: cleaned(str(value)) for part, value in (ours or {}).items() if value}
    lines = [ours[part] for part in ("line1", "line2") if ours.get(part)]
    parts = {
        "City": ours.get("city"),
        "CountrySubDivisionCode": code_to_send(ours.get("province", ""), ours.get("country", ""), home),
        "PostalCode": ours.get("postal_code"),
        "Country": ours.get("country"),
    }
    if not lines and not any(parts.values()):
        return {}
    numbered = {
        f"Line{number}": line for number, line in enumerate([first_line, *lines] if first_line else lines, 1)
    }
    return numbered | {part: value for part, value in parts.items() if value}


def name_for_address(location: Location, context: Context) -> str:
    """The location's name, where the Customer is named by a code and nothing else would tell the driver."""
    by_code = context.keys.names_customers and context.keys.customer_ours != "name"
    named = fold(display_name(location, context) or "")
    return location.name.strip() if by_code and fold(location.name) not in named else ""


def identity_problems(location: Location, context: Context) -> Iterator[Found]:
    """Why a location without a link can't be matched or created: its key, or what was found by it."""
    record, keys = ref_of(location), context.keys
    values: dict[str, Any] = {"location": plain_name(location), "number": location.number}
    key, about_key = key_of(location, keys), causes.of_key(ref_of(location))
    if key is None:
        yield Found("customer_key_missing", values | {"key": _key_words(keys)}, about_key)
        return
    values |= {"key": _key_words(keys), "value": shown(key), "theirs": keys.customer_theirs}
    if ("location", fold(key)) in context.doubled:
        yield Found("customer_key_doubled", values, about_key)
        return
    match = context.matches[record]
    values["candidates"] = candidates(match.candidates)
    cause = causes.of_match(ref_of(location))
    if match.state == "several":
        yield Found("customer_several_matches", values, cause)
    elif match.state == "inactive":
        yield Found("customer_inactive", values, cause)
    elif match.state == "looks_like":
        yield Found("looks_like_existing", values | {"name": plain_name(location)}, cause)
    elif match.state == "unlinked":
        yield Found("unlinked", values | {"name": plain_name(location)}, cause)
    elif match.state == "anothers":
        ours = {"customer": shown(location.customer.name), "whose": shown(match.whose)}
        yield Found("customer_of_another", values | ours, cause)
    elif match.state == "none" and keys.customer_theirs == "Id":
        yield Found("customer_no_match", values, cause)
    elif match.state == "none" and below_another(keys.customer_theirs, key):
        yield Found("customer_no_full_name", values, cause)


def _problems(location: Location, context: Context, sent: Payload) -> Iterator[Found]:
    """Of what is to be sent: what a linked one keeps as it is, QBO has taken."""
    own, column = causes.of_record(ref_of(location)), name_column("location", context.keys)
    if "DisplayName" in sent:
        name = str(sent["DisplayName"])
        yield from name_problems(column, name, LONGEST_DISPLAY_NAME, own)
        locked = context.locked_value(ref_of(location))
        if locked and locked != name:
            yield Found("name_locked", {"sent": shown(locked), "now": shown(name), "column": column}, own)
    limits = dict(LIMITS)
    if context.keys.customer_theirs == "CompanyName":
        limits["CompanyName"] = (f"The {_key_words(context.keys)}", 100, context.keys.customer_ours)
    for field, (what, limit, column) in limits.items():
        yield from length_problems(what, text_in(sent.get(field)), limit, own, column)
    email = text_in(sent.get("PrimaryEmailAddr"))
    if email and not looks_like_email(email):
        yield Found("email_invalid", {"email": shown(email)}, own)
    for field, ours in (("BillAddr", location.billing_address), ("ShipAddr", location.delivery_address)):
        if field in sent:
            yield from address_problems(
                ours, own, f"{'billing' if field == 'BillAddr' else 'delivery'}_address"
            )
    yield from term_problems(location.payment_term, context)
    yield from currency_problems(location.currency, context, own)
    yield from reason_problems(location, context)


def text_in(value: Any) -> str:
    """What a text says, be it a property of its own or QBO's e-mail address or phone number."""
    if isinstance(value, dict):
        return str(value.get("Address") or value.get("FreeFormNumber") or "")
    return str(value or "")


def address_problems(ours: dict[str, Any] | None, own: str, column: str = "") -> Iterator[Found]:
    """Parts of an address that QBO would refuse as too long (2050)."""
    for part, limit in ADDRESS_LIMITS.items():
        words = f"The {part.replace('_', ' ').replace('line1', 'first line').replace('line2', 'second line')}"
        said = str((ours or {}).get(part) or "")
        at = f"{column}-{part}" if column else ""
        yield from length_problems(f"{words} of the address", said, limit, own, at)


def term_problems(term: PaymentTerm | None, context: Context) -> Iterator[Found]:
    """Whether a payment term is mapped to one that QBO still has."""
    if term is None:
        return
    ours = str(term.id)
    found = usable_term(ours, context.choice("payment_terms", ours), term.name, term.days)
    if isinstance(found, Found):
        yield found


def usable_term(ours: str, choice: Choice | None, name: str, days: int | None) -> Choice | Found:
    """The choice made for a payment term, or what is wrong with it. `ours`: its Id as a mapping has it; for
    NO_TERM nothing need be chosen."""
    if ours == NO_TERM and choice is None:
        return Choice("")
    return usable("payment_terms", ours, choice, {"term": name, "days": days})


def currency_problems(currency: str | None, context: Context, own: str) -> Iterator[Found]:
    """A foreign currency needs multicurrency in QBO."""
    company = context.company
    if currency and not company.multicurrency and currency != company.home_currency:
        yield Found("currency_differs", {"ours": currency, "theirs": company.home_currency}, own)


def _customer(location: Location, context: Context, name: str | None) -> tuple[Payload, dict[str, str]]:
    keys, company = context.keys, context.company
    payload: Payload = {}
    sources: dict[str, str] = {}

    def put(field: str, value: Any, source: str) -> None:
        if value:
            payload[field] = value
            sources[field] = source

    put("DisplayName", name, _name_source(keys))
    by_company = keys.customer_theirs == "CompanyName"
    company_name = key_of(location, keys) if by_company else cleaned(location.customer.name)
    put("CompanyName", company_name, f"key: {_key_words(keys)}" if by_company else "customer name")
    given, _, family = location.contact.strip().rpartition(" ")
    put("GivenName", (given or family)[:LONGEST_GIVEN_NAME].strip(), "contact")
    put("FamilyName", (given and family)[:LONGEST_GIVEN_NAME], "contact")
    put("BillAddr", address(location.billing_address, company.country), "billing address")
    put(
        "ShipAddr",
        address(location.delivery_address, company.country, name_for_address(location, context)),
        "delivery address",
    )
    put("PrimaryEmailAddr", location.email.strip() and {"Address": location.email.strip()}, "e-mail")
    put("PrimaryPhone", location.phone.strip() and {"FreeFormNumber": location.phone.strip()}, "phone")
    term = location.payment_term and context.choice("payment_terms", str(location.payment_term.id))
    put(
        "SalesTermRef",
        term and {"value": term.external_id},
        f"Mapping › payment terms: {term.label if term else ''}",
    )
    if company.multicurrency:
        put("CurrencyRef", {"value": location.currency or company.home_currency}, "currency")
    for field, value in _tax_fields(location, context).items():
        payload[field] = value
        sources[field] = "tax status"
    put("Notes", f"Routeique location {location.number}", "location number")
    return payload, sources


def _tax_fields(location: Location, context: Context) -> Payload:
    """Canada and elsewhere: the tax code of the customer's sales, where mapped. US: taxable or not, and
    why.
    """
    company = context.company
    if not company.sales_tax:
        return {}
    if not company.is_us:
        choice = _tax_choice(location, context)
        return {} if isinstance(choice, Found) else {"DefaultTaxCodeRef": {"value": choice.external_id}}
    fields: Payload = {"Taxable": location.tax_status == "default"}
    number = resale_number(location)
    if number:
        fields["ResaleNum"] = number
    reason = reason_of(location)
    if company.automated_tax and reason and not fields["Taxable"]:
        fields["TaxExemptionReasonId"] = reason
    return fields


def _tax_choice(location: Location, context: Context) -> Choice | Found:
    place = place_of(location.delivery_address, location.billing_address, context.company.country)
    status = "abroad" if place.abroad else location.tax_status
    return tax_choice(context, "customer_tax", status, place)


def resale_number(location: Location) -> str:
    """The one number that QBO keeps beside an exemption: of the certificate, where there is one."""
    certificate = (location.certificate or "").strip() if location.tax_status != "default" else ""
    return certificate or location.tax_registration_number.strip()


def looks_like_email(text: str) -> bool:
    """Whether it is one address, or several separated by commas, as QBO takes them."""
    for single in text.split(","):
        name, _, host = single.strip().rpartition("@")
        if not name or "." not in host.strip(".") or " " in single.strip():
            return False
    return True


def _key_words(keys: Keys) -> str:
    words = {"third_party_id": keys.third_party_id, "number": "location number", "name": "location name"}
    return words[keys.customer_ours]


def _name_source(keys: Keys) -> str:
    if keys.names_customers:
        return f"key: {_key_words(keys)}"
    return "customer and location name"
