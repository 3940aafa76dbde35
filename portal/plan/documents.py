"""Order → QBO `Invoice`, or `CreditMemo` when its total including tax is negative."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from portal.dates import day, day_in
from portal.models import Order
from portal.models.kinds import DOCUMENTS, Kind, ref_of
from portal.models.types import number_of, storable
from portal.plan import paid
from portal.plan.checks import cleaned
from portal.plan.customers import address, name_for_address
from portal.plan.dates import Dates, date_problems, standing_date
from portal.plan.document_dates import dates_of, day_to_come
from portal.plan.filed_tax import filed_problem, year_end_between
from portal.plan.group_standing import changed_there, choice_of, group_standing, is_untouched
from portal.plan.groups import GROUPS, fields_of, words_of
from portal.plan.lines import (
    RECORDS,
    Lines,
    as_payload,
    beside_theirs,
    distinct,
    lines_of,
    with_their_items,
)
from portal.plan.orders import Frozen, number_words, order_problems
from portal.plan.rates import THERE, Rate, rate_of, rate_problem
from portal.plan.tax_rates import in_force, moved_rate
from portal.plan.taxes import TAXED, own_tax_code, roundings, tax_choice, total_tax
from portal.plan.terms import terms_of
from portal.plan.types import (
    Blocked,
    Choice,
    Context,
    Linked,
    NothingToDo,
    Outcome,
    Payload,
    Plan,
    Waits,
    key_of,
    plain_name,
)
from portal.plan.updates import carried, emptied, memo, number_there, their_tax
from portal.plan.voids import void_of
from portal.problems import BY_HAND, EDITED, VOIDED, Found, causes

# QBO: at most so many characters, and lines on a document with tax
LONGEST_CUSTOM_FIELD = 31
LONGEST_MEMO = 1_000
SAYS_SO = re.compile(r"(p\.?\s?[/-]?o\b\.?|po(?=\d)|purchase order\b)", re.IGNORECASE)


def plan_document(order: Order, context: Context) -> Outcome:
    """Create, update, turn round or leave the document of an order; dated ahead, it waits for its day."""
    outcome = _plan_document(order, context)
    until = day_to_come(order, context)
    return replace(outcome, not_before=until) if isinstance(outcome, Plan | Waits) else outcome


def _plan_document(order: Order, context: Context) -> Outcome:
    linked = context.links.get(ref_of(order))
    if linked and not linked.voided and linked.ours_then is not None and linked.revision >= order.revision:
        return NothingToDo()
    frozen = Frozen.of(order)
    customer = context.links.get(ref_of(order.location))
    place, own_code = frozen.place(context), own_tax_code(customer, context)
    made = lines_of(order, context, frozen.customer_tax, place, own_code)
    planned, filed = dates_of(order, frozen, made, context, linked)
    moved = moved_rate((line.bears for line in made.lines), planned.invoice, planned.txn)
    made = in_force(made, standing_date(planned, linked))
    net, tax = _totals(made, context)
    order_tax = _order_tax(made, context)
    kind = kind_for(net + (tax or 0))
    turned = linked is not None and not linked.voided and linked.kind != kind
    problems = [
        *order_problems(order, frozen, context, customer),
        *made.problems,
        *date_problems(order, planned, context, linked),
    ]
    later = filed_problem(order, planned, made, linked, filed, context)
    if later and not any(one.cause == causes.CLOSED_PERIOD for one in problems):
        problems.append(later)
    if linked and linked.voided:
        problems.append(Found(VOIDED, {"number": order.number}, causes.of_record(ref_of(order))))
    rate = None if turned else rate_of(order, frozen.currency, planned.txn, context)
    if rate is not None and rate.missing:
        problems.append(rate_problem(rate, context.company.home_currency))
    if problems:
        return Blocked(tuple(distinct(problems)), order_tax)
    if linked and turned:
        asks = _asks_before_turning(order, context, linked)
        # What comes then, of the other kind, is a create.
        return replace(asks or replace(void_of(linked), then_create=True), order_tax=order_tax)
    if customer is None or made.needs:
        needs = made.needs if customer else [ref_of(order.location), *made.needs]
        return Waits(tuple(needs), order_tax)
    outcome = _plan(order, context, kind, frozen, planned, made, rate, linked)
    if isinstance(outcome, Plan):
        warnings = (*outcome.warnings, moved) if moved else outcome.warnings
        return replace(outcome, order_tax=order_tax, warnings=warnings)
    return replace(outcome, order_tax=order_tax) if isinstance(outcome, Blocked) else outcome


def kind_for(cents: int) -> Kind:
    """What an order that comes to so much becomes, its tax included where that is known."""
    return "credit_memo" if cents < 0 else "invoice"


def _rate_of_ours(rate: Rate | None, linked: Linked | None) -> Payload:
    """What ours says of the rate stays what it was sent with, whatever stands there now and is sent back."""
    ours = (linked.ours_then or {}).get("ExchangeRate") if linked else None
    return {"ExchangeRate": ours} if rate is not None and rate.source == THERE and ours else {}


def _totals(made: Lines, context: Context) -> tuple[int, int | None]:
    """Net and tax in cents, in the order's signs; tax None where QBO alone computes it."""
    return sum(line.amount for line in made.lines), total_tax(made.taxed, context.company.is_us)


