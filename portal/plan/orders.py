"""What an order is made from as frozen, and what of it stands in the way: all but its lines and dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.models import Order, PaymentTerm
from portal.models.kinds import RecordRef, ref_of
from portal.plan.checks import forbidden_in, shown
from portal.plan.customers import address_problems, currency_problems, identity_problems, term_problems
from portal.plan.dates import invoice_date
from portal.plan.exemptions import certificate_problems, reason_problems
from portal.plan.places import Place, place_of
from portal.plan.terms import no_term_problems
from portal.plan.types import Context, Linked, fold, key_of, plain_name
from portal.plan.updates import number_there
from portal.problems import Found, causes

# QBO: at most so many characters, and lines on a document with tax
LONGEST_NUMBER = 21
MOST_LINES = 750


@dataclass(frozen=True)
class Frozen:
    """What finalizing froze; before that, what it would freeze today."""

    customer_tax: str
    term: PaymentTerm | None
    billing: dict[str, Any]
    delivery: dict[str, Any]
    currency: str | None
    certificate_expires: date | None = None

    @classmethod
    def of(cls, order: Order) -> "Frozen":
        place = order.location
        if order.tax_status is None:
            return cls(
                place.tax_status,
                place.payment_term,
                place.billing_address or {},
                place.delivery_address or {},
                place.currency,
                place.certificate_expires,
            )
        return cls(
            order.tax_status,
            order.payment_term,
            order.billing_address or {},
            order.delivery_address or {},
            order.currency,
            order.certificate_expires,
        )

    def place(self, context: Context) -> Place:
        return place_of(self.delivery, self.billing, context.company.country)


def order_problems(
    order: Order, frozen: Frozen, context: Context, customer: Linked | None
) -> Iterator[Found]:
    """Number, customer, addresses, term, currency, how many lines.

    A location without a link is waited for while customers sync is on: its own push says if it can't be one.
    """
    own = causes.of_record(ref_of(order))
    yield from _number_problems(order, context, own)
    if customer is None and not (context.settings.customers_on and order.location.not_to_be_sent is None):
        yield from list(identity_problems(order.location, context)) or [_no_customer(order)]
    unknown = frozen.place(context).unknown_country
    if unknown and context.company.sales_tax:
        yield Found("country_unknown", {"country": shown(unknown)}, own)
    for address in (frozen.billing, frozen.delivery):
        yield from address_problems(address, own)
    yield from term_problems(frozen.term, context) if frozen.term else no_term_problems(context)
    dated = invoice_date(order, context)
    yield from certificate_problems(order, frozen.customer_tax, dated, frozen.certificate_expires)
    if frozen.customer_tax != "default":
        yield from reason_problems(order.location, context)
    yield from currency_problems(frozen.currency, context, own)
    theirs = ((customer.theirs if customer else None) or {}).get("CurrencyRef", {}).get("value")
    ours = frozen.currency or context.company.home_currency
    if context.company.multicurrency and theirs and theirs != ours:
        yield Found("currency_differs", {"ours": ours, "theirs": theirs}, own)
    count = len(order.lines) + len(order.charges)
    if count == 0:
        yield Found("no_lines", {"number": order.number}, own)
    elif count > MOST_LINES:
        yield Found("too_many_lines", {"lines": count, "limit": MOST_LINES}, own)
    if context.settings.new_invoice == "email" and not order.location.email.strip():
        place = causes.of_record(RecordRef("location", order.location.id))
        yield Found("email_missing", {"location": plain_name(order.location)}, place)


def _number_problems(order: Order, context: Context, own: str) -> Iterator[Found]:
    number = key_of(order, context.keys)
    words = number_words(context)
    if number is None:
        yield Found("order_number_missing", {"number": order.number, "key": words}, own)
        return
    if len(number) > LONGEST_NUMBER:
        values = {"number": shown(number), "length": len(number), "limit": LONGEST_NUMBER, "key": words}
        yield Found("number_too_long", values, own)
    found = forbidden_in(number)
    if found:
        yield Found(
            "number_forbidden_character", {"number": shown(number), "characters": found, "key": words}, own
        )
    if ("order", fold(number)) in context.doubled:
        yield Found("order_number_doubled", {"number": number, "key": words}, own)
    locked = context.locked_value(ref_of(order))
    there = number_there(number, context.links.get(ref_of(order)))
    if locked and locked not in (number, there):
        yield Found("number_locked", {"sent": locked, "now": number}, own)


def _no_customer(order: Order) -> Found:
    values = {"location": plain_name(order.location), "number": order.location.number, "candidates": []}
    cause = causes.of_match(RecordRef("location", order.location.id))
    if order.location.not_to_be_sent is not None:
        return Found("customer_kept_back", values | {"reason": order.location.not_to_be_sent}, cause)
    return Found("customer_no_match", values, cause)


def number_words(context: Context) -> str:
    return "external reference" if context.keys.order_ours == "external_reference" else "order number"
