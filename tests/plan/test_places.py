"""However provinces, states and countries are spelled: a table typed out."""

import pytest

from portal.plan.places import (
    NOT_TOLD,
    Place,
    code_to_send,
    country_code,
    is_known,
    name_of,
    place_of,
    province_code,
    with_codes,
)

CANADIAN = {
    "AB": ["AB", "Alberta", "Alta.", "ALTA", "Alb."],
    "BC": ["B.C.", "b. c.", "British Columbia", "Colombie-Britannique", "C.-B.", "BRITISH  COLUMBIA"],
    "MB": ["MB", "Man.", "Manitoba", "Province of Manitoba"],
    "NB": ["N.B.", "NB", "New Brunswick", "New-Brunswick", "Nouveau-Brunswick", "N.-B."],
    "NL": [
        "NL",
        "N.L.",
        "NF",
        "Nfld.",
        "Nfld. & Lab.",
        "Newfoundland",
        "Newfoundland & Labrador",
        "T.-N.-L.",
    ],
    "NS": ["N.S.", "N. S.", "NS ", "nova scotia", "Nouvelle-Écosse", "Nouvelle Ecosse", "N.-É."],
    "NT": ["NT", "N.W.T.", "NWT", "Northwest Territories", "Territoires du Nord-Ouest", "T.N.-O."],
    "NU": ["NU", "Nunavut", "Nvt."],
    "ON": ["ON", "on", "Ont.", "ONT", "Ontario", "CA-ON", "ON - Ontario", "Ontario, Canada"],
    "PE": ["PE", "PEI", "P.E.I.", "Prince Edward Island", "Île-du-Prince-Édouard", "Î.-P.-É.", "IPE"],
    "QC": [
        "QC",
        "Qc",
        "PQ",
        "P.Q.",
        "Que.",
        "QUÉ",
        "Quebec",
        "Québec",
        "QUÉBEC",
        "Province de Québec",
        "Québec (QC)",
    ],
    "SK": ["SK", "Sask.", "Saskatchewan"],
    "YT": ["YT", "Yukon", "Yukon Territory", "Y.T.", "Yn"],
}
AMERICAN = {
    "AE": ["AE"],
    "CA": ["CA", "Calif.", "California", "Californie"],
    "DC": ["DC", "D.C.", "Washington, D.C.", "District of Columbia"],
    "GA": ["Ga.", "Georgia"],
    "MA": ["Mass.", "massachusetts", "Commonwealth of Massachusetts", "MA, USA"],
    "NE": ["NE", "Neb.", "Nebr.", "Nebraska"],
    "ND": ["N.D.", "N. Dak.", "North Dakota"],
    "NY": ["N.Y.", "New York", "New York State", "State of New York", "US-NY"],
    "PA": ["Penna.", "Pa.", "Pennsylvanie"],
    "WA": ["WA", "Wash.", "Washington", "Washington State", "State of Washington"],
    "WV": ["W.Va.", "West Virginia"],
}
COUNTRIES = {
    "CA": ["CA", "CAN", "Canada", "canada "],
    "DE": ["DE", "DEU", "Germany", "Allemagne", "Federal Republic of Germany"],
    "GB": ["GB", "GBR", "UK", "U.K.", "United Kingdom", "Royaume-Uni", "England", "Scotland"],
    "KR": ["South Korea", "Korea, Republic of", "Republic of Korea", "KOR"],
    "NL": ["Netherlands", "The Netherlands", "Holland", "Pays-Bas"],
    "US": [
        "US",
        "U.S.",
        "USA",
        "U.S.A.",
        "United States",
        "United States of America",
        "États-Unis",
        "Etats-Unis",
    ],
}


def spelled(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(written, code) for code, every in table.items() for written in every]


@pytest.mark.parametrize(("written", "code"), spelled(CANADIAN))
def test_provinces_are_known_by_any_usual_spelling(written: str, code: str) -> None:
    assert province_code(written, "CA") == code


@pytest.mark.parametrize(("written", "code"), spelled(AMERICAN))
def test_states_are_known_by_any_usual_spelling(written: str, code: str) -> None:
    assert province_code(written, "US") == code


