"""What was answered about the taxes of provinces, held against the codes that are chosen for them."""

from decimal import Decimal

import pytest

from portal.mapping.choices import Option
from portal.mapping.registrations import asked_about, contradiction
from portal.mapping.slots import Slot

REGISTERED = {"BC": True, "MB": False, "QC": False}


@pytest.mark.parametrize(
    ("province", "rate", "odd"),
    [
        ("BC", "12", ""),
        (
            "BC",
            "5",
            "You said that you are registered for PST in British Columbia, and A doesn't charge it",
        ),
        ("BC", "0", ""),
        ("MB", "12", "You said that you are not registered for PST in Manitoba, and A charges it"),
        ("MB", "5", ""),
        ("MB", "0", ""),
        ("QC", "14.975", "You said that you are not registered for QST in Quebec, and A charges it"),
        ("SK", "11", ""),  # nobody has said
        ("", "12", ""),
    ],
)
def test_a_code_that_says_otherwise_than_the_answer_is_odd(province: str, rate: str, odd: str) -> None:
    assert contradiction(slot(province), Option("1", "A", "", rate=Decimal(rate)), REGISTERED) == odd


def test_certificates_and_codes_without_a_rate_are_never_odd() -> None:
    assert (
        contradiction(slot("MB", "provincial_exempt"), Option("1", "A", "", rate=Decimal(12)), REGISTERED)
        == ""
    )
    assert contradiction(slot("MB"), Option("1", "A", ""), REGISTERED) == ""


def test_only_of_provinces_with_a_tax_of_their_own_it_is_asked() -> None:
    assert asked_about([slot("ON"), slot("MB"), slot("BC"), slot(""), slot("SK", "abroad")]) == ["BC", "MB"]


def slot(province: str, ours: str = "default") -> Slot:
    return Slot("customer_tax", ours, province, "Sales", 1, "1 location")
