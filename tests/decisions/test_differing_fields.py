"""Fields in which both sides of a customer or item differ: what a person decides, and what stands then."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

import portal.decisions.differing_fields as deciding
from portal import decisions
from portal.decisions.differing_records import Narrowed, totals
from portal.extensions import db
from portal.models import Connection, Event, Link, Location, Push
from portal.models.kinds import RecordRef
from tests.support import distributor as given
from tests.support.bookkeeping import Books
from tests.support.differing import (
    EMAIL,
    PHONE,
    change_here,
    check,
    differ,
    edit_there,
    fields,
    goods,
    place,
    there,
    verdicts,
)


class TestChangeQuickBooks:
    def test_our_value_goes_there_and_no_other(self, books: Books) -> None:
        with_phone_and_mail(books)
        differ(books)
        decide(books, decisions.change_quickbooks, place(books), "PrimaryPhone")
        assert status(books) == "queued"
        books.carry()
        assert there(books, place(books))["PrimaryPhone"]["FreeFormNumber"] == "416 555 0100"
        assert there(books, place(books))["PrimaryEmailAddr"] == EMAIL
        assert verdicts(books, place(books)) == {"PrimaryEmailAddr": "there"}
        assert told(books)[-1] == (
            "changed_theirs",
            "To be changed in QuickBooks to what stands here: phone.",
        )

    def test_what_is_empty_here_empties_theirs(self, books: Books) -> None:
        edit_there(books, place(books), PrimaryPhone=PHONE)
        change_here(books, place(books), phone="416 555 0100")
        check(books, place(books))
        books.decide(
            deciding.keep_both, place(books), [fields(books, place(books))["PrimaryPhone"].seen], books.bo
        )
        change_here(books, place(books), phone="")
        decide(books, decisions.change_quickbooks, place(books), "PrimaryPhone")
        books.carry()
        assert not there(books, place(books)).get("PrimaryPhone", {}).get("FreeFormNumber")
        assert status(books) == "synced"

    def test_a_record_that_is_kept_back_is_not_sent(self, books: Books) -> None:
        differ(books)
        with books.working():
            db.session.get_one(Location, books.place).not_to_be_sent = "Pays in cash"
        with pytest.raises(decisions.CantDecide, match="held back"):
            decide(books, decisions.change_quickbooks, place(books), "PrimaryPhone")


class TestKeepBoth:
    def test_nothing_is_sent_and_it_is_green_with_a_mark_until_one_side_moves(self, books: Books) -> None:
        differ(books)
        before = len(books.writes())
        decide(books, decisions.keep_both, place(books), "PrimaryPhone", "PrimaryEmailAddr")
        books.carry()
        assert (len(books.writes()), status(books)) == (before, "marked")
        kept = fields(books, place(books))["PrimaryPhone"]
        assert (kept.verdict, kept.decided, kept.by) == ("kept", "both", books.bo.name)
        assert kept.at is not None
        edit_there(books, place(books), PrimaryPhone={"FreeFormNumber": "647 555 0123"})
        check(books, place(books))
        assert verdicts(books, place(books)) == {"PrimaryPhone": "there", "PrimaryEmailAddr": "kept"}
        assert status(books) == "edited"


class TestMovedOn:
    @pytest.mark.parametrize("verb", [decisions.change_quickbooks, decisions.keep_both])
    def test_values_nobody_saw_are_not_decided_about(self, books: Books, verb: Callable[..., Any]) -> None:
        differ(books)
        seen = [one.seen for one in fields(books, place(books)).values()]
        edit_there(books, place(books), PrimaryPhone={"FreeFormNumber": "647 555 0123"})
        check(books, place(books))
        with pytest.raises(decisions.CantDecide, match="look at it again"):
            books.decide(verb, place(books), seen, books.bo)
        change_here(books, place(books), email="new@example.com")
        with pytest.raises(decisions.CantDecide, match="look at it again"):
            books.decide(verb, place(books), seen[1:], books.bo)
        assert verdicts(books, place(books)) == {"PrimaryPhone": "there", "PrimaryEmailAddr": "both"}
        assert books.pushes(books.place)[-1] == "synced"

    def test_nothing_ticked_says_so(self, books: Books) -> None:
        differ(books)
        with pytest.raises(decisions.CantDecide, match="Tick the fields first"):
            books.decide(decisions.keep_both, place(books), [], books.bo)

    def test_what_was_not_read_is_read_first(self, books: Books) -> None:
        check(books, place(books))
        edit_there(books, place(books), PrimaryPhone=PHONE)
        books.decide(decisions.check_records, "location", [books.place])
        unread = fields(books, place(books))["Tax"]
        assert (unread.verdict, unread.theirs) == ("unknown", "not read yet")
        with pytest.raises(decisions.CantDecide, match="Check now"):
            books.decide(decisions.keep_both, place(books), [unread.seen], books.bo)

    def test_while_it_is_on_its_way_nothing_is_decided(self, books: Books) -> None:
        differ(books)
        seen = [fields(books, place(books))["PrimaryPhone"].seen]
        with books.working():
            wish = Push(**given.owner(), connection_id=books.connection_id, record_kind="location")
            wish.record_id, wish.state, wish.revision, wish.reason = books.place, "unsure", 1, "bulk"
            db.session.add(wish)
        with pytest.raises(decisions.CantDecide, match="on its way"):
            books.decide(decisions.keep_both, place(books), seen, books.bo)


class TestMany:
    def test_all_that_waits_for_a_choice_is_kept_as_it_is(self, books: Books) -> None:
        differ(books)
        assert committed(books, deciding.keep_all_both, "location", [books.place]) == 1
        assert status(books) == "marked"
        assert committed(books, deciding.keep_all_both, "location", [books.place]) == 0

    def test_all_that_waits_for_a_choice_is_changed_there(self, books: Books) -> None:
        edit_there(books, goods(books), UnitPrice=99)
        check(books, goods(books))
        assert committed(books, deciding.change_all, "sku", [books.goods]) == 1
        books.carry()
        assert there(books, goods(books))["UnitPrice"] == 12.5

    def test_what_an_update_overwrote_is_put_back_once(self, books: Books) -> None:
        """As if the first update after a match had overwritten this phone."""
        with_phone_and_mail(books)
        with books.working():
            of_place = select(Link).where(Link.record_id == books.place)
            db.session.scalars(of_place).one().before = {"PrimaryPhone": PHONE}
        assert committed(books, deciding.put_back, "location", [books.place]) == 1
        books.carry()
        assert there(books, place(books))["PrimaryPhone"] == PHONE
        assert verdicts(books, place(books)) == {"PrimaryPhone": "kept"}
        assert status(books) == "marked"
        assert committed(books, deciding.put_back, "location", [books.place]) == 0

    def test_what_was_edited_there_since_is_neither_put_back_nor_counted_as_if_it_could_be(
        self, books: Books
    ) -> None:
        """Nor once that edit was accepted: it is no value of ours that stands there."""
        with_phone_and_mail(books)
        with books.working():
            of_place = select(Link).where(Link.record_id == books.place)
            db.session.scalars(of_place).one().before = {"PrimaryPhone": PHONE}
        assert can_be_put_back(books) == 1
        edit_there(books, place(books), PrimaryPhone={"FreeFormNumber": "647 555 0123"})
        check(books, place(books))
        assert can_be_put_back(books) == 0
        assert committed(books, deciding.keep_all_both, "location", [books.place]) == 1
        assert committed(books, deciding.put_back, "location", [books.place]) == 0


def can_be_put_back(books: Books) -> int:
    """How many the list says there are."""
    with books.working():
        connection = db.session.get_one(Connection, books.connection_id)
        return sum(totals(connection, Narrowed("overwritten")).values())


def test_a_record_that_is_not_linked_has_no_fields(books: Books) -> None:
    with books.working():
        stranger = RecordRef("location", given.location().id)
    assert books.decide(deciding.differing_fields, stranger) == []
    with pytest.raises(decisions.CantDecide):
        books.decide(decisions.keep_both, stranger, [uuid.uuid4().hex], books.bo)


def test_of_one_that_is_gone_nothing_differs_and_nothing_can_be_decided(books: Books) -> None:
    edit_there(books, place(books), PrimaryPhone=PHONE)
    check(books, place(books))
    seen = [one.seen for one in fields(books, place(books)).values()]
    kept = books.person("create", "Customer", object={"DisplayName": "Another"})["Id"]
    books.person("merge", "Customer", id=books.link(books.place).external_id, into=kept)
    check(books, place(books))
    assert seen
    assert books.link(books.place).theirs.gone
    assert fields(books, place(books)) == {}
    with pytest.raises(decisions.CantDecide):
        books.decide(decisions.change_quickbooks, place(books), seen, books.bo)


def with_phone_and_mail(books: Books) -> None:
    """Both sides say the same phone and e-mail."""
    change_here(books, place(books), phone="416 555 0100", email="bar@example.com")
    edit_there(
        books,
        place(books),
        PrimaryPhone={"FreeFormNumber": "416 555 0100"},
        PrimaryEmailAddr={"Address": "bar@example.com"},
    )
    check(books, place(books))
    assert verdicts(books, place(books)) == {}


def decide(books: Books, verb: Callable[..., Any], ref: RecordRef, *names: str) -> None:
    standing = fields(books, ref)
    books.decide(verb, ref, [standing[name].seen for name in names], books.bo)


def committed(books: Books, verb: Callable[..., Any], *args: Any) -> int:
    with books.working():
        return int(verb(*args, books.bo))


def status(books: Books) -> str:
    with books.working():
        return str(db.session.get_one(Location, books.place).integration_status)


def told(books: Books) -> list[tuple[str, str]]:
    with books.working():
        events = select(Event.what, Event.text).where(Event.record_id == books.place).order_by(Event.at)
        return [(what, text) for what, text in db.session.execute(events)]
