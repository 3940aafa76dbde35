"""Which tax a line bears, and how much tax a document comes to, in cents."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.models.books import SectionName
from portal.plan.amounts import percent_of
from portal.plan.mapping_problems import usable
from portal.plan.places import HARMONIZED, NOT_TOLD, Place, name_of
from portal.plan.types import Choice, Context, Linked, TaxCode
from portal.problems import Found, causes
from portal.problems.of_mappings import ABROAD, BY_PROVINCE

TAXED, UNTAXED = "TAX", "NON"  # QBO in the US: a line says no more than this (6100)
NO_RATE = TaxCode("", Decimal(0))
LABELS: dict[tuple[SectionName, str], str] = {
    ("customer_tax", "default"): "the default tax",
    ("customer_tax", "zero_rated"): "zero-rated customers",
    ("customer_tax", "exempt"): "tax-exempt customers",
    ("customer_tax", "provincial_exempt"): "provincially exempt customers",
    ("customer_tax", "abroad"): "deliveries abroad",
    ("product_tax", "default"): "products with the default tax",
    ("product_tax", "zero_rated"): "zero-rated products",
    ("product_tax", "container_deposit"): "container deposits",
}


@dataclass(frozen=True)
class Bearing:
    """What one line bears: what stands on it, and the code its tax is reckoned by.

    code: the TaxCode's Id; in the US TAX or NON; None where the company uses no sales tax.
    rate: None where QBO alone knows it (automated tax).
    """

    code: str | None
    rate: TaxCode | None
    source: str


def section_of(
    kind: str, customer_status: str, own_status: str, abroad: bool = False
) -> tuple[SectionName, str]:
    """The mapping that a line falls under, the first that applies.

    A container deposit is no sale, whoever buys; then that it leaves the country, the customer's exemption,
    what is sold, and last what a certificate relieves of one tax of two.
    """
    if kind == "container_deposit":
        return "product_tax", "container_deposit"
    if abroad:
        return "customer_tax", "abroad"
    if customer_status in ("exempt", "zero_rated"):
        return "customer_tax", customer_status
    if own_status == "zero_rated":
        return "product_tax", "zero_rated"
    return "customer_tax", "provincial_exempt" if customer_status == "provincial_exempt" else "default"


def bearing(
    context: Context, section: SectionName, ours: str, place: Place, own_code: str | None = None
) -> Bearing | Found:
    """What a line under this mapping bears. own_code: the TaxCode that the QBO customer has of its own
    (US only).
    """
    if not context.company.sales_tax:
        return Bearing(None, NO_RATE, "sales tax is off in QuickBooks")
    if context.company.is_us:
        return _bearing_us(context, section, ours, place, own_code)
    choice = tax_choice(context, section, ours, place)
    if isinstance(choice, Found):
        return choice
    return _rated(context, section, ours, context.province_for(section, ours, place), choice)


def tax_choice(
    context: Context, section: SectionName, ours: str, place: Place | None = None
) -> Choice | Found:
    """The saved mapping; of what is taxed by province, the one for where it is delivered and no other; of a
    deposit the one for all, where there is none.
    """
    province = context.province_for(section, ours, place) if place else ""
    if ours == "provincial_exempt" and context.company.country == "CA" and province in HARMONIZED:
        values = {"province": name_of(province, "CA")}
        return Found("certificate_in_harmonized", values, causes.of_mapping(section, ours, province))
    return usable_code(section, ours, context.choice(section, ours, province), province)


def usable_code(section: SectionName, ours: str, choice: Choice | None, province: str = "") -> Choice | Found:
    """The choice made for a tax status, or what is wrong with it."""
    values = {"what": words_of(section, ours, province), "section": section}
    missing = ABROAD if ours == "abroad" else BY_PROVINCE if province else ""
    return usable(section, ours, choice, values, province, missing)


def words_of(section: SectionName, ours: str, province: str) -> str:
    """What a choice is for: the default tax in BC."""
    words = LABELS[section, ours]
    if province == NOT_TOLD:
        return f"{words} where the address names no province"
    return f"{words} in {province}" if province else words


def taxed_in_the_us(section: SectionName, ours: str, deposits: Choice | None) -> bool:
    """Whether a line under this mapping says TAX there. `deposits`: what is chosen for container deposits
    where it is delivered.
    """
    if (section, ours) == ("product_tax", "container_deposit"):
        return deposits is not None and deposits.external_id == TAXED
    return ours == "default"


def own_tax_code(customer: Linked | None, context: Context) -> str | None:
    """The TaxCode that the QBO customer carries itself: in the US it wins over what a header would say."""
    if not context.company.is_us or customer is None:
        return None
    code = ((customer.theirs or {}).get("DefaultTaxCodeRef") or {}).get("value")
    return str(code) if code else None


def total_tax(lines: Sequence[tuple[int, Bearing]], is_us: bool) -> int | None:
    """Cents of tax on lines given as (net in cents, what it bears); None where QBO alone knows a rate.

    QBO in Canada and elsewhere: line by line on the code's whole rate, half up, summed. In the US: per rate
    on the summed net.
    """
    if any(bears.rate is None for _, bears in lines):
        return None
    if not is_us:
        return sum(percent_of(net, bears.rate.rate) for net, bears in lines if bears.rate)
    taxed = sum(net for net, bears in lines if bears.code == TAXED)
    return sum(percent_of(taxed, percent) for code in _taxed_codes(lines) for percent in _rates(code))


def roundings(lines: Sequence[tuple[int, Bearing]], is_us: bool) -> int:
    """How many roundings QBO may make: per line and rate, in the US per rate. Each may differ by half a
    cent.
    """
    if is_us:
        return sum(len(_rates(code)) for code in _taxed_codes(lines))
    return sum(len(_rates(bears.rate)) for _, bears in lines if bears.rate and bears.rate.rate)


def _bearing_us(
    context: Context, section: SectionName, ours: str, place: Place, own_code: str | None
) -> Bearing | Found:
    there = context.province_for(section, ours, place) if section == "product_tax" else ""
    source = f"Mapping › {words_of(section, ours, there)}"
    if ours == "abroad":
        choice = tax_choice(context, section, ours)
        return choice if isinstance(choice, Found) else Bearing(UNTAXED, NO_RATE, source)
    # No state taxes what leaves the country, and no header says how: neither a deposit on it.
    if place.abroad or not taxed_in_the_us(section, ours, context.choice(section, ours, there)):
        return Bearing(UNTAXED, NO_RATE, source)
    if context.company.automated_tax:
        return Bearing(TAXED, None, "automated sales tax of QuickBooks")
    if own_code:
        return Bearing(TAXED, context.tax_codes.get(own_code), "the customer's own tax code in QuickBooks")
    header = tax_choice(context, "customer_tax", "default", place)
    if isinstance(header, Found):
        return header
    province = context.province_for("customer_tax", "default", place)
    rated = _rated(context, "customer_tax", "default", province, header)
    return rated if isinstance(rated, Found) else Bearing(TAXED, rated.rate, rated.source)


def _rated(
    context: Context, section: SectionName, ours: str, province: str, choice: Choice
) -> Bearing | Found:
    what, code = words_of(section, ours, province), choice.external_id
    rate = context.tax_codes.get(code)
    if rate is None:
        values = {"what": what, "label": choice.label or code, "section": section}
        return Found("tax_rate_unknown", values, causes.of_mapping(section, ours, province))
    return Bearing(code, rate, f"Mapping › {what}: {rate.name or choice.label}")


def _taxed_codes(lines: Sequence[tuple[int, Bearing]]) -> set[TaxCode]:
    """In the US one code stands in the header for all lines that say TAX."""
    return {bears.rate for _, bears in lines if bears.code == TAXED and bears.rate}


def _rates(code: TaxCode) -> tuple[Decimal, ...]:
    return code.components or (code.rate,)