@pytest.mark.parametrize(("written", "code"), spelled(COUNTRIES))
def test_countries_are_known_by_any_usual_spelling(written: str, code: str) -> None:
    assert country_code(written) == code


@pytest.mark.parametrize("written", ["Ontarioo", "Ont./Que.", "Montréal, QC", "Canada", "NE", "X", "Wash."])
def test_what_is_no_province_stays_as_it_is_written_and_is_known_to_be_none(written: str) -> None:
    code = province_code(written, "CA")
    assert (code, is_known(code, "CA")) == (written.upper(), False)


@pytest.mark.parametrize(
    ("written", "country", "home", "sent"),
    [
        ("Wash.", "", "US", "WA"),
        ("N.S.", "Canada", "US", "NS"),
        ("Que.", "CAN", "", "QC"),
        ("Wash.", "", "CA", "Wash."),
        ("Ontarioo", "", "CA", "Ontarioo"),
        ("Ont./Que.", "", "CA", "Ont./Que."),
        ("Bayern", "DEU", "CA", "Bayern"),
        ("Wash.", "Somewhere", "US", "Wash."),
        ("Wash.", "", "", "Wash."),
        ("", "", "US", ""),
    ],
)
def test_of_a_province_that_is_known_its_code_is_sent_and_else_what_is_written(
    written: str, country: str, home: str, sent: str
) -> None:
    assert code_to_send(written, country, home) == sent


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("seattle wash. 98101", "seattle wa 98101"),
        ("st. john's newfoundland & labrador", "st. john's nl"),
        ("halifax n s b3h", "halifax ns b3h"),
        ("québec qué.", "quebec qc"),
        ("georgetown p.e.i. c0a", "georgetown pe c0a"),
    ],
)
def test_an_address_says_the_same_however_its_province_is_spelled(one: str, other: str) -> None:
    assert with_codes(one.split()) == with_codes(other.split())


def test_another_province_is_another_address() -> None:
    assert with_codes(["springfield", "ill."]) != with_codes(["springfield", "mo"])
    assert with_codes(["1", "king", "st", "w"]) == ["1", "king", "st", "w"]


@pytest.mark.parametrize("written", ["Canda", "N/A", "Toronto", "XX"])
def test_what_is_no_country_is_none(written: str) -> None:
    assert country_code(written) is None


@pytest.mark.parametrize(
    ("delivery", "billing", "home", "place"),
    [
        ({"province": "N.S."}, {"province": "ON"}, "CA", Place("CA", "NS")),
        ({}, {"province": "Ont."}, "CA", Place("CA", "ON")),
        ({"city": " "}, {"province": "Ont."}, "CA", Place("CA", "ON")),  # nothing stands in it
        ({"city": "Hull"}, {"province": "Ont."}, "CA", Place("CA", NOT_TOLD)),  # not where it is billed
        (None, None, "CA", Place("CA", NOT_TOLD)),
        ({"province": "Wash.", "country": "usa"}, {}, "CA", Place("US", "WA", abroad=True)),
        ({"province": "ON", "country": "Canada"}, {}, "US", Place("CA", "ON", abroad=True)),
        ({"province": "Kent", "country": "England"}, {}, "GB", Place("GB", "KENT")),
        ({"province": "ON", "country": "Canda"}, {}, "CA", Place("Canda", "ON", unknown_country="Canda")),
        ({"country": "France"}, {}, "", Place("FR", NOT_TOLD)),  # no company, so nothing is abroad
    ],
)
def test_where_it_is_delivered_is_read_from_one_address(
    delivery: dict[str, str] | None, billing: dict[str, str] | None, home: str, place: Place
) -> None:
    assert place_of(delivery, billing, home) == place


def test_a_code_is_told_by_its_name() -> None:
    assert [name_of("NS", "CA"), name_of("WA", "US"), name_of("X", "CA"), name_of("KENT", "GB")] == [
        "Nova Scotia",
        "Washington",
        "X",
        "KENT",
    ]
