"""What stands in the way where a value of ours has no counterpart, or one that QBO has deactivated since."""

from collections.abc import Mapping
from typing import Any

from portal.models.books import SectionName
from portal.plan.types import Choice
from portal.problems import Found, causes
from portal.problems.of_mappings import CODES


def usable(
    section: SectionName,
    ours: str,
    choice: Choice | None,
    values: Mapping[str, Any],
    province: str = "",
    missing: str = "",
) -> Choice | Found:
    """The choice made for a value of ours, or why there is none to use; `values`: of that problem; `missing`:
    its code where that of the section doesn't say it.
    """
    cause = causes.of_mapping(section, ours, province)
    if choice is None:
        return Found(missing or CODES[section].missing, values, cause)
    if not choice.active:
        return Found(CODES[section].inactive, {**values, "label": choice.label}, cause)
    return choice