def _order_tax(made: Lines, context: Context) -> int | None:
    """Cents of tax on the whole order, in its own signs; None where one of its lines' is not known."""
    known = [(amount, bears) for amount, bears in made.borne if bears]
    return total_tax(known, context.company.is_us) if len(known) == len(made.borne) else None


def _plan(
    order: Order,
    context: Context,
    kind: Kind,
    frozen: Frozen,
    planned: Dates,
    made: Lines,
    rate: Rate | None,
    linked: Linked | None,
) -> Plan | Blocked | NothingToDo:
    sign = DOCUMENTS[kind].sign
    net, tax = _totals(made, context)
    whole, sources = _whole(order, context, kind, frozen, planned, made, rate, linked)
    records = {"location": str(order.location_id), "lines": [line.record for line in made.lines]}
    said = whole | _rate_of_ours(rate, linked)
    sent = storable({**said, RECORDS: records})
    plan = Plan(
        kind=kind,
        operation="create",
        payload=whole,
        sources=sources,
        sent=sent,
        unique_value=whole["DocNumber"],
        number=whole["DocNumber"],
        net=sign * net,
        tax=None if tax is None else sign * tax,
        total=None if tax is None else sign * (net + tax),
        tax_lines=roundings(made.taxed, context.company.is_us),
        rate=number_of(said.get("ExchangeRate")) if rate else None,
        unread_rate=rate is not None and rate.value is None,
        lines=len(made.lines),
        warnings=_warnings(planned, _message(order, context)[0], context.company.fiscal_month),
        names=_names(order, context),
    )
    return _as_update(plan, linked, order, context) if linked else plan


def _as_update(plan: Plan, linked: Linked, order: Order, context: Context) -> Plan | Blocked | NothingToDo:
    """Of all that ours says, what changed here since, beside which what they made of the rest may stand."""
    found = group_standing(plan.payload, linked, order.reference, plan.tax, plan.names)
    if found.asked:
        return Blocked((_asks_first(order, linked, found.asked, found.untouched),))
    if found.untouched and not found.goes:
        return NothingToDo()  # not even a marker goes into what others made
    left = {name: plan.sent[name] for group in found.stays for name in fields_of(group, plan.payload)}
    ours_then, theirs_then = linked.ours_then or {}, linked.theirs_then or {}
    unmoved = [name for group in found.stays for name in GROUPS[group].fields]
    sent = {name: value for name, value in plan.sent.items() if name not in unmoved}
    payload = _update(plan.payload, found.goes, linked)
    update = replace(
        plan,
        operation="update",
        payload=payload,
        sources={name: source for name, source in plan.sources.items() if name in payload},
        sent=sent | {name: ours_then[name] for name in unmoved if name in ours_then},
        unique_value=payload.get("DocNumber") or (linked.theirs or {}).get("DocNumber") or plan.number,
        left=left,
        left_then={name: theirs_then[name] for name in unmoved if name in theirs_then},
        emptied=tuple(name for group in found.goes for name in emptied(group, plan.payload, linked)),
        goes=found.goes,
    )
    held = paid.in_the_way(ref_of(order), update, linked, context.company.home_currency)
    return Blocked((held,)) if held else update


