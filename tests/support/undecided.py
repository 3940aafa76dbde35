"""Orders about which a person has to decide: edited, gone or unknown in QuickBooks, or their number taken."""

import uuid
from dataclasses import dataclass

from portal import decisions, problems
from portal.company.theirs import take_in
from portal.extensions import db
from portal.models import Connection
from portal.models.kinds import RecordRef
from portal.push import agreement
from tests.support.bookkeeping import TODAY, Books
from tests.support.on_the_way import Underway

NOBODY_CHECKS = {"docnumber_check": False, "requestid": "item"}


@dataclass
class Unknown:
    """An order of which looking could prove nothing, and the first try of it, which may still land."""

    order: uuid.UUID
    underway: Underway


def edited_order(books: Books) -> uuid.UUID:
    """Synced with 4 cases, changed there to 7 and here to 5: stopped as edited in QuickBooks."""
    order = books.synced_order("4")
    edit_lines(books, order, "7")
    books.change(order, "5")
    books.carry()
    assert books.status(order) == "edited", books.problems(order)
    return order


def edited_fields(books: Books) -> None:
    """A customer and a product, each with a field that somebody changed there, which we have seen."""
    for entity, record_id, changes in (
        ("Customer", books.place, {"SalesTermRef": {"value": "1"}}),
        ("Item", books.goods, {"UnitPrice": 9}),
    ):
        known = books.link(record_id)
        changed = books.person("update", entity, id=known.external_id, changes=changes)
        with books.working():
            connection = db.session.get_one(Connection, books.connection_id)
            take_in(connection, known.kind, changed)
            agreement.compare(connection, known.record_kind, [record_id])


def edit_lines(books: Books, order: uuid.UUID, quantity: str) -> None:
    [line] = [one for one in books.document(order)["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    detail = {**line["SalesItemLineDetail"], "Qty": float(quantity), "UnitPrice": 12.5}
    edited = {**line, "Amount": float(quantity) * 12.5, "SalesItemLineDetail": detail}
    books.edit(order, Line=[edited])


def report_edit(books: Books, order: uuid.UUID) -> None:
    """As a look at their changes would report it, with nothing to send."""
    with books.working():
        found = problems.Found("edited_in_qbo", {"number": "", "fields": []}, f"order:{order}")
        problems.replace(RecordRef("order", order), None, [found])


def found_gone(books: Books, how: str) -> uuid.UUID:
    order = books.synced_order()
    books.person(how, "Invoice", id=books.link(order).external_id)
    books.change(order, "6")
    books.carry()
    assert books.problems(order) == ["found_voided"]
    return order


def number_taken(books: Books) -> tuple[uuid.UUID, str]:
    """An order whose number somebody gave to a document of their own; its Id."""
    order = books.order()
    theirs = books.enter_by_hand(books.number(order), TxnDate=TODAY.isoformat())
    books.carry()
    assert books.problems(order) == ["number_taken"]
    return order, theirs


def must_choose(books: Books, others: int = 1) -> Unknown:
    """A delivery was lost, sent again, and answered for its first order only: of the rest nobody knows."""
    orders = [books.order() for _ in range(1 + others)]
    with books.losing_writes() as underway:
        books.carry()
    books.fault("abort_after_k", k=1, match={"path": "batch"})
    books.settle()
    books.settle()
    unknown = [order for order in orders if books.status(order) == "must_choose"]
    assert len(unknown) == others, [books.status(order) for order in orders]
    return Unknown(unknown[0], underway)


def live(books: Books, order: uuid.UUID) -> int:
    number = books.number(order)
    return len([one for one in books.live() if one.get("DocNumber") == number])


def choose(books: Books, order: uuid.UUID, side: decisions.Side, **of_groups: decisions.Side) -> str:
    """Look at both sides, and choose this one in every group in which they differ, or another one in some."""
    ref = RecordRef("order", order)
    books.decide(decisions.side_by_side, ref)
    offered = books.decide(decisions.choices, ref)
    chosen = dict.fromkeys(offered.groups if offered else [], side) | of_groups
    shown = offered.shown if offered else ""
    return str(books.decide(decisions.choose_sides, ref, chosen, shown, books.bo))
