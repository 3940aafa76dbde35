"""A customer or item that can't be judged, whatever is wrong with it, counts as not compared and holds up no
other."""

import uuid

from sqlalchemy import text, update

from portal import outbox
from portal.extensions import db
from portal.models import Connection, Link
from portal.models.kinds import RecordRef
from portal.push import agreement
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.both_sides import DESCRIPTION, Pair, status_of
from tests.support.lines import caught

NONSENSE = {"Sku": {"what": "before"}}  # no decision that our rules can read


def test_one_that_cannot_be_judged_stops_neither_its_batch_nor_the_drain(books: Books) -> None:
    """Both arrived: that is written down of each of them, whatever becomes of the look at both sides."""
    poisoned, other = (Pair(books, DESCRIPTION, sku_id) for sku_id in stand_there(books, 2))
    for pair in (poisoned, other):
        pair.save(DESCRIPTION.first)
        pair.ask()
    before = len(books.writes())
    with caught() as lines, books.before_a_write(lambda: poison(books, poisoned.id)):
        books.carry()
    assert len(books.writes()) == before + 1
    for pair in (poisoned, other):
        assert (pair.text(), pair.pushes()[-1]) == (DESCRIPTION.first, "synced")
    assert (poisoned.status(), other.status()) == ("uncompared", "synced")
    told = [line for line in lines() if line["level"] == "ERROR"]
    assert {line["reference"] for line in told} == {f"sku {poisoned.id}"}
    assert {"drain", "ends"} <= set(lines()[-1]["message"].split())
    assert books.synced_order()


def test_the_others_of_a_drain_are_compared_and_it_ends(books: Books) -> None:
    poisoned, *others = stand_there(books, 3)
    poison(books, poisoned)
    forget(books)
    books.carry()
    assert status_of(books, RecordRef("sku", poisoned)) == "uncompared"
    assert {status_of(books, RecordRef("sku", one)) for one in others} == {"synced"}
    with books.working():
        assert not agreement.compare_pending(books.connection_id)


def test_what_the_database_refuses_for_all_at_once_is_done_one_by_one(books: Books) -> None:
    poisoned, *others = stand_there(books, 3)
    forget(books)
    with books.working():
        one = f"NEW.record_id = '{poisoned.hex}' AND NEW.differs = '{{}}'"
        refuse = f"BEGIN SELECT RAISE(ABORT, 'refused') WHERE {one}; END"
        db.session.execute(text(f"CREATE TRIGGER refuse BEFORE UPDATE ON link {refuse}"))
    books.carry()
    assert status_of(books, RecordRef("sku", poisoned)) == "uncompared"
    assert {status_of(books, RecordRef("sku", one)) for one in others} == {"synced"}


def stand_there(books: Books, how_many: int) -> list[uuid.UUID]:
    with books.working():
        skus = [distributor.sku().id for _ in range(how_many)]
        outbox.ask("sku", skus, reason="bulk", actor=books.bo)
    books.carry()
    assert {status_of(books, RecordRef("sku", one)) for one in skus} == {"synced"}
    return skus


def poison(books: Books, sku_id: uuid.UUID) -> None:
    with books.working():
        db.session.execute(update(Link).where(Link.record_id == sku_id).values(decided=NONSENSE))


def forget(books: Books) -> None:
    with books.working():
        agreement.forget_all(db.session.get_one(Connection, books.connection_id), "sku")
