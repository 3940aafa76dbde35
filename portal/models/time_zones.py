"""Time zones by their IANA names, as this machine knows them."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Names that are no place: offsets whose sign reads the wrong way round, and rows of files.
_NO_PLACES = ("Etc", "SystemV")


def zone_named(name: str | None) -> ZoneInfo | None:
    """None for a name that is missing, or that this machine doesn't know."""
    return ZoneInfo(name) if name in _names() else None


def offered() -> list[str]:
    """What a person may choose from, by name."""
    places = (name for name in _names() if "/" in name and name.split("/")[0] not in _NO_PLACES)
    return [*sorted(places), "UTC"]


def spelled(typed: str) -> str | None:
    """The name as IANA writes it, whatever its case and blanks; a city alone will do where only one zone is
    called so. None where there is no such zone.
    """
    wanted = _folded(typed)
    whole = {_folded(name): name for name in _names()}
    cities = [name for name in offered() if _folded(name).rpartition("/")[2] == wanted]
    return whole.get(wanted) or (cities[0] if len(cities) == 1 else None)


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def _folded(name: str) -> str:
    return "_".join(name.split()).casefold()
