"""Edited in QuickBooks: a person keeps theirs or replaces it with ours, and exactly one document stands (C7,
N17).
"""

import uuid

import pytest
from sqlalchemy import select

from portal import decisions, outbox
from portal.extensions import db
from portal.models import Event, Order
from portal.models.kinds import RecordRef
from portal.plan import group_standing
from portal.push import record_findings, rounds
from tests.support.bookkeeping import TODAY, Books
from tests.support.undecided import choose, edit_lines, edited_order, report_edit


class TestKeepTheirs:
    def test_nothing_is_sent_and_what_differs_is_marked(self, books: Books) -> None:
        order = edited_order(books)
        before = len(books.writes())
        choose(books, order, "theirs")
        books.carry()
        assert len(books.writes()) == before
        assert books.status(order) == "variance"
        assert books.problems(order) == []
        link = books.link(order)
        assert link.variance["net"] == [6250, 8750]
        assert (link.theirs.total, link.theirs.tax) == (9888, 1138)
        assert net_of(books.document(order)) == 87.5

    def test_before_a_change_here_would_undo_what_was_kept_a_person_is_asked_again(
        self, books: Books
    ) -> None:
        order = edited_order(books)
        choose(books, order, "theirs")
        books.change(order, "6")
        books.carry()
        assert books.status(order) == "edited"
        assert net_of(books.document(order)) == 87.5
        [line] = [
            one
            for one in books.decide(decisions.side_by_side, RecordRef("order", order))
            if "Line" in one.what
        ]
        assert ("quantity 6" in line.ours, "quantity 7" in line.theirs) == (True, True)
        choose(books, order, "ours")
        books.carry()
        assert books.status(order) == "synced"
        assert net_of(books.document(order)) == 75
        assert stands_once(books, order)

    def test_beside_what_was_kept_only_what_changed_here_goes(self, books: Books) -> None:
        order = books.synced_order()
        memo, number = books.document(order)["PrivateNote"], books.number(order)
        kept = {"DueDate": "2031-01-31", "SalesTermRef": {"value": "1"}, "DocNumber": "BY-HAND"}
        external_id = books.link(order).external_id
        books.edit(order, **kept, PrivateNote=f"{memo} Leave at the back")
        check(books, order)
        choose(books, order, "theirs")
        for quantity, net in (("7", 87.5), ("8", 100)):
            books.change(order, quantity)
            books.carry()
            [document] = [one for one in books.live() if one["Id"] == external_id]
            assert net_of(document) == net
            assert {field: document[field] for field in ("DueDate", "DocNumber")} == {
                "DueDate": "2031-01-31", "DocNumber": "BY-HAND"
            }  # fmt: skip
            assert document["SalesTermRef"]["value"] == "1"
            assert document["PrivateNote"].startswith("Leave at the back\nRouteique order")
            assert document["PrivateNote"].count("Routeique") == 1
        assert books.link(order).variance["doc_number"] == [number, "BY-HAND"]
        assert books.status(order) == "marked"

    def test_another_edit_is_reported(self, books: Books) -> None:
        order = edited_order(books)
        choose(books, order, "theirs")
        books.edit(order, TxnDate=TODAY.replace(day=1).isoformat(), DueDate="2031-01-31")
        books.change(order, "6")
        books.carry()
        assert books.status(order) == "edited"
        assert books.document(order)["DueDate"] == "2031-01-31"

    def test_another_number_over_there_is_kept_and_marked(self, books: Books) -> None:
        order = books.synced_order()
        number, external_id = books.number(order), books.link(order).external_id
        books.edit(order, DocNumber="BY-HAND")
        check(books, order)
        choose(books, order, "theirs")
        link = books.link(order)
        assert link.variance == {"doc_number": [number, "BY-HAND"]}
        assert (link.theirs.number, link.external_id) == ("BY-HAND", external_id)

    def test_a_wish_that_was_made_meanwhile_is_taken_back(self, books: Books) -> None:
        order = edited_order(books)
        books.decide(decisions.push_again, RecordRef("order", order), books.bo)
        choose(books, order, "theirs")
        before = len(books.writes())
        books.carry()
        assert len(books.writes()) == before
        assert books.pushes(order)[-1] == "cancelled"

    def test_the_version_that_stands_at_the_click_is_the_one_that_is_kept(self, books: Books) -> None:
        order = edited_order(books)
        edit_lines(books, order, "6")
        choose(books, order, "theirs")
        books.change(order, "6")
        books.carry()
        assert books.status(order) == "synced"

    def test_it_is_history_afterwards(self, books: Books) -> None:
        order = edited_order(books)
        choose(books, order, "theirs")
        assert history(books, order)[-1] == (
            "kept_theirs",
            f"Kept the lines and tax of number {books.number(order)} as QuickBooks has it.",
        )


