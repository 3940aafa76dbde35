"""What files tell of many records: what QuickBooks last said of each, and what stands in its way."""

import uuid

from portal import problems
from portal.models.kinds import ref_of
from portal.problems import Found
from portal.report import exported
from portal.report.exported import There
from tests.support import distributor as given


def test_of_each_record_the_one_of_the_company_that_is_connected(ours: uuid.UUID) -> None:
    """A credit memo with its sign; of what is gone no amount."""
    assert exported.there("order", [uuid.uuid4()]) == {}
    company, closed = given.connection(), given.connection(status="closed", realm_id="2")
    invoice, memo, gone, elsewhere, none = (given.order([]) for _ in range(5))
    given.link(company, "order", invoice.id, external_id="1", number="1001", total=2825)
    given.link(company, "order", memo.id, kind="credit_memo", external_id="2", number="1002", total=500)
    given.link(company, "order", gone.id, external_id="3", number="1003", total=700, gone=True)
    given.link(closed, "order", elsewhere.id, external_id="1", total=100)
    ids = [one.id for one in (invoice, memo, gone, elsewhere, none)]
    assert exported.there("order", ids) == {
        invoice.id: There("1", "1001", "", 2825),
        memo.id: There("2", "1002", "", -500),
        gone.id: There("3", "1003", "", None),
    }


def test_open_problems_with_the_causes_that_they_share(ours: uuid.UUID) -> None:
    order = given.order([])
    problems.tell(ref_of(order), Found("no_lines", {}, "no_lines"))
    problems.tell(ref_of(order), Found("term_not_mapped", {"term": "Net 45"}, "payment_term:Net 45"))
    done = given.order([])
    problems.tell(ref_of(done), Found("no_lines", {}, "no_lines"))
    problems.resolve(problems.of_record(ref_of(done)), by="Bo")
    found = exported.standing_in_the_way("order", [order.id, done.id])
    assert {record_id: [cause for _, cause in told] for record_id, told in found.items()} == {
        order.id: ["no_lines", "payment_term:Net 45"]
    }
    assert found[order.id][0][0] == problems.sentence("no_lines", {})
