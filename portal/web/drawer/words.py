"""What the drawer says first of a record: one plain sentence for its status, and what that means."""

from collections.abc import Sequence

from portal.dates import day
from portal.models import Link, Location, Order, Sku
from portal.models.kinds import ENTITIES
from portal.outbox.badge import Badge
from portal.outbox.badge_labels import differing
from portal.outbox.statuses import those
from portal.plan.three_way import words_of, worst
from portal.report.waiting_days import awaited, why_until

GOES_BY_ITSELF = "Nothing needs to be done: it goes by itself, and you may leave this page."
BY_HAND = "Until that is known, do not enter it by hand: it could stand in QuickBooks twice."
MEANINGS = {
    "ready": "Nothing is known to stand in its way. It goes when somebody pushes it.",
    "queued": GOES_BY_ITSELF,
    "waiting": GOES_BY_ITSELF,
    "dated_ahead": "Nothing is written in QuickBooks before that day, when it goes by itself. "
    "To have it dated otherwise, reopen the order, change its date and finalize it again.",
    "sending": f"{GOES_BY_ITSELF} {BY_HAND}",
    "synced": "Its number and amounts are what QuickBooks last answered.",
    "variance": "It stands there, and differs from ours. What differs is shown side by side, with what "
    "can be done about it here; or put it right in QuickBooks.",
    "marked": "It stands there, and what differs from ours was accepted.",
    "asks_first": "Others made that document: nothing of ours goes into it before somebody has seen both.",
    "changed": "What changed here was not sent yet. It goes there when somebody pushes the change.",
    "checking": f"It was sent, and no answer came. We are finding out whether it arrived. {BY_HAND}",
    "reopened": "What was last sent stays there. Finalize the order again, and the same document is brought "
    "up to date.",
    "still_there": "What was sent of it still counts in QuickBooks. Void it there from the order's page; or "
    "reopen the order, and it stays as it is.",
    "voided": "Its amounts were 0 when QuickBooks last answered. It is not created anew by itself: somebody "
    "may have meant it.",
}
# Of customers and items, where that is not the same.
MEANINGS_OF_NAMED = {
    "synced": "Nothing that was compared differs from what QuickBooks last answered.",
    "marked": "What differs stays as it is on both sides: a person or a setting said so.",
    "variance": "QuickBooks took it otherwise than it was sent. What differs is not sent again until it "
    "changes here, or somebody chooses.",
    "uncompared": "It is linked, and not all of it was compared with what stands in QuickBooks. “Check now” "
    "reads it.",
    "asked": "QuickBooks had it already, with other values. What differs is not sent until somebody chooses.",
    "changed": "What differs was not sent yet. It goes there when somebody pushes it.",
    "edited": "What was changed in QuickBooks is not overwritten until somebody chooses.",
}
NOT_MAPPED = (
    "What is not mapped here can't be compared with what stands in QuickBooks. Once it is mapped, it is "
    "compared by itself."
)
GONE = "QuickBooks answered that it does not have it any more."
# How far a void is that is under way.
TAKEN_BACK = {
    "queued": "to be voided in QuickBooks",
    "sending": "being voided in QuickBooks",
    "checking": "being looked at in QuickBooks: no answer came to its void",
}
VOIDED_BY_CANCELLING = (
    "It was cancelled. Its amounts were 0 when QuickBooks last answered, and it is not created anew."
)