class TestReplaceWithOurs:
    def test_one_update_puts_ours_there(self, books: Books) -> None:
        order = edited_order(books)
        before = len(books.writes())
        choose(books, order, "ours")
        books.carry()
        assert len(books.writes()) == before + 1
        assert books.status(order) == "synced"
        assert net_of(books.document(order)) == 62.5
        assert stands_once(books, order)

    def test_an_edit_between_the_click_and_the_update_stops_it_again(self, books: Books) -> None:
        order = edited_order(books)
        choose(books, order, "ours")
        edit_lines(books, order, "9")
        before = len(books.writes())
        books.carry()
        assert len(books.writes()) == before
        assert books.status(order) == "edited"
        assert net_of(books.document(order)) == 112.5

    def test_an_edit_between_our_look_and_the_update_stops_it_again(self, books: Books) -> None:
        order = edited_order(books)
        choose(books, order, "ours")
        with books.before_a_write(lambda: edit_lines(books, order, "9")):
            books.carry()
        assert books.status(order) == "edited"
        assert net_of(books.document(order)) == 112.5
        assert stands_once(books, order)

    def test_without_the_comparison_their_second_edit_would_be_lost(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = edited_order(books)
        choose(books, order, "ours")
        monkeypatch.setattr(group_standing, "changed_there", lambda linked, names: [])
        with books.before_a_write(lambda: edit_lines(books, order, "9")):
            books.carry()
        assert net_of(books.document(order)) == 62.5

    def test_a_lost_answer_of_one_that_landed_makes_no_second_update(self, books: Books) -> None:
        order = edited_order(books)
        choose(books, order, "ours")
        books.fault("commit_then_drop", match={"path": "batch"})
        books.carry()
        before = len(books.writes())
        books.settle()
        assert len(books.writes()) == before
        assert books.status(order) == "synced"
        assert net_of(books.document(order)) == 62.5

    def test_one_that_never_landed_goes_again(self, books: Books) -> None:
        order = edited_order(books)
        choose(books, order, "ours")
        with books.losing_writes():
            books.carry()
            assert books.status(order) == "checking"
            books.settle()
        assert books.status(order) == "synced"
        assert net_of(books.document(order)) == 62.5
        assert stands_once(books, order)

    def test_one_that_landed_after_it_was_given_up_is_seen_to_be_ours(self, books: Books) -> None:
        order = edited_order(books)
        choose(books, order, "ours")
        with books.losing_writes() as underway:
            books.carry()
            with books.before_a_write(underway.land):
                books.settle()
        assert books.status(order) == "synced"
        assert net_of(books.document(order)) == 62.5
        assert stands_once(books, order)

    def test_a_change_here_goes_over_an_update_of_ours_that_landed_after_it_was_given_up(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = one_that_lands_late_before_a_change(books, monkeypatch)
        books.carry()
        assert books.status(order) == "synced"
        assert net_of(books.document(order)) == 75

    def test_without_knowing_our_own_late_update_it_would_be_told_as_an_edit(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = one_that_lands_late_before_a_change(books, monkeypatch)
        monkeypatch.setattr(record_findings, "_see_what_landed_late", lambda link, entity: None)
        books.carry()
        assert books.status(order) == "edited"

    def test_one_of_ours_that_was_edited_without_a_change_here_can_be_put_back(self, books: Books) -> None:
        """Noticed although nothing was to be sent: the revision sent is the one that stands here."""
        order = edited_order(books)
        choose(books, order, "theirs")
        books.edit(order, DueDate="2031-01-31")
        report_edit(books, order)
        choose(books, order, "ours")
        books.carry()
        assert books.status(order) == "synced"
        assert net_of(books.document(order)) == 62.5
        assert books.document(order)["DueDate"] != "2031-01-31"

    def test_an_open_order_is_not_pushed_by_it(self, books: Books) -> None:
        order = edited_order(books)
        with books.working():
            outbox.withdraw(RecordRef("order", order))
            db.session.get_one(Order, order).status = "delivered"
        with pytest.raises(decisions.CantDecide, match="finalize it"):
            choose(books, order, "ours")

    def test_one_that_was_voided_meanwhile_is_not_brought_back(self, books: Books) -> None:
        order = edited_order(books)
        books.person("void", "Invoice", id=books.document(order)["Id"])
        with pytest.raises(decisions.CantDecide, match="voided"):
            choose(books, order, "ours")

    def test_one_that_was_deleted_meanwhile_is_not_brought_back(self, books: Books) -> None:
        order = edited_order(books)
        books.person("delete", "Invoice", id=books.document(order)["Id"])
        with pytest.raises(decisions.CantDecide, match="deleted"):
            choose(books, order, "ours")


@pytest.mark.parametrize("side", ["theirs", "ours"])
def test_what_was_not_edited_leaves_nothing_to_decide(books: Books, side: decisions.Side) -> None:
    with pytest.raises(decisions.CantDecide, match="nothing to decide"):
        choose(books, books.synced_order(), side)


@pytest.mark.parametrize("side", ["theirs", "ours"])
def test_while_it_is_being_checked_nothing_is_decided(books: Books, side: decisions.Side) -> None:
    order = edited_order(books)
    choose(books, order, "ours")
    with books.losing_writes():
        books.carry()
    report_edit(books, order)
    with pytest.raises(decisions.CantDecide, match="being checked"):
        choose(books, order, side)


def test_one_that_others_are_always_faster_at_stops_after_a_few_rounds(books: Books) -> None:
    order = edited_order(books)
    choose(books, order, "ours")
    before = len(books.writes())
    statuses = iter(["NeedToPrint", "PrintComplete"] * 10)
    with books.before_a_write(lambda: books.edit(order, PrintStatus=next(statuses)), writes=20):
        books.carry()
    assert len(books.writes()) == before + 4
    assert books.status(order) == "failed"
    assert books.problems(order) == ["changed_meanwhile"]
    assert net_of(books.document(order)) == 87.5


def test_what_is_printed_or_mailed_is_no_edit(books: Books) -> None:
    order = books.synced_order()
    books.edit(order, PrintStatus="PrintComplete", EmailStatus="EmailSent")
    books.change(order, "5")
    books.carry()
    assert books.status(order) == "synced"


def one_that_lands_late_before_a_change(books: Books, monkeypatch: pytest.MonkeyPatch) -> uuid.UUID:
    """Ours with 5 is proven absent by a drain that ends there, changed to 6 here, and lands after all."""
    order = edited_order(books)
    choose(books, order, "ours")
    with books.losing_writes() as underway:
        books.carry()
    with monkeypatch.context() as ending:
        ending.setattr(rounds, "claim", lambda connection_id: [])
        books.settle()
    books.change(order, "6")
    underway.land()
    return order


def net_of(document: dict[str, object]) -> float:
    lines = [one for one in document["Line"] if one["DetailType"] == "SalesItemLineDetail"]  # type: ignore[attr-defined]  # JSON
    return sum(float(one["Amount"]) for one in lines)


def stands_once(books: Books, order: uuid.UUID) -> bool:
    with books.working():
        reference = db.session.get_one(Order, order).reference
    standing = [one for one in books.live() if f"(ref {reference}-" in str(one.get("PrivateNote", ""))]
    return len(standing) == 1


def history(books: Books, order: uuid.UUID) -> list[tuple[str, str]]:
    with books.working():
        rows = db.session.execute(
            select(Event.what, Event.text).where(Event.record_id == order).order_by(Event.at)
        )
        return [(what, text) for what, text in rows]


def check(books: Books, order_id: uuid.UUID) -> None:
    books.decide(decisions.check_record, RecordRef("order", order_id))
