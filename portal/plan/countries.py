"""Countries by ISO 3166: offered by their codes of three letters, known however an address spells them."""

import re
from collections.abc import Sequence
from functools import cache

import pycountry

FIRST = ("CAN", "USA")
# What ISO 3166 doesn't have, and addresses do.
ALSO = {"uk": "GBR", "england": "GBR", "scotland": "GBR", "wales": "GBR", "holland": "NLD"}
LONGEST = 6  # words of a country's name, as an address ends in them


@cache
def names() -> dict[str, str]:
    """By code of three letters what a person calls it: the two that we sell in, then all by their names."""
    every = {one.alpha_3: str(getattr(one, "common_name", one.name)) for one in pycountry.countries}
    rest = sorted(every.keys() - set(FIRST), key=lambda code: every[code])
    return {code: every[code] for code in (*FIRST, *rest)}


def code_of(written: str) -> str | None:
    """Its code of three letters, however it is spelled; None of what is none we know."""
    bare = _bare(written)
    return _codes().get(bare.replace(" ", "") if re.fullmatch(r"(\w )+\w", bare) else bare)


def with_code(words: Sequence[str]) -> list[str]:
    """An address word by word, the country that it ends in by its code: “Canada”, “CA” and “CAN” say the
    same."""
    for count in range(min(LONGEST, len(words)), 0, -1):
        code = code_of(" ".join(words[-count:]))
        if code is not None:
            return [*words[:-count], code.casefold()]
    return list(words)


@cache
def _codes() -> dict[str, str]:
    spelled = {
        _bare(value): one.alpha_3
        for one in pycountry.countries
        for value in (
            one.name,
            getattr(one, "official_name", ""),
            getattr(one, "common_name", ""),
            one.alpha_2,
            one.alpha_3,
        )
        if value
    }
    return spelled | ALSO


def _bare(written: str) -> str:
    """Without case, dots and commas, nor “the” before it: “U.S.A.” and “usa” are one."""
    words = re.sub(r"[.,()]", "", written).casefold().split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)
