"""The statuses that a record can have: how each looks, and the groups that all others ask for by name."""

from collections.abc import Collection
from typing import Literal, NamedTuple

# What a push can do about it: each status is in one group.
Group = Literal[
    "can_go",  # nothing is known to stand in its way
    "in_the_way",  # something stands in its way
    "ahead",  # it waits for the day that it is dated, and goes by itself then
    "moving",  # it is on its way, and goes on by itself
    "arrived",  # it stands there as it was sent, or nearly
    "undecided",  # a person decides first what becomes of it
    "kept_back",  # it is not to go
]
# The groups that a push can do something for.
PUSHABLE: tuple[Group, ...] = ("can_go", "in_the_way")
Trait = Literal[
    "attention",  # it waits for a person
    "unsent",  # it is not there as it now stands here, and may still be meant to be
    "there",  # one of theirs is linked to it
    "says_why",  # its badge names the first thing that stands in the way
    "differs",  # an order whose document says something else, and whose version stands may be chosen
]
Tone = Literal["grey", "blue", "amber", "green", "red"]


class Status(NamedTuple):
    """`in_filter`: what it is called among all others, where its word is long or another one's too."""

    word: str
    tone: Tone
    icon: str
    group: Group
    traits: Collection[Trait] = ()
    in_filter: str = ""


STATUSES = {
    "not_sent": Status("Not sent", "grey", "file-invoice", "can_go", ["unsent"]),
    "ready": Status("Ready", "blue", "arrow-right", "can_go", ["unsent"]),
    "blocked": Status(
        "Needs attention",
        "amber",
        "alert-triangle",
        "in_the_way",
        ["attention", "unsent", "says_why"],
        "Can't go yet",
    ),
    "queued": Status("Queued", "blue", "loader", "moving", ["unsent"]),
    "waiting": Status("Waiting", "blue", "loader", "moving", ["unsent"]),
    "dated_ahead": Status("Waits until its day", "blue", "calendar-due", "ahead", ["unsent"]),
    "sending": Status("Sending", "blue", "loader", "moving", ["unsent"]),
    "synced": Status("Synced", "green", "circle-check", "arrived", ["there"]),
    "variance": Status(
        "In QuickBooks",
        "amber",
        "alert-triangle",
        "arrived",
        ["attention", "there", "differs"],
        "In QuickBooks, differs",
    ),
    "marked": Status(
        "Synced", "green", "circle-half", "arrived", ["there", "differs"], "Synced, differs by choice"
    ),
    "uncompared": Status(
        "Linked · not compared yet", "grey", "help", "arrived", ["there"], "Not compared yet"
    ),
    "asked": Status("Differs from QuickBooks", "amber", "edit", "undecided", ["attention", "there"]),
    "changed": Status(
        "Changed, not yet in QuickBooks", "amber", "refresh", "can_go", ["unsent", "there"], "Changed since"
    ),
    "reopened": Status("Reopened", "amber", "refresh", "undecided", ["attention", "unsent", "there"]),
    "still_there": Status(
        "Cancelled", "amber", "alert-triangle", "undecided", ["attention", "there"], "Cancelled, still there"
    ),
    "edited": Status("Edited in QuickBooks", "amber", "edit", "undecided", ["attention", "there", "differs"]),
    "asks_first": Status(
        "Changed, not yet in QuickBooks",
        "amber",
        "edit",
        "undecided",
        ["attention", "there", "differs"],
        "Changed, asks first",
    ),
    "failed": Status("Failed", "red", "circle-x", "in_the_way", ["attention", "unsent", "says_why"]),
    "checking": Status("Checking with QuickBooks…", "amber", "search", "moving", ["unsent"], "Checking"),
    "must_choose": Status(
        "Your choice is needed",
        "red",
        "help",
        "undecided",
        ["attention", "unsent", "says_why"],
        "Choice needed",
    ),
    "voided": Status("Voided", "grey", "x", "kept_back", ["there"]),
    "not_to_be_sent": Status("Don't send", "grey", "eye-off", "kept_back"),
}


def those(*wanted: Group | Trait | Tone) -> frozenset[str]:
    """The statuses of one of these groups, or with one of these traits or tones."""
    return frozenset(
        name
        for name, status in STATUSES.items()
        if not {status.group, status.tone, *status.traits}.isdisjoint(wanted)
    )
