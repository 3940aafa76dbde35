"""What is said of a record in QuickBooks: its badge, the one of theirs that it is, and how both stand."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import current_app

from portal import decisions
from portal.company import current
from portal.decisions.differing_fields import differing_fields
from portal.models import Connection, Link
from portal.models.kinds import ENTITIES, RecordRef
from portal.outbox import badge
from portal.push.links import link_of
from portal.sales import use_theirs

# What it means that a field differs.
MEANINGS = {
    "there": "Changed in QuickBooks since both said the same. It stays so until somebody chooses.",
    "both": "Changed here and in QuickBooks. Neither is overwritten until somebody chooses.",
    "asked": "It differed when both were first matched, and the settings say to ask.",
    "otherwise": "QuickBooks took it otherwise than it was sent. It is not sent again until it changes here, "
    "or somebody chooses.",
    "send": "Changed here, and not sent yet.",
    "unknown": "QuickBooks has not shown it yet: “Check now” reads it.",
    "kept": "Both sides stay as they are.",
}
MEANS_KEPT = {
    "both": "Kept as they are",
    "setting": "Kept as they were when first matched, since the settings say so",
}
FILLS_A_GAP = "QuickBooks has none. It goes there with the next push, or with the next order."
AS_SET = "It differed when both were first matched, and by the settings ours goes there with the next push."
ANOTHER_COMPANY = (
    "It carries this company name in QuickBooks since before both were matched. Unless it is ours in another "
    "spelling, it is never overwritten before somebody chooses."
)
NAME_KEPT = "The settings say that names of records which QuickBooks had already stay as they are."
STAYS_FILLED = "It is empty here, and QuickBooks lets nobody empty it from outside."


@dataclass(frozen=True)
class Sides:
    """How both sides of a linked record stand, as far as QuickBooks has shown it.

    differing, with why QuickBooks' value of a field can't be used here: of customers and items.
    """

    sent: decisions.Told | None = None
    answered: decisions.Told | None = None
    differing: Sequence[decisions.DifferingField] = ()
    cant_use: Mapping[str, str] = field(default_factory=dict)

    def means(self, one: decisions.DifferingField) -> str:
        """Why a field differs, and what follows; by whom and when stands beside."""
        if one.verdict == "untold":
            return f"It can't be compared. {one.unmapped}"
        if one.verdict == "asked" and one.name == "CompanyName":
            return ANOTHER_COMPANY
        if one.verdict == "send" and one.at_first:
            return FILLS_A_GAP if one.fills_gap else AS_SET
        if one.verdict != "kept":
            return MEANINGS[one.verdict]
        if one.decided in MEANS_KEPT:
            return MEANS_KEPT[one.decided]
        if one.group == "name":
            return NAME_KEPT
        return MEANINGS["kept"] if one.can_be_sent else STAYS_FILLED


@dataclass(frozen=True)
class InBooks:
    """badge: the record's one status. link: the one of theirs, in the connected company; url: its page."""

    ref: RecordRef
    badge: badge.Badge
    link: Link | None
    url: str | None
    # What the one of theirs is called, where it has a name.
    name: str = ""
    sides: Sides = Sides()


def in_books(ref: RecordRef) -> InBooks:
    """As far as we know, without asking QuickBooks."""
    connection = current.connection()
    shown = badge.badges(ref.kind, [ref.id])[ref.id]
    if connection is None:
        return InBooks(ref, shown, None, None)
    link = link_of(connection.id, ref)
    if link is None:
        return InBooks(ref, shown, None, None)
    name = "" if ref.kind == "order" else decisions.their_name(link)
    return InBooks(ref, shown, link, address(link, connection), name, sides(ref))


def sides(ref: RecordRef) -> Sides:
    """Asks QuickBooks nothing, and writes nothing."""
    with suppress(decisions.CantDecide):  # disconnected meanwhile: nothing is said of it
        named = ref.kind != "order"
        return Sides(
            decisions.as_sent(ref),
            decisions.as_answered(ref),
            differing_fields(ref) if named else (),
            use_theirs.cant_use(ref) if named else {},
        )
    return Sides()


def address(link: Link, connection: Connection) -> str:
    """The page of a linked record. INTUIT_APP_URL may hold `{realm}`: a simulator shows several companies."""
    base = str(current_app.config["INTUIT_APP_URL"]).replace("{realm}", connection.realm_id).rstrip("/")
    theirs = ENTITIES[link.kind]
    one = f"?{urlencode({theirs.page_parameter: link.external_id})}" if theirs.page_parameter else ""
    return f"{base}/{theirs.page}{one}"
