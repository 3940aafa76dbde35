"""Orders are numbered by the organization's pattern, each once."""

import uuid

import pytest

from portal.extensions import db
from portal.models import Organization
from portal.sales import Refused, order_numbers
from tests.support import distributor as given


def test_numbers_that_orders_have_already_are_passed_over(ours: uuid.UUID) -> None:
    pattern(ours, next_number=9, number_prefix="A", number_digits=2)
    for number in ("A09", "A11"):
        given.order([], number=number)
    assert order_numbers.next_number() == "A09"
    assert [order_numbers.take_number() for _ in range(3)] == ["A10", "A12", "A13"]


def test_where_people_enter_each_none_is_given(ours: uuid.UUID) -> None:
    assert order_numbers.next_number() is None
    with pytest.raises(Refused, match=r"Enter a number\."):
        order_numbers.take_number()


def test_where_too_many_are_taken_a_person_is_asked(ours: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_numbers, "MOST_SKIPPED", 2)
    pattern(ours, next_number=1)
    for number in ("1", "2"):
        given.order([], number=number)
    with pytest.raises(Refused, match="choose a higher next number"):
        order_numbers.take_number()


def test_what_is_made_from_an_order_ends_as_the_organization_says(ours: uuid.UUID) -> None:
    endings = [order_numbers.ending(made) for made in ("credit", "extra", "return")]
    assert endings == ["-C", "-X", "-R"]
    pattern(ours, credit_ending="/CM")
    assert order_numbers.ending("credit") == "/CM"


def pattern(organization_id: uuid.UUID, **values: object) -> None:
    organization = db.session.get_one(Organization, organization_id)
    for name, value in values.items():
        setattr(organization, name, value)
    db.session.flush()
