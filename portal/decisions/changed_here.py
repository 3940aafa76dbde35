"""What of an order says something else here than in QuickBooks, since it was last carried over."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from portal.company.entities import Entity, tax_of
from portal.decisions.common import company
from portal.extensions import db
from portal.models import Connection, Link, Order
from portal.models.kinds import BECOMES, DOCUMENTS, RecordRef
from portal.models.types import cents_of
from portal.plan import Plan, plain_name, plan
from portal.plan.differences import Difference, Namer, by_group, money
from portal.plan.document_amounts import net_of
from portal.plan.groups import GROUPS
from portal.plan.types import Linked
from portal.push import plan_context
from portal.push.links import link_of
from portal.report.preview import as_finalized

NEW = "new "  # begins what stands for the Id of one that is not in QuickBooks yet


def changed_here(ref: RecordRef, name: Namer) -> list[Difference]:
    """Here now, as it would be finalized, beside what QuickBooks last showed, with what both come to; empty
    where nothing is linked. Calls nothing. Raises CantDecide."""
    connection = company()
    link = link_of(connection.id, ref)
    if link is None or not link.theirs.counts:
        return []
    theirs = link.theirs.fields
    made, called = _planned(connection, link)
    if made is None or made.then_create:
        return list(_net(db.session.get_one(Order, ref.id), link, theirs))

    def name_also(field: str, external_id: str) -> str:
        return called.get(external_id) or name(field, external_id)

    told = [group for group in GROUPS if group != "memo"]
    rows = by_group(made.sent, theirs, told, name_also, made.names, link.theirs_then)
    return [*rows, *_sums(made, theirs)]


def _planned(connection: Connection, link: Link) -> tuple[Plan | None, Mapping[str, str]]:
    """All that ours says, and the names of what it needs that is not in QuickBooks yet; None where something
    stands in its way."""
    records = plan_context.load_records({"order": [link.record_id]})
    known = plan_context.load(connection, records.values())
    order = records[link.ref]
    assert isinstance(order, Order)
    needed = {RecordRef("location", order.location_id): order.location} | {
        RecordRef("sku", line.sku_id): line.sku for line in order.lines
    }
    links = dict(known.links)
    called = {}
    for ref, record in needed.items():
        if ref not in links:
            links[ref] = Linked(BECOMES[ref.kind], f"{NEW}{ref.id}")
            called[f"{NEW}{ref.id}"] = plain_name(record)
    links[link.ref] = replace(
        links[link.ref], theirs_then=None, decided={}, how="created", revision=-1, voided=False
    )
    known = replace(known, links=links)
    outcome = plan(order if order.status == "finalized" else as_finalized(order, known), known)
    return (outcome if isinstance(outcome, Plan) else None), called


def _sums(made: Plan, theirs: Entity) -> Iterator[Difference]:
    figures = {
        "Total before tax": (made.net, net_of(theirs)),
        "Tax": (made.tax, tax_of(theirs)),
        "Total": (made.total, cents_of(theirs.get("TotalAmt"))),
    }
    for what, (ours, other) in figures.items():
        if ours is not None and ours != other:
            yield Difference(what, money(ours), money(other), "lines")


def _net(order: Order, link: Link, theirs: Entity) -> Iterator[Difference]:
    ours = DOCUMENTS[link.kind].sign * order.net_total
    if ours != net_of(theirs):
        yield Difference("Total before tax", money(ours), money(net_of(theirs)), "lines")
