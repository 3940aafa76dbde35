"""In which order a drain locks rows: pages lock them in the same order, so that none waits for the other."""

import pytest

from portal.decisions import hold_back
from portal.extensions import db
from portal.mapping import save_choices, sync_settings
from portal.mapping.keys import save_keys
from portal.mapping.slots import slots
from portal.models import Location, Sku
from portal.sales import edit_conflicts, records
from tests.support.bookkeeping import Books
from tests.support.queries import queries

WRITES = ("UPDATE", "INSERT", "DELETE")


def test_the_connection_is_locked_before_anything_that_a_page_may_hold(books: Books) -> None:
    books.order()
    with queries() as seen:
        books.carry()
    armed = [number for number, one in enumerate(seen) if one.startswith("INSERT INTO delivery")]
    assert armed
    for number in armed:
        begun = max(n for n in range(number) if seen[n].startswith("UPDATE drain_lease"))
        assert seen[begun + 1].startswith("SELECT connection.id \nFROM connection"), seen[begun : begun + 3]


@pytest.mark.parametrize("what", ["location", "customer", "sku", "product"])
def test_a_save_waits_for_a_drain_before_it_writes_anything(books: Books, what: str) -> None:
    """Else both judge the two sides of one record, each by what stood there before the other."""
    with books.working():
        place, goods = db.session.get_one(Location, books.place), db.session.get_one(Sku, books.goods)
        with queries() as seen:
            if what == "location":
                place.phone = "416 555 0101"
                records.save_location(place, books.bo)
            elif what == "customer":
                place.customer.name = "Fox and Fiddle"
                records.save_customer(place.customer, books.bo)
            elif what == "sku":
                goods.barcode = "0612"
                records.save_sku(goods, books.bo)
            else:
                goods.product.description = "Amber"
                records.save_product(goods.product, books.bo)
    assert locks_first(seen)


def test_a_form_waits_for_it_before_it_counts_the_version(books: Books) -> None:
    with books.working():
        goods = db.session.get_one(Sku, books.goods)
        with queries() as seen:
            edit_conflicts.write(goods, {"barcode": "0612"}, goods.version)
    assert locks_first(seen)


def test_one_that_is_kept_back_or_let_go_again_waits_for_it(books: Books) -> None:
    with books.working():
        place = db.session.get_one(Location, books.place)
        with queries() as seen:
            hold_back.keep_back(place, "asked to wait", books.bo)
        assert locks_first(seen)
        with queries() as seen:
            hold_back.send_after_all(place, books.bo)
    assert locks_first(seen)


@pytest.mark.parametrize("what", ["keys", "mapping", "settings"])
def test_a_setting_waits_for_it_before_it_is_stored(books: Books, what: str) -> None:
    """Else a drain writes down what it judged by the one before, and nobody judges anew."""
    with books.working():
        terms = slots("payment-terms")
        with queries() as seen:
            if what == "keys":
                save_keys.save({"customer_ours": "number"}, books.bo)
            elif what == "mapping":
                save_choices.save(terms, {terms[0].key: "2"}, books.bo)
            else:
                sync_settings.save({"print_notes": True}, books.bo)
    assert locks_first(seen)


def locks_first(seen: list[str]) -> bool:
    locked = next(number for number, one in enumerate(seen) if one.startswith("SELECT drain_lease.fence"))
    return locked < min(number for number, one in enumerate(seen) if one.startswith(WRITES))