def headline(
    name: str,
    record: Location | Sku | Order,
    badge: Badge,
    link: Link | None,
    titles: Sequence[str],
    taking_back: bool = False,
) -> str:
    """The drawer's title. titles: of the problems that stand in the way. taking_back: what is under way voids
    what stands there.
    """
    status = badge.status
    if tells_problems(status) and titles:
        return titles[0] if len(titles) == 1 else f"{len(titles)} things stand in the way of {_inside(name)}."
    if status in those("arrived") and link is not None:
        return _arrived(name, status, link)
    if status == "reopened" and link is not None:
        return f"{name} was reopened; {_document(link)} stays in QuickBooks as it was."
    if status == "still_there" and link is not None:
        return f"{name} is cancelled; {_document(link)} still stands in QuickBooks."
    if taking_back and link is not None:
        return f"{name} is cancelled; {_document(link)} is {TAKEN_BACK[status]}."
    if status == "not_sent" and isinstance(record, Order) and record.status != "finalized":
        return f"{name} is {record.status} and not in QuickBooks."
    return {
        "not_sent": f"{name} is not in QuickBooks.",
        "ready": f"{name} is ready for QuickBooks.",
        "blocked": f"Something stands in the way of {_inside(name)}.",
        "queued": f"{name} waits for its turn.",
        "waiting": f"{name} is {_lowered(badge.label)}.",
        "dated_ahead": f"{name} {_lowered(badge.label)}.",
        "sending": f"{name} is being sent to QuickBooks.",
        "changed": f"{name} holds changes that were not sent to QuickBooks yet.",
        "asked": f"{name} differs from what QuickBooks had already.",
        "edited": f"{name} was edited in QuickBooks.",
        "asks_first": f"{name} was changed here, and its document in QuickBooks was made by others.",
        "failed": f"{name} could not be sent to QuickBooks.",
        "checking": f"It is being checked whether {_inside(name)} arrived in QuickBooks.",
        "must_choose": f"It is not known whether {_inside(name)} arrived in QuickBooks.",
        "voided": f"{name} {_ended(link)}.",
        "not_to_be_sent": f"{name} is not to be sent to QuickBooks.",
    }.get(status, name)


def tells_problems(status: str) -> bool:
    """Whether the headline is what stands in the way: while it is on its way again, that is of before."""
    return status in those("attention")


def meaning(record: Location | Sku | Order, status: str, link: Link | None = None) -> str:
    """What the status means for the person, beyond what the problems say themselves."""
    if status == "voided" and link is not None and link.theirs.gone:
        return GONE
    if status == "dated_ahead" and isinstance(record, Order) and (until := awaited(record)) is not None:
        return f"{day(until)} is {why_until(record, until)}. {MEANINGS[status]}"
    if status == "uncompared" and link is not None and worst(link.differs or {}) == "untold":
        return NOT_MAPPED
    if not isinstance(record, Order) and status in MEANINGS_OF_NAMED:
        return MEANINGS_OF_NAMED[status]
    if status == "not_to_be_sent":
        return f"Somebody said why: {record.not_to_be_sent}"
    if status == "voided" and isinstance(record, Order) and record.status == "cancelled":
        return VOIDED_BY_CANCELLING
    if status != "not_sent":
        return MEANINGS.get(status, "")
    if not isinstance(record, Order):
        return "It is sent when an order needs it, or when somebody pushes it."
    if record.status == "cancelled":
        return "A cancelled order is not sent."
    return "An order is sent once it is finalized."


def _document(link: Link) -> str:
    return f"{ENTITIES[link.kind].word} {link.theirs.number or link.external_id}"


def _arrived(name: str, status: str, link: Link) -> str:
    what = ENTITIES[link.kind].word
    article = "an" if what[0] in "aeiou" else "a"
    called = f"{what} {link.theirs.number}" if link.theirs.number else f"{article} {what}"
    if status == "uncompared" and worst(link.differs or {}) == "untold":
        return f"{name} is linked to {called} in QuickBooks; {words_of(link.differs or {})}."
    if status == "uncompared":
        return f"{name} is linked to {called} in QuickBooks, and not compared yet."
    said = f"{name} is in QuickBooks as {called}"
    if status == "marked" and link.differs:
        return f"{said}; {words_of(link.differs)}, and that stays so."
    if status == "variance" and link.differs:
        return f"{said}, but {words_of(link.differs)}."
    differs = status in those("differs") and link.variance
    return f"{said}, but its {differing(link.variance)}." if differs else f"{said}."


def _ended(link: Link | None) -> str:
    """As QuickBooks said of it."""
    gone = link is not None and link.theirs.gone
    return "is not in QuickBooks any more" if gone else "was voided in QuickBooks"


def _inside(name: str) -> str:
    """The name within a sentence."""
    return f"order{name[5:]}" if name.startswith("Order ") else f"“{name}”"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
