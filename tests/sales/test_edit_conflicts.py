"""Of two people who edit a record at once, the second is told what is stored, field by field."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Location
from portal.sales import edit_conflicts
from tests.support import distributor as given

MAKERS = (given.customer, given.location, given.product, given.sku)


@pytest.mark.parametrize("make", MAKERS)
def test_the_first_one_writes_and_raises_the_version(ours: uuid.UUID, make: Callable[[], Any]) -> None:
    record = make()
    edit_conflicts.write(record, {"name": "New name"}, 1)
    db.session.flush()
    assert (record.name, record.version) == ("New name", 2)


@pytest.mark.parametrize("make", MAKERS)
def test_the_second_one_is_told_and_nothing_is_stored(ours: uuid.UUID, make: Callable[[], Any]) -> None:
    record = make()
    edit_conflicts.write(record, {"name": "First"}, 1)
    db.session.commit()
    with pytest.raises(edit_conflicts.ChangedMeanwhile) as told:
        edit_conflicts.write(record, {"name": "Second"}, 1)
    assert (told.value.version, told.value.differences) == (2, [("Name", "First", "Second")])
    db.session.flush()
    assert record.name == "First"


def test_who_typed_what_the_other_stored_is_not_bothered(ours: uuid.UUID) -> None:
    location = given.location(name="Bar")
    edit_conflicts.write(location, {"name": "Front bar"}, 1)
    db.session.commit()
    edit_conflicts.write(location, {"name": "Front bar"}, 1)
    assert location.version == 2


def test_values_are_told_as_a_person_reads_them(ours: uuid.UUID) -> None:
    term = given.term("Net 45")
    location = given.location(delivery_address={"line1": "1 King St", "city": "Toronto"})
    entered = {
        "payment_term_id": term.id,
        "delivery_address": {"city": "Ottawa"},
        "tax_status": "zero_rated",
        "active": False,
        "third_party_id": "TP-1",
    }
    with pytest.raises(edit_conflicts.ChangedMeanwhile) as told:
        edit_conflicts.write(location, entered, 0)
    assert told.value.differences == [
        ("Payment term", "", term.name),
        ("Delivery address", "1 King St, Toronto", "Ottawa"),
        ("Tax status", "default", "zero-rated"),
        ("Status", "active", "inactive"),
        ("Third-party ID", "", "TP-1"),
    ]


def test_a_new_record_has_no_other_editor(ours: uuid.UUID) -> None:
    location = Location(**given.owner(), customer_id=given.customer().id)
    edit_conflicts.write(location, {"number": "L-1", "name": "Bar"}, -1)
    assert location.name == "Bar"
