"""The rule between both sides, row by row, read from the books of QuickBooks after each step."""

import pytest

from portal.company import theirs
from portal.company.entities import fields_of
from portal.decisions.differing_fields import change_quickbooks, keep_both
from portal.models.types import storable
from portal.plan.fields import FIELDS
from portal.plan.three_way import Sides
from portal.plan.types import Linked, Payload
from portal.push import agreement
from tests.support.bookkeeping import Books
from tests.support.both_sides import BOTH_KINDS, DESCRIPTION, PHONE, Case, Pair

each_kind = pytest.mark.parametrize("case", BOTH_KINDS, ids=["customer", "item"])


@pytest.fixture
def pair(books: Books, case: Case) -> Pair:
    return Pair(books, case)


@each_kind
class TestChangedHere:
    def test_it_is_sent_and_what_is_emptied_here_is_emptied_there(self, pair: Pair, case: Case) -> None:
        for text in (case.first, case.then, ""):
            version = pair.version()
            pair.save(text)
            assert (pair.status(), pair.differs()) == ("changed", {case.field: "send"})
            pair.push()
            assert (pair.text(), pair.status()) == (text, "synced")
            assert pair.version() == version + 1

    def test_a_save_while_it_is_being_sent_is_never_green(self, pair: Pair, case: Case) -> None:
        pair.save(case.first)
        pair.ask()
        with pair.books.before_a_write(lambda: pair.save(case.then)):
            pair.books.carry()
        assert pair.text() == case.first
        assert (pair.status(), pair.differs()) == ("changed", {case.field: "send"})
        pair.push()
        assert (pair.text(), pair.status()) == (case.then, "synced")


@each_kind
class TestChangedThere:
    def test_theirs_stays_and_is_shown_and_what_changed_here_travels_beside_it(
        self, pair: Pair, case: Case
    ) -> None:
        """Our token is stale: theirs is read, merged, and what is to be sent goes on the new one."""
        pair.both_have(case.first)
        pair.edit_there(case.other)
        pair.change_beside()
        pair.push()
        assert pair.text() == case.other
        assert pair.has_beside()
        assert (pair.status(), pair.differs()) == ("edited", {case.field: "there"})
        [shown] = pair.differing()
        assert (shown.verdict, shown.ours, shown.theirs) == ("there", case.first, case.other)
        assert pair.stands()[shown.word].text == case.other
        version = pair.version()
        pair.push()
        assert (pair.version(), pair.status()) == (version, "edited")

    def test_kept_both_ways_it_is_green_with_a_mark_until_either_side_moves(
        self, pair: Pair, case: Case
    ) -> None:
        pair.both_have(case.first)
        pair.edit_there(case.other)
        pair.change_beside()
        pair.push()
        version = pair.version()
        pair.choose(keep_both)
        pair.push()
        assert (pair.text(), pair.version()) == (case.other, version)
        assert (pair.status(), pair.differs()) == ("marked", {case.field: "kept"})
        pair.save(case.then)
        assert (pair.status(), pair.differs()) == ("changed", {case.field: "send"})

    def test_changing_quickbooks_puts_ours_there(self, pair: Pair, case: Case) -> None:
        pair.both_have(case.first)
        pair.edit_there(case.other)
        pair.change_beside()
        pair.push()
        pair.choose(change_quickbooks)
        pair.books.carry()
        assert (pair.text(), pair.status(), pair.differs()) == (case.first, "synced", {})


class TestTheNameThatAnItemIsTold:
    def test_a_name_changed_there_stays_a_difference_although_each_update_says_it(self, books: Books) -> None:
        """QuickBooks wants an item named in each update; theirs, where that is not ours to change."""
        pair = Pair(books, DESCRIPTION)
        pair.change_there(Name="Amber, renamed")
        pair.save(DESCRIPTION.first)
        pair.push()
        assert (pair.entity()["Name"], pair.text()) == ("Amber, renamed", DESCRIPTION.first)
        assert (pair.status(), pair.differs()) == ("edited", {"Name": "there"})


@each_kind
class TestChangedOnBothSides:
    def test_nothing_is_sent_and_a_person_chooses(self, pair: Pair, case: Case) -> None:
        pair.both_have(case.first)
        pair.edit_there(case.other)
        version = pair.version()
        pair.save(case.then)
        pair.push()
        assert (pair.text(), pair.version()) == (case.other, version)
        assert (pair.status(), pair.differs()) == ("edited", {case.field: "both"})
        [shown] = pair.differing()
        assert (shown.ours, shown.theirs) == (case.then, case.other)
        pair.push()
        assert (pair.version(), pair.status()) == (version, "edited")


class TestWithoutTheRule:
    """The check at the end of each test sees the false green that a merge would make which records what no
    request carried, and no answer showed."""

    def test_taking_for_agreed_what_was_not_sent_is_found_out(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = Pair(books, PHONE)
        pair.both_have(PHONE.first)
        pair.edit_there(PHONE.other)
        pair.change_beside()
        with monkeypatch.context() as without:
            without.setattr(agreement, "agreements", _all_agrees)
            pair.push()
        assert pair.status() == "marked"
        lies = books.untrue()
        assert any("PrimaryPhone differs in green, and nobody said so" in lie for lie in lies), lies
        pair.choose(change_quickbooks, "PrimaryPhone", "PrimaryEmailAddr")
        books.carry()

    def test_taking_for_answered_what_was_only_wanted_is_found_out(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pair = Pair(books, PHONE)
        pair.both_have(PHONE.first)
        pair.edit_there(PHONE.other)
        pair.change_beside()
        with monkeypatch.context() as without:
            ours = {PHONE.field: PHONE.write(PHONE.first)}
            without.setattr(theirs, "fields_of", lambda entity: fields_of(entity) | ours)
            pair.push()
        assert pair.status() == "synced"
        [lie] = books.untrue()
        assert PHONE.first in lie
        assert PHONE.other in lie
        pair.change(email="pub@fox.example")
        pair.push()
        assert pair.status() == "edited"


def _all_agrees(linked: Linked, sides: Sides, *_: object) -> tuple[Payload, Payload, Payload]:
    ours: Payload = {field.name: field.ours(sides.wanted) for field in FIELDS[linked.kind]}
    shown: Payload = {
        field.name: field.theirs(linked.theirs or {}, (), ours[field.name]) for field in FIELDS[linked.kind]
    }
    return storable(ours), storable(shown), {}
