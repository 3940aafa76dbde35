"""What stands in the way, on the dashboard and the page of all causes: with money and what puts it right."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from portal import problems
from portal.mapping.choices import Offering, Option
from portal.models import Connection
from portal.web.fix_links import FixLink, fix_link, told_apart


@dataclass(frozen=True)
class Fix:
    """A cause with what puts it right: options to choose from here, else a link."""

    cause: problems.Cause
    sentence: str
    link: FixLink
    options: Sequence[Option] = ()


@dataclass(frozen=True)
class Standing:
    """The first causes, and what the others come to."""

    fixes: Sequence[Fix]
    rest: problems.Ranked


def gathered(connection: Connection | None, limit: int, code: str = "") -> Standing:
    """Most money first; lists for dropdowns are loaded once each."""
    offering = Offering(connection)
    found = problems.ranked(limit, code)
    sentences = told_apart([(cause.sentence, cause.cause, cause.ref) for cause in found.causes])
    return Standing(
        [
            Fix(cause, sentence, _link(cause), () if cause.alike else offering.of(cause.cause))
            for cause, sentence in zip(found.causes, sentences, strict=True)
        ],
        found,
    )


def _link(cause: problems.Cause) -> FixLink:
    if cause.alike:
        each = sum(cause.alike.values())
        return FixLink(f"Show the {each:,}, each with its fix", url_for("causes.index", code=cause.code))
    return fix_link(cause.code, cause.values, cause.ref, cause.cause)
