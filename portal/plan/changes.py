"""What an update of a Customer or Item carries: what changed here, or the gaps of a first link."""

from collections.abc import Collection, Mapping
from typing import Any

from portal.plan.amounts import same, storable
from portal.plan.types import Linked, NothingToDo, Payload, Plan

# What QBO adds to an address by itself.
_NOT_CONTENT = {"Id", "Lat", "Long"}


def update_or_nothing(
    kind: str,
    linked: Linked,
    wanted: Payload,
    sources: Mapping[str, str],
    unique_value: str | None,
    only_on_create: Collection[str],
    unseen_in_lists: Collection[str] = (),
) -> Plan | NothingToDo:
    """A sparse update of the fields that differ, if any.

    `wanted` leaves out what is empty here, so that an empty field of ours never clears theirs. After a
    first link our values count as sent although only gaps were filled: from then on a change made here is
    carried over, while what QBO said differently before stays. `unseen_in_lists`: fields that QBO leaves
    out of query answers, so that their absence is no gap.
    """
    wanted = {name: value for name, value in wanted.items() if name not in only_on_create}
    changed = {name: value for name, value in wanted.items() if _is_due(name, value, linked, unseen_in_lists)}
    sent = {**(linked.sent or {}), **storable(wanted)}
    if not changed:
        return NothingToDo(sent)
    return Plan(
        kind=kind,
        operation="update",
        payload={**changed, "Id": linked.external_id, "SyncToken": linked.sync_token, "sparse": True},
        sources={name: sources[name] for name in changed if name in sources},
        sent=sent,
        unique_value=unique_value,
    )


def _is_due(name: str, value: Any, linked: Linked, unseen_in_lists: Collection[str]) -> bool:
    if linked.sent is not None:
        return name not in linked.sent or not same(value, linked.sent[name])
    return linked.theirs is not None and name not in unseen_in_lists and is_gap(linked.theirs.get(name))


def is_gap(value: Any) -> bool:
    """Whether theirs says nothing here. A flag that is off says something; a price of 0 does not."""
    if isinstance(value, bool):
        return False
    if isinstance(value, Mapping):
        return all(is_gap(part) for name, part in value.items() if name not in _NOT_CONTENT)
    return not value or same(value, 0)
