"""Where something is delivered, as far as tax depends on it: the country, and which part of Canada or the US.

People spell both in every way there is. In an address QBO is told the code of a province or state that is
known: nothing says that its automated tax finds one that is written out. The rest goes as it was written.
"""

import gettext
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import pycountry

NOT_TOLD = "-"  # of a province, where the address names none
LONGEST_SPELLING = 40
MOST_WORDS = 4  # of a province or state: Newfoundland and Labrador, and what is spelled by single letters
# The parts by which tax differs there; elsewhere what is written says nothing that we would know.
DIVIDED = ("CA", "US")
# Canada: the shares of the provinces are part of one tax (HST), asked for apart, or not asked for at all.
HARMONIZED = frozenset({"NB", "NL", "NS", "ON", "PE"})
TAXED_APART = frozenset({"BC", "MB", "QC", "SK"})
FEDERAL_ONLY = frozenset({"AB", "NT", "NU", "YT"})
# What ISO 3166-2 doesn't have: the traditional abbreviations of both languages (Canadian Style 1.11, Le guide
# du rédacteur 1.1.13), what Canada Post's codes were before 1999, and parts of names.
# Written as `_compact` leaves them, but for accents that tell two apart.
CANADIAN: Mapping[str, str] = {
    **dict.fromkeys(("alta", "alb"), "AB"),
    **dict.fromkeys(("britcol", "cb", "colbrit"), "BC"),
    "man": "MB",
    **dict.fromkeys(
        ("nf", "nfld", "nfldandlab", "nfldlab", "newfoundland", "labrador", "tnl", "tnetl"),
        "NL",
    ),
    **dict.fromkeys(("terreneuve", "terreneuvelabrador", "newfoundlandlabrador"), "NL"),
    **dict.fromkeys(("né", "nouvécosse"), "NS"),
    **dict.fromkeys(("nwt", "nwterritories", "tno", "tdno"), "NT"),
    **dict.fromkeys(("nun", "nvt"), "NU"),
    "ont": "ON",
    **dict.fromkeys(("pei", "îpé", "ipe", "princeedwardisl", "princeedwardis"), "PE"),
    **dict.fromkeys(("pq", "que", "queb"), "QC"),
    "sask": "SK",
    **dict.fromkeys(("yuk", "yn", "yukonterritory", "territoireduyukon", "tyukon"), "YT"),
}
# The traditional abbreviations (GPO Style Manual 9.13, AP), and the military ones of USPS Publication 28.
AMERICAN: Mapping[str, str] = {
    "ala": "AL",
    "ariz": "AZ",
    "ark": "AR",
    **dict.fromkeys(("cal", "calif"), "CA"),
    **dict.fromkeys(("colo", "col"), "CO"),
    "conn": "CT",
    "del": "DE",
    **dict.fromkeys(("washingtondc", "districtcolumbia"), "DC"),
    "fla": "FL",
    "ill": "IL",
    "ind": "IN",
    **dict.fromkeys(("kan", "kans"), "KS"),
    "ken": "KY",
    "mass": "MA",
    "mich": "MI",
    "minn": "MN",
    "miss": "MS",
    "mont": "MT",
    **dict.fromkeys(("neb", "nebr"), "NE"),
    "nev": "NV",
    "nmex": "NM",
    "ncar": "NC",
    "ndak": "ND",
    "okla": "OK",
    **dict.fromkeys(("ore", "oreg"), "OR"),
    **dict.fromkeys(("penn", "penna"), "PA"),
    "scar": "SC",
    "sdak": "SD",
    "tenn": "TN",
    "tex": "TX",
    "virg": "VA",
    "wash": "WA",
    "wva": "WV",
    **dict.fromkeys(("wis", "wisc"), "WI"),
    "wyo": "WY",
    **{code.casefold(): code for code in ("AA", "AE", "AP")},
}
SHORT = {"CA": CANADIAN, "US": AMERICAN}
# What people call countries that ISO 3166-1 calls otherwise, or that are part of one.
COUNTRIES: Mapping[str, str] = {
    **dict.fromkeys(("uk", "greatbritain", "britain", "england", "scotland", "wales"), "GB"),
    **dict.fromkeys(("northernireland", "angleterre", "grandebretagne"), "GB"),
    **dict.fromkeys(("america", "usofa", "theunitedstates", "eu", "éu", "éua", "étatsunisdamérique"), "US"),
    **dict.fromkeys(("holland", "thenetherlands", "hollande"), "NL"),
    "russia": "RU",
    "turkey": "TR",
    **dict.fromkeys(("southkorea", "coréedusud"), "KR"),
    "czechrepublic": "CZ",
    "ivorycoast": "CI",
}
PARTS = re.compile(r"[,;/()]|\s[-–—]\s")
_BEFORE = ("stateof", "commonwealthof", "provinceof", "provincede", "etatde")


class Place(NamedTuple):
    """province: its code in Canada and the US; what is written, in capitals, where that is none we know; and
    NOT_TOLD where nothing is. country: ISO 3166-1, two letters; what is written where that is none.
    """

    country: str
    province: str = NOT_TOLD
    abroad: bool = False
    unknown_country: str = ""