def _update(whole: Payload, goes: Collection[str], linked: Linked) -> Payload:
    """TxnTaxDetail stays out of it where theirs was not kept, so that QBO reckons the tax anew."""
    payload = carried(whole, goes, linked) | their_tax(goes, linked)
    if "DocNumber" in payload:
        payload |= {"DocNumber": number_there(whole["DocNumber"], linked)}
    if "Line" in payload:
        payload |= {"Line": beside_theirs(whole["Line"], linked)}
    payload |= {"PrivateNote": memo(whole["PrivateNote"], linked)}
    if "ExchangeRate" in whole:  # whatever QBO would make of an update that names none
        payload |= {"ExchangeRate": whole["ExchangeRate"]}
    return payload | {"Id": linked.external_id, "SyncToken": linked.sync_token, "sparse": True}


def _asks_first(order: Order, linked: Linked, groups: Collection[str], untouched: bool) -> Found:
    """A person has to say whose version stands: it was edited there, or was never ours to change."""
    number = (linked.theirs or {}).get("DocNumber") or order.number
    values = {"number": number, "fields": words_of(groups), "groups": list(groups)}
    return Found(BY_HAND if untouched else EDITED, values, causes.of_record(ref_of(order)))


def _asks_before_turning(order: Order, context: Context, linked: Linked) -> Blocked | None:
    """Taking it back would take away what a person made of it, too."""
    untouched = is_untouched(linked, order.reference)
    there = changed_there(linked, _names(order, context))
    groups = [group for group in GROUPS if GROUPS[group].holds and group in there]
    if untouched and choice_of("lines", linked) != "ours":
        groups = groups or ["lines"]
    if groups:
        return Blocked((_asks_first(order, linked, groups, untouched),))
    held = paid.in_the_way_of_taking_back(ref_of(order), linked, context.company.home_currency)
    return Blocked((held,)) if held else None


def _names(order: Order, context: Context) -> tuple[str, ...]:
    """What the customer is called here and there: an address may begin with it."""
    place = order.location
    linked = context.links.get(ref_of(place))
    theirs = (linked.theirs if linked else None) or {}
    named = [str(theirs.get(field) or "") for field in ("DisplayName", "CompanyName")]
    return tuple(name for name in (place.name, place.customer.name, plain_name(place), *named) if name)


def _whole(
    order: Order,
    context: Context,
    kind: Kind,
    frozen: Frozen,
    planned: Dates,
    made: Lines,
    rate: Rate | None,
    linked: Linked | None,
) -> tuple[Payload, dict[str, str]]:
    """All that a document of this order says, and where each value comes from."""
    payload, sources = _header(order, context, kind, frozen, planned, rate, linked)
    lines = as_payload(made.lines, DOCUMENTS[kind].sign)
    if linked and linked.ours_then:
        lines = with_their_items(lines, [line.record for line in made.lines], linked.ours_then)
        payload["CustomerRef"] = _same_customer(order, linked.ours_then) or payload["CustomerRef"]
    payload["Line"] = lines
    sources["Line"] = "order lines and charges"
    if context.company.sales_tax and not context.company.is_us:
        payload["GlobalTaxCalculation"] = "TaxExcluded"
    if linked is None:
        _only_when_new(payload, sources, order, context, kind, frozen, made)
    return payload, sources


def _same_customer(order: Order, ours_then: Mapping[str, Any]) -> Any:
    """The customer that the document was sent for, while the order is of the same location: whichever that
    one is linked to by now."""
    same_place = ours_then.get(RECORDS, {}).get("location") == str(order.location_id)
    return ours_then.get("CustomerRef") if same_place else None


def _header(
    order: Order,
    context: Context,
    kind: Kind,
    frozen: Frozen,
    planned: Dates,
    rate: Rate | None,
    linked: Linked | None,
) -> tuple[Payload, dict[str, str]]:
    payload: Payload = {}
    sources: dict[str, str] = {}

    def put(field: str, value: Any, source: str) -> None:
        if value:
            payload[field] = value
            sources[field] = source

    put("CustomerRef", {"value": _customer_of(order, context, linked)}, "location")
    put("DocNumber", key_of(order, context.keys), f"key: {number_words(context)}")
    put("TxnDate", planned.txn.isoformat(), planned.source)
    home = context.company.country
    put("BillAddr", address(frozen.billing, home), "billing address of the order")
    put(
        "ShipAddr",
        address(frozen.delivery, home, name_for_address(order.location, context)),
        "delivery address of the order",
    )
    if kind == "invoice":
        terms = terms_of(frozen.term, context)
        put("SalesTermRef", terms.choice and {"value": terms.choice.external_id}, terms.source)
        put("DueDate", planned.due and planned.due.isoformat(), planned.due_source)
        later = planned.invoice if planned.txn != planned.invoice else None
        shipped = order.delivery_date or later
        put(
            "ShipDate",
            shipped and shipped.isoformat(),
            "delivery date" if order.delivery_date else "invoice date",
        )
    if context.company.multicurrency:
        put(
            "CurrencyRef",
            {"value": frozen.currency or context.company.home_currency},
            "currency of the order",
        )
    if rate is not None:
        put("ExchangeRate", rate.value, rate.source)
    put("CustomField", _custom_field(order, context), "purchase order number")
    message, source = _message(order, context)
    put("CustomerMemo", message and {"value": message[:LONGEST_MEMO]}, source)
    put("PrivateNote", _note(order, planned), "order number, reference and revision")
    return payload, sources


