"""Those of theirs that a record looks like, beside the record itself, for a person to tell them apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.company.reader import Reader
from portal.decisions.common import company
from portal.decisions.link_record import Suggestion, linked_to, told_of
from portal.extensions import begin_writing
from portal.models import Location, Sku
from portal.models.kinds import BECOMES, ENTITIES, RecordRef
from portal.plan import plain_name
from portal.quickbooks import queries

MOST = 10


@dataclass(frozen=True)
class Alike:
    """One of theirs as QuickBooks has it now; differs: what of it ours says otherwise, by name."""

    theirs: Suggestion
    differs: frozenset[str]


def ours_of(record: Location | Sku) -> Mapping[str, str]:
    """What ours says of what tells theirs apart."""
    if isinstance(record, Sku):
        return {"name": f"{plain_name(record)}{f' ({record.code})' if record.code else ''}"}
    address = record.billing_address or record.delivery_address or {}
    return {
        "name": plain_name(record),
        "company": record.customer.name,
        "city": str(address.get("city") or ""),
    }


def look_alikes(ref: RecordRef, external_ids: Sequence[str], ours: Mapping[str, str]) -> list[Alike]:
    """These of theirs, asked for at once, in the same sequence; those that are gone or inactive are left out.
    Commits. Raises CantDecide, Unavailable, Reconnect."""
    connection = company()
    connection_id = connection.id
    begin_writing()
    wanted = [one for one in external_ids if one.isdigit()][:MOST]
    rows = Reader(connection).rows(ENTITIES[BECOMES[ref.kind]].entity, queries.any_of("Id", wanted))
    found = {str(row["Id"]): row for row in rows}
    held = linked_to(connection_id, ref.kind, found)
    told = [told_of(found[one], held.get(one, "")) for one in wanted if one in found]
    return [Alike(one, frozenset(_differing(ours, one))) for one in told]


def _differing(ours: Mapping[str, str], theirs: Suggestion) -> list[str]:
    return [what for what, text in ours.items() if text.casefold() != getattr(theirs, what).casefold()]
