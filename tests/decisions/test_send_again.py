"""Nobody knows whether it arrived: a person says it is not there, and it still stands exactly once (U5, N5,
N14).
"""

import uuid

import pytest
from sqlalchemy import select

from portal import decisions
from portal.extensions import db
from portal.models import Delivery, Push
from portal.models.kinds import RecordRef
from portal.push import find_sent
from tests.support.bookkeeping import Books
from tests.support.undecided import NOBODY_CHECKS, live, must_choose


def test_what_is_not_there_is_sent_again_alone(books: Books) -> None:
    unknown = must_choose(books)
    before = len(books.writes())
    said = books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    assert "sent again" in said
    assert books.status(unknown.order) == "queued"
    books.carry()
    assert len(books.writes()) == before + 1
    assert books.status(unknown.order) == "synced"
    assert live(books, unknown.order) == 1
    assert together_with(books, unknown.order) == 1


def test_what_landed_before_the_click_is_adopted(books: Books) -> None:
    books.switch(**NOBODY_CHECKS)
    unknown = must_choose(books)
    unknown.underway.land()
    before = len(books.writes())
    said = books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    books.carry()
    assert "after all" in said
    assert len(books.writes()) == before
    assert books.status(unknown.order) == "synced"
    assert live(books, unknown.order) == 1


def test_without_looking_once_more_it_would_stand_twice(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.switch(**NOBODY_CHECKS)
    unknown = must_choose(books)
    unknown.underway.land()
    books.refused_a_number(days_ago=1)  # else the drain looks once more, too
    monkeypatch.setattr(
        find_sent, "find", lambda asker, sought, since, renumbers: {one.push_id: [] for one in sought}
    )
    books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    books.carry()
    assert live(books, unknown.order) == 2


def test_what_lands_while_it_is_sent_again_still_stands_once(books: Books) -> None:
    """QuickBooks itself refuses the number a second time; what holds it turns out to be ours."""
    unknown = must_choose(books)
    books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    with books.before_a_write(unknown.underway.land):
        books.carry()
    books.settle()
    assert books.status(unknown.order) == "synced"
    assert live(books, unknown.order) == 1


def test_without_quickbooks_own_check_of_numbers_it_would_stand_twice(books: Books) -> None:
    books.switch(**NOBODY_CHECKS)
    unknown = must_choose(books)
    books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    with books.before_a_write(unknown.underway.land):
        books.carry()
    books.settle()
    assert live(books, unknown.order) == 2


def test_a_hand_entered_twin_of_its_number_is_never_doubled(books: Books) -> None:
    books.switch(**NOBODY_CHECKS)
    unknown = must_choose(books)
    books.enter_by_hand(books.number(unknown.order))
    before = len(books.writes())
    with pytest.raises(decisions.CantDecide, match="does not come from here"):
        books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    books.settle()
    assert len(books.writes()) == before
    assert books.status(unknown.order) == "must_choose"


def test_one_that_was_voided_there_is_not_sent_again(books: Books) -> None:
    books.switch(**NOBODY_CHECKS)
    unknown = must_choose(books)
    unknown.underway.land()
    [document] = [one for one in books.live() if one["DocNumber"] == books.number(unknown.order)]
    books.person("void", "Invoice", id=document["Id"])
    assert "voided" in books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    assert books.status(unknown.order) == "failed"
    assert books.problems(unknown.order) == ["found_voided"]


def test_the_others_of_its_delivery_keep_waiting_for_a_choice(books: Books) -> None:
    unknown = must_choose(books, others=2)
    others = [order for order in unknown_orders(books) if order != unknown.order]
    books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    books.settle()
    assert books.status(unknown.order) == "synced"
    assert [books.status(order) for order in others] == ["must_choose"]
    books.decide(decisions.send_anew, RecordRef("order", others[0]), books.bo)
    books.settle()
    assert [live(books, order) for order in (unknown.order, *others)] == [1, 1]
    with books.working():
        assert set(db.session.scalars(select(Delivery.state))) == {"answered"}


def test_several_that_are_sent_again_never_travel_together(books: Books) -> None:
    must_choose(books, others=2)
    orders = unknown_orders(books)
    for order in orders:
        books.decide(decisions.send_anew, RecordRef("order", order), books.bo)
    books.carry()
    assert [books.status(order) for order in orders] == ["synced", "synced"]
    assert [together_with(books, order) for order in orders] == [1, 1]


@pytest.mark.parametrize("how", ["synced", "queued", "failed", "being checked"])
def test_nothing_else_is_sent_anew(books: Books, how: str) -> None:
    order = books.synced_order() if how == "synced" else books.order()
    if how == "being checked":
        with books.losing_writes():
            books.carry()
        assert books.status(order) == "checking"
    if how == "failed":
        books.fault("item_fault", code="6000", match={"path": "batch"})
        books.carry()
        assert books.status(order) == "failed"
    with pytest.raises(decisions.CantDecide, match="nothing to choose"):
        books.decide(decisions.send_anew, RecordRef("order", order), books.bo)


def test_two_clicks_send_it_once(books: Books) -> None:
    unknown = must_choose(books)
    books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    with pytest.raises(decisions.CantDecide):
        books.decide(decisions.send_anew, RecordRef("order", unknown.order), books.bo)
    books.carry()
    assert live(books, unknown.order) == 1


def unknown_orders(books: Books) -> list[uuid.UUID]:
    with books.working():
        return list(db.session.scalars(select(Push.record_id).where(Push.state == "unsure")))


def together_with(books: Books, order: uuid.UUID) -> int:
    """How many pushes the delivery of this order's last push carried."""
    with books.working():
        last = db.session.scalars(
            select(Push.delivery_id).where(Push.record_id == order).order_by(Push.asked_at.desc())
        ).first()
        return len(db.session.scalars(select(Push.id).where(Push.delivery_id == last)).all())
