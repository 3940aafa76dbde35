"""By which pair of fields, ours and theirs, most of our records are found: every pair, and the best one."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.company.entities import name_of
from portal.mapping.keys import key_settings
from portal.mapping.keys.match_counts import BothSides, Comparison, by_pair
from portal.models.kinds import RECORDS, RecordKind

# Fields of theirs that may be the key, those first that are meant where several fit alike.
THEIRS: dict[RecordKind, Sequence[str]] = {
    "location": ("DisplayName", "CompanyName", "FullyQualifiedName", "Id"),
    "sku": ("Sku", "Name", "Id"),
}
# The field of ours that may hold an Id of theirs. Numbers that count up from 1 on both sides match by chance.
HOLDS_IDS = "third_party_id"


@dataclass(frozen=True)
class PairCount:
    """How ours fit theirs where these two fields are the same. example: one that matches, ours and theirs."""

    ours: str
    theirs: str
    found: Comparison
    example: tuple[str, str] | None


def every_pair(sides: BothSides) -> list[PairCount]:
    """Pure: every pair that may be chosen, those first that find most, and each exactly once."""
    pairs = [
        _counted(sides, ours, theirs)
        for ours in key_settings.COLUMNS[RECORDS[sides.record_kind].key]
        for theirs in THEIRS[sides.record_kind]
    ]
    return sorted(pairs, key=lambda pair: (-pair.found.one, len(pair.found.several), pair.found.keyless))


def best_of(pairs: Sequence[PairCount]) -> PairCount | None:
    """The one to propose, of pairs as `every_pair` sorts them; None where none finds anything. By an Id only
    where it was entered for that.
    """
    return next(
        (pair for pair in pairs if pair.found.one and (pair.theirs != "Id" or pair.ours == HOLDS_IDS)), None
    )


def _counted(sides: BothSides, ours: str, theirs: str) -> PairCount:
    found = by_pair(sides, ours, theirs)
    names = {each.id: each.name for each in sides.ours[ours]}
    example = next(((names[one], name_of(row)) for one, row in found.matches.items()), None)
    return PairCount(ours, theirs, found, example)
