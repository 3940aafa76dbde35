"""What was sent is what a request carried, what stands there what an answer showed: each with its time."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from portal import decisions
from portal.extensions import db
from portal.models import Link, Order, Push, Sku, Theirs
from portal.models.kinds import RecordRef
from portal.sales import orders
from tests.support import distributor
from tests.support.bookkeeping import ACCOUNTS, TODAY, Books
from tests.support.differing import (
    PHONE,
    change_here,
    check,
    claim_nothing,
    edit_there,
    fields,
    goods,
    place,
    there,
)
from tests.support.undecided import edit_lines


class TestWhatWasSent:
    def test_it_is_what_the_last_request_carried_and_not_all_that_agrees(self, books: Books) -> None:
        change_here(books, place(books), phone="416 555 0100")
        books.decide(decisions.push_again, place(books), books.bo)
        books.carry()
        sent = books.decide(decisions.as_sent, place(books))
        assert texts(sent) == {"Phone": "416 555 0100"}
        with books.working():
            last = db.session.scalars(select(Push).order_by(Push.settled_at.desc())).first()
            assert last is not None
            assert sent.at == last.settled_at

    def test_a_push_that_had_nothing_to_send_sent_nothing(self, books: Books) -> None:
        """Nor one whose planned update was refused as stale, and not needed any more when planned again."""
        before = texts(books.decide(decisions.as_sent, place(books)))
        books.decide(decisions.push_again, place(books), books.bo)
        books.carry()
        assert books.pushes(books.place)[-1] == "synced"
        with books.working():
            last = db.session.scalars(select(Push).order_by(Push.asked_at.desc())).first()
            assert last is not None
            last.operation, last.payload = "update", {"PrimaryPhone": PHONE}
        assert texts(books.decide(decisions.as_sent, place(books))) == before

    def test_of_what_was_only_matched_nothing_was_sent(self, books: Books) -> None:
        """However much both sides agree on."""
        with books.working():
            db.session.execute(update(Push).where(Push.record_id == books.place).values(state="cancelled"))
        assert books.link(books.place).ours_then
        assert books.decide(decisions.as_sent, place(books)) is None

    def test_what_went_to_another_of_theirs_is_not_told_of_this_one(self, books: Books) -> None:
        with books.working():
            for table in (Theirs, Link):
                db.session.execute(update(table).where(table.kind == "customer").values(external_id="9999"))
        claim_nothing(books)
        assert books.decide(decisions.as_sent, place(books)) is None

    def test_a_due_date_that_quickbooks_was_to_count_is_no_difference(self, books: Books) -> None:
        with books.working():
            lines = [(db.session.get_one(Sku, books.goods), "4", "12.50")]
            made = distributor.order(lines, location=distributor.location(), delivery_date=TODAY)
            order = made.id
        books.finalize(order)
        books.carry()
        with books.working():
            reopened = db.session.get_one(Order, order)
            orders.reopen(reopened, books.bo)
            reopened.delivery_date = TODAY - timedelta(days=1)
        books.finalize(order)
        books.carry()
        ref = RecordRef("order", order)
        sent, stands = (books.decide(told, ref) for told in (decisions.as_sent, decisions.as_answered))
        assert texts(sent)["Due date"] == "nothing"
        assert (marked(sent), marked(stands)) == (set(), set())

    def test_what_was_edited_there_since_is_marked(self, books: Books) -> None:
        change_here(books, place(books), phone="416 555 0100", email="bar@example.com")
        books.decide(decisions.push_again, place(books), books.bo)
        books.carry()
        edit_there(books, place(books), PrimaryPhone=PHONE)
        assert marked(books.decide(decisions.as_sent, place(books))) == set()
        check(books, place(books))
        assert marked(books.decide(decisions.as_sent, place(books))) == {"Phone"}
        assert marked(books.decide(decisions.as_answered, place(books))) == {"Phone"}

    def test_what_emptied_theirs_reads_as_nothing(self, books: Books) -> None:
        for phone in ("416 555 0100", ""):
            change_here(books, place(books), phone=phone)
            books.decide(decisions.push_again, place(books), books.bo)
            books.carry()
        sent = books.decide(decisions.as_sent, place(books))
        assert (texts(sent), marked(sent)) == ({"Phone": "nothing"}, set())


class TestWhatStandsThere:
    def test_it_is_what_was_answered_until_it_is_read_anew(self, books: Books) -> None:
        was = books.decide(decisions.as_answered, place(books))
        edit_there(books, place(books), PrimaryPhone=PHONE)
        assert books.decide(decisions.as_answered, place(books)) == was
        check(books, place(books))
        now_there = books.decide(decisions.as_answered, place(books))
        assert (texts(was)["Phone"], texts(now_there)["Phone"]) == ("nothing", "905 555 0199")
        assert now_there.at > was.at

    def test_an_item_is_told_in_words(self, books: Books) -> None:
        told = texts(books.decide(decisions.as_answered, goods(books)))
        assert told["Price"] == "12.5"
        assert told["SKU"] == there(books, goods(books))["Sku"]
        assert "HST" in told["Tax"]
        sent = texts(books.decide(decisions.as_sent, goods(books)))
        assert sent["Income account"] == ACCOUNTS["income"]

    def test_a_record_of_which_nothing_is_known_is_told_as_not_read(self, books: Books) -> None:
        with books.working():
            db.session.execute(update(Theirs).values(unread=["*"], fields={}))
        claim_nothing(books)
        told = books.decide(decisions.as_answered, place(books))
        assert (told.values, told.at) == ([], None)
        assert set(fields(books, place(books))) and all(
            one.theirs == "not read yet" for one in fields(books, place(books)).values()
        )
        assert marked(books.decide(decisions.as_sent, place(books))) == set()


class TestDocuments:
    def test_both_lists_are_told_and_agree(self, books: Books) -> None:
        order = RecordRef("order", books.synced_order())
        sent, answered = (books.decide(side, order) for side in (decisions.as_sent, decisions.as_answered))
        assert texts(sent)["Number"] == texts(answered)["Number"] == books.number(order.id)
        assert texts(sent)["Line 1"] == texts(answered)["Line 1"]
        assert (texts(answered)["Tax"], texts(answered)["Total"]) == ("6.50", "56.50")
        assert marked(sent) == marked(answered) == set()

    def test_what_was_edited_there_is_marked_on_both_sides(self, books: Books) -> None:
        order = RecordRef("order", books.synced_order())
        edit_lines(books, order.id, "7")
        books.edit(order.id, DueDate="2031-01-31")
        check(books, order)
        assert marked(books.decide(decisions.as_sent, order)) == {"Line 1", "Due date"}
        answered = books.decide(decisions.as_answered, order)
        assert {"Line 1", "Due date"} <= marked(answered)
        assert "quantity 7" in texts(answered)["Line 1"]

    def test_what_was_linked_by_hand_was_not_sent(self, books: Books) -> None:
        order = RecordRef("order", books.order())
        theirs = books.enter_by_hand(books.number(order.id))
        books.decide_order(decisions.link_document, order.id, "invoice", theirs, books.bo)
        assert books.decide(decisions.as_sent, order) is None
        assert texts(books.decide(decisions.as_answered, order))["Number"] == books.number(order.id)


def texts(told: Any) -> dict[str, str]:
    return {one.word: one.text for one in told.values}


def marked(told: Any) -> set[str]:
    return {one.word for one in told.values if one.differs}
