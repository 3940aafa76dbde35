"""What stands in the way is ranked by the money it holds back; like causes stand in one row, none is lost."""

import uuid

from portal import problems
from portal.extensions import db
from portal.models import Problem, Push
from portal.models.kinds import RecordRef
from portal.problems import causes, ranking
from tests.support import distributor as given


def test_like_causes_of_records_stand_in_one_row_and_count_each_order_once(ours: uuid.UUID) -> None:
    """One order needs two products that look like ones in QuickBooks, another a customer that does."""
    skus, orders = [given.sku() for _ in range(2)], [given.order(currency="CAD") for _ in range(2)]
    for sku in skus:
        stand(RecordRef("order", orders[0].id), "looks_like_existing", RecordRef("sku", sku.id))
    place = RecordRef("location", orders[1].location_id)
    stand(RecordRef("order", orders[1].id), "looks_like_existing", place)
    [row] = problems.ranked(10).causes
    assert row.sentence == "1 customer and 2 products look like ones in QuickBooks."
    assert [(held.currency, held.orders, held.invoiced) for held in row.money] == [("CAD", 2, 5000)]
    one_by_one = problems.ranked(10, "looks_like_existing").causes
    assert {found.cause for found in one_by_one} == {
        causes.of_match(ref) for ref in (place, *(RecordRef("sku", sku.id) for sku in skus))
    }


def test_what_many_records_share_is_no_like_cause(ours: uuid.UUID) -> None:
    for term in ("Net 30", "Net 45"):
        stand(RecordRef("order", given.order().id), "term_not_mapped", cause=f"term:{term}", term=term)
    assert [row.alike for row in problems.ranked(10).causes] == [{}, {}]


def test_the_rest_is_counted_with_its_orders_and_money(ours: uuid.UUID) -> None:
    for number in range(5):
        stand(RecordRef("order", given.order(currency="CAD").id), "term_not_mapped", cause=f"term:{number}")
    order = given.order(currency="USD")
    for cause in ("term:8", "term:9"):  # held back twice, and one order
        stand(RecordRef("order", order.id), "term_not_mapped", cause=cause)
    ranked = problems.ranked(3)
    assert (len(ranked.causes), ranked.more) == (3, 4)
    assert {held.currency: (held.orders, held.invoiced) for held in ranked.money} == {
        "CAD": (2, 5000),
        "USD": (1, 2500),
    }
    assert problems.ranked(7).money == ()


def test_orders_that_wait_count_for_the_rest_too(ours: uuid.UUID) -> None:
    company = given.connection()
    order = given.order(currency="CAD")
    of_order = {"record_kind": "order", "record_id": order.id, "revision": 1, "reason": "bulk"}
    db.session.add(Push(**given.owner(), **of_order, state="waiting", connection_id=company.id))
    place = RecordRef("location", order.location_id)
    stand(place, "customer_no_match", place)
    ranked = problems.ranked(0)
    assert (ranked.more, ranked.orders) == (1, 1)


def test_a_cause_is_told_by_the_record_that_it_is_about(ours: uuid.UUID) -> None:
    order = given.order()
    place = RecordRef("location", order.location_id)
    stand(place, "customer_no_match", place)
    stand(RecordRef("order", order.id), "customer_no_match", place)
    [row] = problems.ranked(10).causes
    assert row.ref == place


def test_what_is_said_of_several_reads_behind_how_many_they_are() -> None:
    taken = ranking.alike("name_taken", {"location": 2})
    assert taken == "2 customers have a name that is taken in QuickBooks."
    assert ranking.alike("tax_refused", {"order": 3}) == "3 orders: tax refused."


def stand(ref: RecordRef, code: str, about: RecordRef | None = None, cause: str = "", **values: str) -> None:
    cause = causes.of_match(about) if about is not None else cause
    row = {"record_kind": ref.kind, "record_id": ref.id, "code": code, "cause": cause, "values": values}
    db.session.add(Problem(**given.owner(), **row))
    db.session.flush()
