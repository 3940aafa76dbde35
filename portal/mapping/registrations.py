"""Whether the distributor is registered for the tax that a province asks for beside the federal one."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from portal.extensions import db
from portal.mapping.choices import Option
from portal.mapping.slots import Slot
from portal.mapping.suggest import FEDERAL_RATE
from portal.models import Actor, ProvincialRegistration
from portal.plan.places import TAXED_APART, name_of
from portal.runtime.history import remember

TAX_OF = {"QC": "QST"}  # elsewhere it is called PST, in Manitoba RST


def tax_of(province: str) -> str:
    return TAX_OF.get(province, "PST")


def registrations() -> dict[str, bool]:
    """By province, as far as somebody has said."""
    return {row.province: row.registered for row in db.session.scalars(select(ProvincialRegistration))}


def asked_about(shown: Iterable[Slot]) -> list[str]:
    """The provinces of these slots whose code depends on it."""
    return sorted({slot.province for slot in shown if slot.ours == "default"} & TAXED_APART)


def contradiction(slot: Slot, option: Option, registered: Mapping[str, bool]) -> str:
    """What is odd about this code for sales in a province, after what was said of its tax; empty: nothing."""
    said = registered.get(slot.province) if slot.ours == "default" else None
    if said is None or option.rate is None:
        return ""
    tax, place = tax_of(slot.province), name_of(slot.province, "CA")
    if said and option.rate == FEDERAL_RATE:
        return f"You said that you are registered for {tax} in {place}, and {option.name} doesn't charge it"
    if not said and option.rate > FEDERAL_RATE:
        return f"You said that you are not registered for {tax} in {place}, and {option.name} charges it"
    return ""


def save(said: Mapping[str, bool | None], actor: Actor) -> list[str]:
    """Keep what somebody said, of provinces about which they said anything; sentences on what changed. The
    caller commits.
    """
    rows = {row.province: row for row in db.session.scalars(select(ProvincialRegistration))}
    changes = []
    for province, registered in sorted(said.items()):
        row = rows.get(province)
        if registered is None or (row is not None and row.registered == registered):
            continue
        if row is None:
            row = ProvincialRegistration(organization_id=actor.organization_id, province=province)
            db.session.add(row)
        row.registered = registered
        words = "registered" if registered else "not registered"
        changes.append(f"{words} for {tax_of(province)} in {name_of(province, 'CA')}")
    if changes:
        remember(actor, "registrations_saved", None, f"Said to be {'; '.join(changes)}.")
    db.session.flush()
    return changes
