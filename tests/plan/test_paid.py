"""What was paid on a document, and which updates of it that stands in the way of."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from portal.models.kinds import RecordRef
from portal.plan.paid import in_the_way, in_the_way_of_taking_back, paid_on, total_then
from portal.plan.types import Linked, Plan

REF = RecordRef("order", uuid.UUID(int=7))
FIELDS = {
    "Id": "145",
    "DocNumber": "1043",
    "CustomerRef": {"value": "3"},
    "TotalAmt": "57.63",
    "TxnTaxDetail": {"TotalTax": "6.63"},
}
PAID = Linked(
    kind="invoice",
    external_id="145",
    theirs=FIELDS,
    dealings={"Balance": "0", "LinkedTxn": [{"TxnId": "9", "TxnType": "Payment"}]},
)
OPEN = replace(PAID, dealings={"Balance": "57.63", "LinkedTxn": []})
UNTOLD = replace(PAID, dealings={})


def update(total: int | None, net: int = 3_100, **payload: Any) -> Plan:
    return Plan("invoice", "update", {"Line": [{}], **payload}, {}, {}, net=net, total=total)


def test_cut_below_what_was_paid_it_waits_for_an_administrator() -> None:
    found = in_the_way(REF, update(3_503), PAID, "CAD")
    assert found is not None
    assert found.code == "below_paid"
    told = {name: found.values[name] for name in ("document", "paid", "total", "over")}
    assert told == {"document": "Invoice 1043", "paid": "57.63", "total": "35.03", "over": "22.60"}


def test_what_is_no_money_of_the_companys_own_says_so() -> None:
    dollars = replace(PAID, theirs=FIELDS | {"CurrencyRef": {"value": "USD"}})
    found = in_the_way(REF, update(3_503), dollars, "CAD")
    assert found is not None
    assert [found.values[name] for name in ("paid", "over")] == ["57.63 USD", "22.60 USD"]
    home = in_the_way(REF, update(3_503), dollars, "USD")
    assert home is not None
    assert home.values["paid"] == "57.63"


@pytest.mark.parametrize(
    ("plan", "linked"),
    [
        (update(3_503), OPEN),
        (update(3_503), UNTOLD),
        (update(5_763), PAID),
        (update(6_000), PAID),
        (update(3_503), replace(PAID, dealings={"Balance": "22.60"})),
        (replace(update(3_503), payload={"TxnDate": "2026-11-30"}), PAID),
    ],
    ids=["nothing paid", "not told", "as much", "more", "as much as was paid", "lines stay"],
)
def test_nothing_else_does(plan: Plan, linked: Linked) -> None:
    assert in_the_way(REF, plan, linked, "CAD") is None


def test_what_an_administrator_agreed_to_holds_for_these_figures_alone() -> None:
    agreed = replace(PAID, decided={"below_paid": {"what": "cut", "ours": 3_503, "theirs": 5_763}})
    assert in_the_way(REF, update(3_503), agreed, "CAD") is None
    assert in_the_way(REF, update(3_502), agreed, "CAD") is not None
    paid_less = replace(agreed, dealings={"Balance": "0.63"})
    assert in_the_way(REF, update(3_503), paid_less, "CAD") is not None


def test_another_customer_gets_no_paid_invoice() -> None:
    found = in_the_way(REF, update(5_763, CustomerRef={"value": "4"}), PAID, "CAD")
    assert found is not None
    assert (found.code, found.values["attached"]) == ("payment_attached", "a payment or credit of 57.63")
    assert in_the_way(REF, update(5_763, CustomerRef={"value": "3"}), PAID, "CAD") is None
    assert in_the_way(REF, update(5_763, CustomerRef={"value": "4"}), OPEN, "CAD") is None


def test_nor_is_one_taken_back_for_a_credit_memo() -> None:
    found = in_the_way_of_taking_back(REF, PAID, "CAD")
    assert found is not None
    assert found.code == "payment_attached"
    assert in_the_way_of_taking_back(REF, OPEN, "CAD") is None


def test_where_quickbooks_reckons_the_tax_it_is_taken_in_proportion() -> None:
    assert total_then(update(None, net=3_100), FIELDS) == 3_503
    assert total_then(update(None, net=3_100), {**FIELDS, "TotalAmt": "0", "TxnTaxDetail": {}}) == 3_100


def test_what_was_paid_is_what_is_not_open() -> None:
    assert paid_on({**FIELDS, "Balance": "22.60"}) == 3_503
    assert paid_on(FIELDS) == 0
