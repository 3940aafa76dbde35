"""Countries are offered by their codes and known however they are spelled."""

import pytest

from portal.plan.countries import code_of, names, with_code


@pytest.mark.parametrize(
    ("spelled", "code"),
    [
        *((one, "CAN") for one in ("Canada", "CA", "can", " CANADA ")),
        *((one, "USA") for one in ("U.S.A.", "us", "U S A", "United States", "United States of America")),
        *((one, "GBR") for one in ("UK", "United Kingdom", "England")),
        *((one, "NLD") for one in ("The Netherlands", "Holland")),
        ("Côte d'Ivoire", "CIV"),
        ("Ontario", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_its_names_and_codes(spelled: str, code: str | None) -> None:
    assert code_of(spelled) == code


def test_all_are_offered_the_two_that_we_sell_in_first() -> None:
    assert [*names().items()][:3] == [("CAN", "Canada"), ("USA", "United States"), ("AFG", "Afghanistan")]
    assert len(names()) > 240


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("1 king st toronto canada", "1 king st toronto can"),
        ("5th ave new york united states of america", "5th ave new york usa"),
        ("1 king st toronto on", "1 king st toronto on"),
        ("", ""),
    ],
)
def test_an_address_ends_in_the_code_of_its_country(words: str, said: str) -> None:
    assert with_code(words.split()) == said.split()