def place_of(delivery: Mapping[str, Any] | None, billing: Mapping[str, Any] | None, home: str) -> Place:
    """The place of an order or location. home: the company's own country, which an address without one is in;
    empty where it is not known.
    """
    address = delivery if any(_text(value) for value in (delivery or {}).values()) else billing
    province, written = (_text((address or {}).get(part)) for part in ("province", "country"))
    own = country_code(home) or home.upper()
    country = country_code(written) if written else own
    if country is None:
        return Place(written, province_code(province, ""), unknown_country=written)
    return Place(country, province_code(province, country), abroad=bool(own) and country != own)


def province_code(written: str, country: str = "CA") -> str:
    """The code of a province or state of this country, however it is spelled."""
    text = written.strip()
    if not text:
        return NOT_TOLD
    found = _told_once(text, country) if country in DIVIDED else None
    return found or text.upper()[:LONGEST_SPELLING]


def code_to_send(written: str, country: str, home: str) -> str:
    """The province or state of an address as QBO is told it: by its code of ISO 3166-2, without the country;
    as it is written where that is none we know. country: as written in the address; home: as in `place_of`.
    """
    there = country_code(country) if country.strip() else country_code(home)
    return (_told_once(written.strip(), there) if there in DIVIDED else None) or written


def with_codes(words: Sequence[str]) -> list[str]:
    """An address word by word, provinces and states by their codes: “Wash.” and “WA” say the same."""
    known, bare = _anywhere(), [_compact(word) for word in words]
    said: list[str] = []
    at = 0
    while at < len(words):
        for count in range(min(MOST_WORDS, len(words) - at), 0, -1):
            run = "".join(bare[at : at + count])
            code = known.get(run) or (None if run.isascii() else known.get(_bare(run)))
            if code:
                break
        said.append(code or words[at])
        at += count
    return said


def is_known(province: str, country: str) -> bool:
    """Whether this code is one of a province or state there; of countries that aren't divided, any is."""
    return country not in DIVIDED or province in set(_provinces(country).values())


def name_of(province: str, country: str) -> str:
    """What a code stands for in English; the code itself where it is none."""
    if country not in DIVIDED:
        return province
    return next((str(one.name) for one in _parts(country) if one.code == f"{country}-{province}"), province)


def country_code(written: str) -> str | None:
    """The two letters of ISO 3166-1, however the country is spelled; None of what is none we know."""
    if "/" in written:
        return None  # N/A is not Namibia
    folded = _compact(written)
    return _countries().get(folded) or _countries().get(_bare(folded))


@cache
def _provinces(country: str) -> dict[str, str]:
    french = _in_french("iso3166-2")
    found: dict[str, str] = {}
    for one in _parts(country):
        code = one.code.partition("-")[2]
        for name in (one.code, code, one.name, french.gettext(one.name)):
            found[_bare(_compact(name))] = code
    return {**SHORT[country], **found}


@cache
def _anywhere() -> dict[str, str]:
    """The codes of both countries, in small letters: no spelling means one in each."""
    return {spelled: code.casefold() for country in DIVIDED for spelled, code in _provinces(country).items()}


def _parts(country: str) -> list[Any]:
    return [one for one in pycountry.subdivisions if one.country_code == country]


@cache
def _countries() -> dict[str, str]:
    french = _in_french("iso3166-1")
    found: dict[str, str] = {}
    codes: dict[str, str] = {}
    for one in pycountry.countries:
        for name in _names(one):
            for spelling in (name, french.gettext(name)):
                found.setdefault(_bare(_compact(spelling)), one.alpha_2)
    codes = {
        code.casefold(): one.alpha_2 for one in pycountry.countries for code in (one.alpha_2, one.alpha_3)
    }
    return {**COUNTRIES, **found, **codes}


def _names(one: Any) -> Iterator[str]:
    """“Korea, Republic of” is the Republic of Korea, too."""
    for name in (one.name, getattr(one, "common_name", ""), getattr(one, "official_name", "")):
        if name:
            yield name
            first, comma, rest = name.partition(", ")
            if comma:
                yield f"{rest} {first}"


def _told_once(text: str, country: str) -> str | None:
    """Québec; as well ON - Ontario, Québec (QC) and Ontario, Canada: told twice, or with its country."""
    whole = _spelled(text, country)
    if whole:
        return whole
    parts = [part for part in PARTS.split(text) if part.strip()]
    told = {_spelled(part, country) for part in parts if country_code(part.strip()) != country} or {None}
    return told.pop() if len(told) == 1 else None


def _spelled(text: str, country: str) -> str | None:
    known, folded = _provinces(country), _compact(text)
    for spelling in (folded, _bare(folded)):
        found = known.get(spelling) or _without_what_it_is(spelling, known)
        if found:
            return found
    return None


def _without_what_it_is(spelling: str, known: Mapping[str, str]) -> str | None:
    """Washington State, Province of Manitoba."""
    if spelling.endswith("state"):
        return known.get(spelling.removesuffix("state"))
    return next((known.get(spelling[len(word) :]) for word in _BEFORE if spelling.startswith(word)), None)


def _in_french(domain: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=["fr"])


def _compact(text: str) -> str:
    """Without case, blanks and punctuation: N. S. and n.s. are ns."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("&", "and")
    return "".join(letter for letter in folded if letter.isalnum())


def _bare(text: str) -> str:
    """Without accents."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def _text(value: Any) -> str:
    return str(value or "").strip()
