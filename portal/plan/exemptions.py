"""Who is exempt from tax, why, and until when: Intuit's reasons, and certificates that expire."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from portal.models import Location, Order
from portal.models.kinds import RecordRef, ref_of
from portal.plan.types import Company, Context, plain_name
from portal.problems import Found, causes

# QBO: TaxExemptionReasonId of a Customer, where it computes the tax itself.
REASONS: Mapping[str, str] = {
    "1": "Federal government",
    "2": "State government",
    "3": "Local government",
    "4": "Tribal government",
    "5": "Charitable organization",
    "6": "Religious organization",
    "7": "Educational organization",
    "8": "Hospital",
    "9": "Resale",
    "10": "Direct pay permit",
    "11": "Multiple points of use",
    "12": "Direct mail",
    "13": "Agricultural production",
    "14": "Industrial production or manufacturing",
    "15": "Foreign diplomat",
}
_BY_WORDS = {words.casefold(): reason for reason, words in REASONS.items()}
RESALE = "9"
WARNED_BEFORE = timedelta(days=30)
WITH_CERTIFICATE = ("provincial_exempt", "exempt")


def reason_of(place: Location) -> str:
    """Intuit's Id of why a location is exempt: as chosen, else as its words name one, else what its status
    says by itself; empty where nothing tells.
    """
    written = _BY_WORDS.get((place.exemption_reason or "").strip().casefold(), "")
    own = RESALE if place.tax_status == "provincial_exempt" else ""
    return place.exemption_reason_id or written or own


def asks_for_reason(place: Location, company: Company) -> bool:
    """Whether QBO has to be told why the location pays no tax."""
    return company.is_us and company.sales_tax and company.automated_tax and place.tax_status != "default"


def reason_problems(place: Location, context: Context) -> Iterator[Found]:
    """No reason here, and none that stands there: QBO would refuse the customer, or tax it after all."""
    linked = context.links.get(ref_of(place))
    standing = (linked.theirs or {}).get("TaxExemptionReasonId") if linked else None
    if asks_for_reason(place, context.company) and not reason_of(place) and not standing:
        yield Found("exemption_reason_missing", _named(place), causes.EXEMPTION_REASON)


def certificate_problems(order: Order, tax_status: str, dated: date, expires: date | None) -> Iterator[Found]:
    """A certificate that had expired on the day of the document. `expires`: as the order froze it; one that
    the location was given since then counts, too. What is given back was sold
    under one that was valid then.
    """
    if tax_status not in WITH_CERTIFICATE or expires is None or dated <= expires or _only_gives_back(order):
        return
    place = order.location
    if place.tax_status == tax_status and is_valid(place, dated):
        return
    values = {**_named(place), "date": dated.isoformat(), "expires": expires.isoformat()}
    yield Found("certificate_expired", values, causes.of_certificate(RecordRef("location", place.id)))


def is_valid(place: Location, day: date) -> bool:
    """Whether the certificate that a location has now holds on this day."""
    return place.certificate_expires is None or day <= place.certificate_expires


def expiry(place: Location, today: date) -> str:
    """expired | soon, of a certificate that ends within a month; empty where nothing is to be done."""
    ends = place.certificate_expires
    if place.tax_status not in WITH_CERTIFICATE or ends is None or ends - WARNED_BEFORE > today:
        return ""
    return "soon" if ends >= today else "expired"


def _only_gives_back(order: Order) -> bool:
    amounts = [line.amount for line in order.lines] + [charge.amount for charge in order.charges]
    return all(amount <= 0 for amount in amounts)


def _named(place: Location) -> dict[str, str]:
    return {"location": plain_name(place), "number": place.number, "location_id": str(place.id)}