def _note(order: Order, planned: Dates) -> str:
    """Our marker, after the true date of what is dated otherwise."""
    if planned.txn == planned.invoice:
        return order.marker
    return f"Delivered {day(order.delivery_date or planned.invoice)}. {order.marker}"


def _customer_of(order: Order, context: Context, linked: Linked | None) -> str:
    """The location's; a document that was made before a person parted the two stays with the one it has."""
    place, known = ref_of(order.location), (linked.theirs or linked.ours_then or {}) if linked else {}
    there = str((known.get("CustomerRef") or {}).get("value") or "")
    return there if there in context.apart.get(place, ()) else context.links[place].external_id


def _purchase_order(order: Order) -> str:
    return cleaned(order.purchase_order_number or "").replace("\n", " ")


def _custom_field(order: Order, context: Context) -> list[Payload]:
    """The purchase order number, where the company has a field for it that takes it whole."""
    field, number = context.company.purchase_order_field, _purchase_order(order)
    if not field or not 0 < len(number) <= LONGEST_CUSTOM_FIELD:
        return []
    return [{"DefinitionId": field, "Type": "StringType", "StringValue": number}]


def _message(order: Order, context: Context) -> tuple[str, str]:
    """What the document says to the customer, at whatever length, and where it comes from."""
    number = "" if _custom_field(order, context) else _purchase_order(order)
    notes = cleaned(order.notes) if context.settings.print_notes else ""
    parts = {"purchase order number": number and _as_purchase_order(number), "order notes": notes}
    said = {source: text for source, text in parts.items() if text}
    return "\n".join(said.values()), " and ".join(said)


def _as_purchase_order(number: str) -> str:
    """“PO 99”, also where it was entered so."""
    return number if SAYS_SO.match(number) else f"PO {number}"


def _only_when_new(
    payload: Payload,
    sources: dict[str, str],
    order: Order,
    context: Context,
    kind: Kind,
    frozen: Frozen,
    made: Lines,
) -> None:
    """What an update leaves as it is there: who printed or mailed it since, and which tax code its header
    has.
    """
    wish = context.settings.new_invoice if kind == "invoice" else "nothing"
    payload["PrintStatus"] = "NeedToPrint" if wish == "print" else "NotSet"
    payload["EmailStatus"] = "NeedToSend" if wish == "email" else "NotSet"
    sources["PrintStatus"] = sources["EmailStatus"] = "Sync settings › new invoices"
    if wish == "email":
        payload["BillEmail"] = {"Address": order.location.email.strip()}
        sources["BillEmail"] = "e-mail of the location"
    company = context.company
    if not company.is_us or not company.sales_tax or company.automated_tax:
        return
    customer = context.links.get(ref_of(order.location))
    if own_tax_code(customer, context) or not any(line.bears.code == TAXED for line in made.lines):
        return
    header = tax_choice(context, "customer_tax", "default", frozen.place(context))
    if isinstance(header, Choice):
        payload["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": header.external_id}}
        sources["TxnTaxDetail"] = f"Mapping › customer tax: {header.label}"


def _warnings(planned: Dates, message: str, fiscal_month: int) -> tuple[str, ...]:
    found = []
    if planned.txn != planned.invoice:
        days = f"Dated {day(planned.txn)} instead of {day(planned.invoice)}"
        found.append(f"{days}, since {planned.why}.")
        if year := year_end_between(planned.invoice, planned.txn, fiscal_month):
            found.append(
                f"That is across a year-end: it counts in the fiscal year that began {day_in(year)}, and was "
                "delivered in another."
            )
    if len(message) > LONGEST_MEMO:
        found.append(f"QuickBooks prints {LONGEST_MEMO:,} characters of a message: the notes are cut there.")
    return tuple(found)
