"""The catalogue of problems, their rows, the money they hold back."""

from portal.problems.catalogue import (
    CATALOGUE,
    Entry,
    Found,
    candidates,
    entry_of,
    fix,
    fix_path,
    meaning,
    sentence,
    sentence_of_all,
    settings_page,
)
from portal.problems.from_answers import EDITED, MUST_CHOOSE, VOIDED
from portal.problems.records import (
    Cause,
    by_cause,
    from_faults,
    open_causes,
    open_for,
    replace,
    resolve_causes,
)

__all__ = [
    "CATALOGUE",
    "EDITED",
    "MUST_CHOOSE",
    "VOIDED",
    "Cause",
    "Entry",
    "Found",
    "by_cause",
    "candidates",
    "entry_of",
    "fix",
    "fix_path",
    "from_faults",
    "meaning",
    "open_causes",
    "open_for",
    "replace",
    "resolve_causes",
    "sentence",
    "sentence_of_all",
    "settings_page",
]
