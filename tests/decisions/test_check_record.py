"""*Check now*: a record is read from QuickBooks, judged, and nothing is sent."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal import decisions
from portal.company.reader import Unavailable
from portal.decisions import document_sides
from portal.extensions import db
from portal.models import Link, Location, Push, Sku, Theirs
from portal.models.base import now
from portal.models.kinds import RecordRef
from tests.support import distributor as given
from tests.support.bookkeeping import Books
from tests.support.differing import (
    PHONE,
    check,
    claim_nothing,
    differ,
    edit_there,
    goods,
    place,
    there,
    verdicts,
)
from tests.support.undecided import choose, edit_lines, must_choose


class TestOneRecord:
    def test_what_was_changed_there_is_seen_and_nothing_is_sent(self, books: Books) -> None:
        before = len(books.writes())
        edit_there(books, place(books), PrimaryPhone=PHONE)
        assert status(books, place(books)) == "synced"
        assert "phone differs" in check(books, place(books))
        assert verdicts(books, place(books)) == {"PrimaryPhone": "there"}
        assert status(books, place(books)) == "edited"
        books.carry()
        assert len(books.writes()) == before
        assert there(books, place(books))["PrimaryPhone"] == PHONE

    @pytest.mark.parametrize("named", ["GivenName", "FamilyName"])
    def test_a_contact_that_somebody_named_there_is_seen(self, books: Books, named: str) -> None:
        edit_there(books, place(books), **{named: "Ann"})
        check(books, place(books))
        assert verdicts(books, place(books)) == {"Contact": "there"}
        assert status(books, place(books)) == "edited"

    def test_as_of_moves_even_where_nothing_changed(self, books: Books) -> None:
        yesterday(books)
        for ref in (place(books), goods(books), RecordRef("order", books.synced_order())):
            was = as_of(books, ref)
            assert check(books, ref) == "Read from QuickBooks just now. Nothing was sent."
            assert as_of(books, ref) > was
            assert status(books, ref) == "synced"
        claim_nothing(books)

    def test_it_is_read_whole_so_that_what_lists_leave_out_is_told(self, books: Books) -> None:
        with books.working():
            db.session.execute(update(Theirs).where(Theirs.kind == "customer").values(unread=["BillAddr"]))
        check(books, place(books))
        assert books.link(books.place).theirs.unread == []

    def test_an_item_that_is_gone_is_told(self, books: Books) -> None:
        with books.working():
            link_to_nothing("item")
        assert "no more. Nothing was sent." in check(books, goods(books))
        assert books.link(books.goods).theirs.gone
        assert (status(books, goods(books)), books.problems(books.goods)) == ("failed", ["item_gone"])

    def test_one_that_is_inactive_is_told_until_it_is_put_right(self, books: Books) -> None:
        theirs = books.link(books.place).external_id
        books.person("deactivate", "Customer", id=theirs)
        assert "inactive" in check(books, place(books))
        assert books.problems(books.place) == ["customer_inactive"]
        books.person("reactivate", "Customer", id=theirs)
        assert check(books, place(books)) == "Read from QuickBooks just now. Nothing was sent."
        assert books.problems(books.place) == []

    def test_what_is_not_linked_or_on_its_way_is_refused(self, books: Books) -> None:
        with books.working():
            stranger = given.location().id
        with pytest.raises(decisions.CantDecide, match="not linked"):
            check(books, RecordRef("location", stranger))
        with pytest.raises(decisions.CantDecide, match="on its way"):
            check(books, RecordRef("order", must_choose(books).order))

    def test_an_outage_is_said_and_changes_nothing(self, books: Books) -> None:
        was = as_of(books, place(books))
        books.fault("status_before_commit", status=503, times=3, match={"path": "customer"})
        with pytest.raises(Unavailable):
            check(books, place(books))
        assert as_of(books, place(books)) == was


class TestDocuments:
    def test_one_edited_there_asks_whose_version_stands(self, books: Books) -> None:
        order = RecordRef("order", books.synced_order())
        edit_lines(books, order.id, "7")
        assert "was edited there" in check(books, order)
        assert (status(books, order), books.problems(order.id)) == ("edited", ["edited_in_qbo"])
        check(books, order)
        assert books.problems(order.id) == ["edited_in_qbo"]
        choose(books, order.id, "theirs")
        assert check(books, order) == "Read from QuickBooks just now. Nothing was sent."
        assert books.problems(order.id) == []

    def test_one_that_others_made_still_asks_before_ours_goes_into_it(self, books: Books) -> None:
        order = books.order()
        entered = books.enter_by_hand(books.number(order))
        books.decide_order(decisions.link_document, order, "invoice", entered, books.bo)
        books.change(order, "6")
        books.carry()
        assert (books.status(order), books.problems(order)) == ("asks_first", ["entered_by_hand"])
        check(books, RecordRef("order", order))
        assert (books.status(order), books.problems(order)) == ("asks_first", ["entered_by_hand"])

    def test_what_may_differ_without_a_choice_is_no_less_told_once_it_was_read(self, books: Books) -> None:
        order = RecordRef("order", books.synced_order())
        books.edit(order.id, DocNumber="777")
        check(books, order)
        assert status(books, order) == "variance"
        assert books.link(order.id).variance["doc_number"] == [books.number(order.id), "777"]

    def test_what_was_accepted_holds_for_that_alone(self, books: Books) -> None:
        order = RecordRef("order", books.synced_order())
        there = books.document(order.id)["Id"]
        for number, told in (("777", "variance"), ("777", "marked"), ("888", "variance")):
            books.person("update", "Invoice", id=there, changes={"DocNumber": number})
            check(books, order)
            if told == "marked":
                shown = document_sides.token_of(books.link(order.id))
                books.decide(decisions.accept_differences, order, shown, books.bo)
            assert status(books, order) == told
        assert books.link(order.id).variance["doc_number"][1] == "888"

    def test_what_is_put_right_there_differs_no_longer(self, books: Books) -> None:
        order = RecordRef("order", books.synced_order())
        there = books.document(order.id)["Id"]
        for number, told in (("777", "variance"), (books.number(order.id), "synced")):
            books.person("update", "Invoice", id=there, changes={"DocNumber": number})
            check(books, order)
            assert status(books, order) == told
        assert books.link(order.id).variance == {}

    def test_one_edited_back_is_no_problem_any_more(self, books: Books) -> None:
        order = RecordRef("order", books.synced_order())
        edit_lines(books, order.id, "7")
        check(books, order)
        edit_lines(books, order.id, "4")
        check(books, order)
        assert (status(books, order), books.problems(order.id)) == ("synced", [])

    @pytest.mark.parametrize(("how", "said"), [("void", "is voided there"), ("delete", "does not have")])
    def test_one_ended_there_is_told_and_stays_told(self, books: Books, how: str, said: str) -> None:
        order = RecordRef("order", books.synced_order())
        books.person(how, "Invoice", id=books.link(order.id).external_id)
        for _ in range(2):
            assert said in check(books, order)
            assert books.problems(order.id) == ["found_voided"]
            assert status(books, order) == "failed"


def test_it_tells_of_the_time_it_asked_at_not_of_the_one_it_wrote_that_down(books: Books) -> None:
    """What is changed there while the answer is on its way is not what it shows."""
    on_its_way: list[datetime] = []
    for ref, like in ((place(books), "/customer/"), (RecordRef("sku", books.goods), "/item/")):
        with books.before_a_call(like, lambda: on_its_way.append(now())):
            check(books, ref)
        assert as_of(books, ref) <= on_its_way[-1]


def test_an_answer_to_what_was_sent_tells_of_the_time_that_it_came(books: Books) -> None:
    order = books.synced_order()
    with books.working():
        settled_at = db.session.scalars(select(Push.settled_at).where(Push.record_id == order)).one()
    assert settled_at is not None
    assert as_of(books, RecordRef("order", order)) <= settled_at


class TestMany:
    def test_thirty_ids_go_in_one_query(self, books: Books) -> None:
        differ(books)
        with books.working():
            others = [given.location().id for _ in range(3)]
        before = reads(books)
        checked = books.decide(decisions.check_records, "location", [books.place, *others])
        assert checked == decisions.Checked(read=1, waiting=1, not_linked=3)
        assert reads(books) == before + 1

    def test_what_lists_leave_out_stays_as_it_was_known(self, books: Books) -> None:
        check(books, place(books))
        before = books.link(books.place).theirs.fields["DefaultTaxCodeRef"]
        books.decide(decisions.check_records, "location", [books.place])
        theirs = books.link(books.place).theirs
        assert (theirs.unread, theirs.fields["DefaultTaxCodeRef"]) == ([], before)
        edit_there(books, place(books), PrimaryPhone=PHONE)
        books.decide(decisions.check_records, "location", [books.place])
        assert books.link(books.place).theirs.unread == ["DefaultTaxCodeRef"]
        [tax] = [one for one in books.decide(decisions.as_answered, place(books)).values if one.word == "Tax"]
        assert (tax.text, tax.is_known) == ("not read yet", False)
        check(books, place(books))
        assert books.link(books.place).theirs.unread == []

    def test_a_sku_that_lists_tell_only_where_it_is_named_is_no_difference(self, books: Books) -> None:
        books.switch(sku_in_select_all=False)
        books.decide(decisions.check_records, "sku", [books.goods])
        assert "Sku" in books.link(books.goods).theirs.fields
        assert status(books, RecordRef("sku", books.goods)) == "synced"

    def test_one_that_no_list_holds_is_asked_for_by_itself_before_it_counts_as_gone(
        self, books: Books
    ) -> None:
        with books.working():
            link_to_nothing("item")
        checked = books.decide(decisions.check_records, "sku", [books.goods])
        assert (checked.read, checked.gone) == (1, 1)
        assert books.link(books.goods).theirs.gone

    def test_inactive_ones_are_in_the_list(self, books: Books) -> None:
        books.person("deactivate", "Customer", id=books.link(books.place).external_id)
        checked = books.decide(decisions.check_records, "location", [books.place])
        assert (checked.read, checked.gone, checked.waiting) == (1, 0, 1)
        theirs = books.link(books.place).theirs
        assert (theirs.active, theirs.unread) == (False, [])

    def test_orders_are_judged_and_those_on_their_way_left_out(self, books: Books) -> None:
        order = books.synced_order()
        edit_lines(books, order, "7")
        unknown = must_choose(books).order
        checked = books.decide(decisions.check_records, "order", [order, unknown])
        assert (checked.read, checked.waiting, checked.under_way) == (1, 1, 1)
        assert books.status(unknown) == "must_choose"

    @pytest.mark.parametrize(("count", "said"), [(0, "Tick the rows"), (51, "at most 50")])
    def test_too_few_or_too_many_are_refused(self, books: Books, count: int, said: str) -> None:
        with pytest.raises(decisions.CantDecide, match=said):
            books.decide(decisions.check_records, "order", [uuid.uuid4() for _ in range(count)])


def status(books: Books, ref: RecordRef) -> str:
    if ref.kind == "order":
        return books.status(ref.id)
    with books.working():
        record: Any = db.session.get_one(Location if ref.kind == "location" else Sku, ref.id)
        return str(record.integration_status)


def as_of(books: Books, ref: RecordRef) -> datetime:
    return books.link(ref.id).theirs.as_of


def yesterday(books: Books) -> None:
    """All that QuickBooks answered, it answered a day ago."""
    with books.working():
        db.session.execute(update(Theirs).values(as_of=now() - timedelta(days=1)))


def link_to_nothing(kind: str) -> None:
    """What our record is linked to has an Id that QuickBooks does not know."""
    for table in (Theirs, Link):
        db.session.execute(update(table).where(table.kind == kind).values(external_id="99999"))


def reads(books: Books) -> int:
    return sum(entry["method"] == "GET" for entry in books.simulated.ledger())
