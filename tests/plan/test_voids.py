"""What is attached to a document, and what becomes of the wish to take it back."""

import uuid
from datetime import date
from typing import Any

import pytest

from portal.models.kinds import RecordRef
from portal.plan.paid import attached
from portal.plan.types import Blocked, Company, Linked, NothingToDo, Plan
from portal.plan.voids import take_back

REF = RecordRef("order", uuid.UUID(int=7))
INVOICE = {
    "Id": "145",
    "SyncToken": "3",
    "DocNumber": "1043",
    "TxnDate": "2026-11-04",
    "TotalAmt": 56.5,
    "Balance": 56.5,
}
PAYMENT = {"TxnId": "9", "TxnType": "Payment"}
LINKED = Linked(kind="invoice", external_id="145", sync_token="3")
CANADA = Company(country="CA", home_currency="CAD")


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ({}, ""),
        ({"LinkedTxn": []}, ""),
        ({"LinkedTxn": [PAYMENT], "Balance": 0}, "a payment or credit of 56.50"),
        ({"LinkedTxn": [PAYMENT, {**PAYMENT, "TxnId": "8"}]}, "a payment or credit"),
        ({"LinkedTxn": [{"TxnId": "9", "TxnType": "Estimate"}]}, "a linked transaction (Estimate)"),
        ({"Balance": 36.5}, "a payment or credit of 20.00"),
        ({"Balance": "0"}, "a payment or credit of 56.50"),
        ({"Deposit": 10, "Balance": 46.5}, "a deposit of 10.00"),
        ({"Deposit": 10, "Balance": 0}, "a deposit of 10.00 and a payment or credit of 46.50"),
        ({"Deposit": 0}, ""),
        ({"TotalAmt": 0, "Balance": 0}, ""),
        ({"Balance": None}, ""),
    ],
)  # fmt: skip
def test_what_is_attached_is_told(entity: dict[str, Any], words: str) -> None:
    assert attached(INVOICE | entity, "CAD") == words


def test_an_invoice_is_voided_on_the_version_that_was_read() -> None:
    plan = take_back(REF, LINKED, INVOICE, None, CANADA)
    assert isinstance(plan, Plan)
    assert (plan.operation, plan.payload) == ("void", {"Id": "145", "SyncToken": "3"})
    assert not plan.then_create


@pytest.mark.parametrize(
    ("entity", "edited", "closing", "linked", "code"),
    [
        ({"Balance": 0}, {"fields": ["lines"]}, None, LINKED, "void_attached"),
        ({}, {"fields": ["lines"]}, None, LINKED, "void_edited"),
        ({}, None, date(2026, 11, 4), LINKED, "void_refused"),
        ({}, None, None, Linked(kind="credit_memo", external_id="146"), "void_refused"),
    ],
)
def test_what_stands_in_the_way_of_it(
    entity: dict[str, Any],
    edited: dict[str, Any] | None,
    closing: date | None,
    linked: Linked,
    code: str,
) -> None:
    company = Company(country="CA", home_currency="CAD", closing_date=closing)
    outcome = take_back(REF, linked, INVOICE | entity, edited, company)
    assert isinstance(outcome, Blocked)
    assert [one.code for one in outcome.problems] == [code]


def test_the_day_after_the_books_were_closed_is_open() -> None:
    company = Company(country="CA", home_currency="CAD", closing_date=date(2026, 11, 3))
    assert isinstance(take_back(REF, LINKED, INVOICE, None, company), Plan)


def test_of_one_that_is_voided_nothing_is_left_to_do() -> None:
    voided = Linked(kind="invoice", external_id="145", voided=True)
    assert isinstance(take_back(REF, voided, {}, None, CANADA), NothingToDo)
