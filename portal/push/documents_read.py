"""A document of theirs that was read: kept, and held against ours, whoever had it read and why.

What is written here is what the badge tells; nobody else writes `Link.variance`.
"""

from collections.abc import Mapping
from typing import Any

from portal.company import theirs
from portal.company.entities import Entity
from portal.models import Connection, Link
from portal.plan.document_variance import expected_of, variance_of
from portal.push import plan_context


def take_in(connection: Connection, link: Link, entity: Entity | None) -> None:
    """Keep what was read of a linked document, None where it is gone, and judge it. The caller commits."""
    if entity is None:
        theirs.mark_gone(link.theirs)
        return
    link.theirs = theirs.take_in(connection, link.kind, entity)
    judge(link)


def count_as_said(link: Link, expected: Mapping[str, Any]) -> None:
    """Ours counts as carried over: from now on the document is held against this. expected: as
    `Push.expected`; what `ours_then` says is there already."""
    link.expected = expected_of(expected, link.ours_then or {})
    judge(link)


def judge(link: Link) -> None:
    """Note in what the document differs as it was last seen. One that does not count any more differs in
    nothing, and one in which nothing of ours was ever sent has nothing to differ from."""
    if link.theirs.counts and link.ours_then is not None:
        link.variance = variance_of(link.expected, plan_context.linked(link))
