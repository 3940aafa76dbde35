"""Many orders finalized at once: each by the rules of one, and one that can't be holds up no other."""

import uuid
from decimal import Decimal

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.engine import Engine

from portal import problems
from portal.extensions import db
from portal.models import Event, Order, Organization
from portal.models.kinds import ref_of
from portal.problems import Found
from portal.sales import orders
from portal.sales.finalizing import CantFinalize, Finalized, finalize_these
from tests.support import distributor as given
from tests.support.queries import queries


def test_one_that_cant_be_finalized_holds_up_no_other_and_nothing_of_it_changes(ours: uuid.UUID) -> None:
    fit, empty, draft = given.order(), given.order([]), given.order(status="draft")
    undated = given.order(delivery_date=None)
    discounted = given.order([(given.sku(), "1", "5")], discount_amount=501)
    every = [fit, empty, draft, undated, discounted]

    outcomes = finalize_these([order.id for order in every], given.bo())
    db.session.commit()

    assert outcomes[fit.id] == Finalized()
    whys = {order_id: one.why for order_id, one in outcomes.items() if isinstance(one, CantFinalize)}
    assert whys == {
        empty.id: "no_lines", draft.id: "draft", undated.id: "no_date", discounted.id: "discount"
    }  # fmt: skip
    assert [order.status for order in every] == ["finalized", *["delivered"] * 1, "draft", *["delivered"] * 2]
    assert [order.revision for order in every] == [1, 0, 0, 0, 0]
    assert [order.tax_status for order in every[1:]] == [None] * 4
    assert discounted.lines[0].kind is None
    assert [one.record_id for one in db.session.scalars(select(Event).where(Event.what == "finalized"))] == [
        fit.id
    ]


def test_many_are_finalized_as_each_would_be_alone(ours: uuid.UUID) -> None:
    """Two alike, one by the page's verb and one among others."""
    given.connection()
    given.sync(orders_on=False)
    place = given.location(payment_term=given.term(), tax_status="zero_rated", currency="CAD")
    sold = given.sku(kind="container_deposit")
    alone, among = (given.order([(sold, "3", "1.115")], location=place) for _ in range(2))
    others = [given.order().id for _ in range(3)]
    orders.finalize(alone, given.bo())
    finalize_these([among.id, *others], given.bo())
    differ = {"id", "number", "number_key", "reference", "finalized_at"}
    same = [column.key for column in Order.__table__.columns if column.key not in differ]
    assert [getattr(alone, name) for name in same] == [getattr(among, name) for name in same]
    found = [[(one.code, one.cause) for one in problems.open_for(ref_of(order))] for order in (alone, among)]
    assert found[0] == found[1] != []
    assert (alone.lines[0].kind, among.lines[0].kind) == ("container_deposit",) * 2


@pytest.mark.parametrize("orders_on", [False, True])
def test_statements_do_not_grow_with_the_orders(ours: uuid.UUID, orders_on: bool) -> None:
    given.connection()
    given.sync(orders_on=orders_on)
    asked = []
    for many in (3, 30):
        ids = [given.order().id for _ in range(many)]
        bo = given.bo()
        db.session.commit()
        with queries() as seen:
            finalize_these(ids, bo)
            db.session.flush()
        asked.append(len(seen))
    assert asked[1] <= asked[0] + 4, asked


def test_of_two_at_once_only_one_finalizes_since_the_statement_compares(ours: uuid.UUID) -> None:
    """Where somebody is faster than whatever was read before it: no lock of a row is needed."""
    first, second = given.order(), given.order()
    bo = given.bo()

    done: list[str] = []

    def faster(connection: object, cursor: object, sql: str, *_: object) -> None:
        if sql.startswith("UPDATE") and "finalized_at" in sql and not done:
            done.append(sql)
            meanwhile = update(Order).where(Order.id == first.id).values(status="draft")
            db.session.execute(meanwhile, execution_options={"synchronize_session": False})

    event.listen(Engine, "before_cursor_execute", faster)
    try:
        outcomes = finalize_these([first.id, second.id], bo)
    finally:
        event.remove(Engine, "before_cursor_execute", faster)
    assert isinstance(outcomes[first.id], CantFinalize)
    assert outcomes[second.id] == Finalized()
    db.session.expire_all()
    assert (first.status, first.revision, first.tax_status) == ("draft", 0, None)


def test_problems_found_by_looking_ahead_are_those_of_each_order(ours: uuid.UUID) -> None:
    given.connection()
    given.sync(orders_on=False)
    unmapped = given.location(payment_term=given.term("Net 9"))
    some = [given.order(location=unmapped), given.order(), given.order(location=unmapped)]
    problems.tell(ref_of(some[1]), Found("term_not_mapped", {"term": "Net 8"}, "term:8"))
    finalize_these([order.id for order in some], given.bo())
    found = [[one.code for one in problems.open_for(ref_of(order))] for order in some]
    assert found == [["term_not_mapped"], [], ["term_not_mapped"]]
    assert [order.integration_status for order in some] == ["blocked", "ready", "blocked"]


def test_without_a_time_zone_none_is_finalized(ours: uuid.UUID) -> None:
    db.session.get_one(Organization, ours).timezone = None
    ids = [given.order().id, given.order().id]
    outcomes = finalize_these(ids, given.bo())
    assert [getattr(outcomes[one], "why", "") for one in ids] == ["no_zone"] * 2


def test_amounts_are_those_of_the_moment_it_is_finalized(ours: uuid.UUID) -> None:
    order = given.order()
    order.lines[0].quantity = Decimal(5)
    db.session.flush()
    finalize_these([order.id], given.bo())
    assert (order.lines[0].amount, order.net_total) == (6250, 6250)
