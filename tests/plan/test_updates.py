"""An order that stands in QBO already: left alone, updated, or turned round."""

from datetime import date
from decimal import Decimal
from typing import Any

from portal.models.kinds import Kind, ref_of
from portal.plan import Linked, NothingToDo, plan
from tests import factories
from tests.plan.planning import CANADA, but, clean_order, codes, goods, linked, planned


def test_an_order_already_there_at_this_revision_is_left_alone() -> None:
    order = factories.order(revision=3)
    context = sent(order, linked(CANADA, order), revision=3)
    assert plan(order, context) == NothingToDo()


def test_an_order_finalized_again_updates_its_document_by_what_changed() -> None:
    order = clean_order()
    first = planned(order, linked(CANADA, order))
    order.revision = 2
    order.lines[0].quantity, order.lines[0].amount = Decimal(5), 6250
    theirs = {
        "TxnDate": "2026-11-20",
        "Line": [
            {
                "Id": "1",
                "DetailType": "SalesItemLineDetail",
                "Amount": 20.0,
                "SalesItemLineDetail": {"ItemRef": {"value": "22"}, "TaxCodeRef": {"value": "3"}},
            },
            {
                "Id": "2",
                "DetailType": "SalesItemLineDetail",
                "Amount": 50.0,
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "21"},
                    "TaxCodeRef": {"value": "5"},
                    "ClassRef": {"value": "9", "name": "West"},
                },
            },
            {"DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
        ],
    }
    context = sent(order, linked(CANADA, order), revision=1, payload=first.sent, theirs=theirs)
    made = planned(order, context)
    assert (made.operation, made.net, made.tax) == ("update", 8250, 813)
    assert (made.payload["Id"], made.payload["SyncToken"], made.payload["sparse"]) == ("145", "4", True)
    assert [line["Id"] for line in made.payload["Line"]] == ["2", "1"]
    assert made.payload["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "9"}
    assert made.payload["PrivateNote"] == "Routeique order 10023 (ref 7KX2M9QD-2)"
    assert not made.payload.keys() & {"TxnTaxDetail", "PrintStatus", "EmailStatus"}


def test_two_lines_of_one_item_keep_an_id_each_and_a_third_gets_none() -> None:
    keg = factories.sku()
    order = factories.order(lines=[factories.line(keg, quantity) for quantity in "123"], revision=2)
    standing = {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "21"}}}
    theirs = {"Line": [{"Id": "1", **standing}, {"Id": "2", **standing}]}
    made = planned(order, sent(order, linked(CANADA, order), revision=1, theirs=theirs))
    assert [line.get("Id") for line in made.payload["Line"]] == ["1", "2", None]


def test_an_invoice_that_turned_negative_is_voided_first() -> None:
    order = factories.order(lines=[factories.line(goods("Keg"), "-1", "30")], revision=2)
    made = planned(order, sent(order, linked(CANADA, order), revision=1))
    assert (made.kind, made.operation, made.then_create) == ("invoice", "void", True)
    assert made.payload == {"Id": "145", "SyncToken": "4"}


def test_a_credit_memo_that_turned_positive_is_deleted_first_since_qbo_cannot_void_it() -> None:
    order = factories.order(revision=2)
    made = planned(order, sent(order, linked(CANADA, order), revision=1, kind="credit_memo"))
    assert (made.kind, made.operation, made.then_create) == ("credit_memo", "delete", True)


def test_after_the_void_the_other_kind_is_created() -> None:
    order = factories.order(lines=[factories.line(goods("Keg"), "-1", "30")], revision=2)
    made = planned(order, linked(CANADA, order))
    assert (made.kind, made.operation) == ("credit_memo", "create")
    assert "Id" not in made.payload


def test_a_document_voided_there_is_never_made_again_by_itself() -> None:
    returned = factories.order(lines=[factories.line(goods("Keg"), "-1", "30")], revision=2)
    for order in (factories.order(revision=2), returned):
        outcome = plan(order, sent(order, linked(CANADA, order), revision=1, voided=True))
        assert codes(outcome) == ["found_voided"]


def sent(
    order: Any,
    context: Any,
    *,
    revision: int,
    kind: Kind = "invoice",
    payload: Any = None,
    theirs: Any = None,
    voided: bool = False,
) -> Any:
    """Its document stands in QBO as 145, sent at this revision."""
    link = Linked(
        kind,
        "145",
        "4",
        ours_then=payload or {"TxnDate": date(2026, 11, 20).isoformat()},
        revision=revision,
        theirs=theirs,
        voided=voided,
    )
    return but(context, links={**context.links, ref_of(order): link})
