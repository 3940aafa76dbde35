"""Records as people call them; those of one name say which one is meant."""

import uuid

from portal.models.kinds import ref_of
from portal.report import names
from tests.support import distributor as given


def test_records_of_one_name_say_which_one_is_meant(ours: uuid.UUID) -> None:
    pub, ale = given.customer(name="The Old Mill"), given.product(name="Ale")
    one, other = (given.location(customer=pub, name="Main", number=number) for number in ("7", "8"))
    third = given.location(customer=pub, name="Yard")
    skus = [given.sku(product=ale, name="Keg", code=code) for code in ("A-1", None)]
    found = names.names_of([*map(ref_of, (one, other, third)), *map(ref_of, skus)])
    assert set(found.values()) == {
        "The Old Mill · Main (location number 7)",
        "The Old Mill · Main (location number 8)",
        "The Old Mill · Yard",
        "Ale · Keg (SKU code A-1)",
        "Ale · Keg (SKU code none)",
    }
