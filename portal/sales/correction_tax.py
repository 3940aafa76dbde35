"""What a document for a difference comes to with its tax, which says of which kind it is."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from portal.models import Connection, Order
from portal.models.kinds import ref_of
from portal.plan.lines import Lines
from portal.plan.places import place_of
from portal.plan.tax_rates import in_force
from portal.plan.taxes import bearing, own_tax_code, section_of, total_tax
from portal.problems import Found
from portal.push import plan_context
from portal.sales.difference_lines import Difference


def total_of(
    order: Order, then: Mapping[str, Any], found: Sequence[Difference], connection: Connection, today: date
) -> int | None:
    """Cents with the tax of today; None where that can't be told, of what is given back beside what comes
    to it. then: the columns of the order as it was carried over, whose customer and place it bears the tax
    of.
    """
    net = sum(one.amount for one in found)
    if all(one.amount < 0 for one in found) or all(one.amount > 0 for one in found):
        return net  # whatever the tax is, it has the same sign
    known = plan_context.load(connection, [order])
    place = place_of(then["delivery_address"], then["billing_address"], connection.country)
    own_code = own_tax_code(known.links.get(ref_of(order.location)), known)
    borne = []
    for one in found:
        section = section_of(
            one.row.kind, str(then["tax_status"] or "default"), one.row.tax_status, place.abroad
        )
        bears = bearing(known, *section, place, own_code)
        if isinstance(bears, Found):
            return None
        borne.append((one.amount, bears))
    dated = in_force(Lines(borne=list(borne)), today).borne
    tax = total_tax([(amount, bears) for amount, bears in dated if bears], connection.is_us)
    return None if tax is None else net + tax
