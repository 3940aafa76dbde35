"""Requests at the same time: one number, one name, one requestid make one record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import requests
from flask import Flask

from tests.simulator.company import Company, invoice
from tests.simulator.conftest import BASE, session_on

AT_ONCE = 8


def test_one_of_many_invoices_with_the_same_number_is_made(app: Flask, canada: Company) -> None:
    answers = _all_at_once(app, canada, lambda company: company.post("invoice", invoice(DocNumber="1")))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert canada.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}


def test_one_of_many_customers_with_the_same_name_is_made(app: Flask, canada: Company) -> None:
    answers = _all_at_once(app, canada, lambda company: company.post("customer", {"DisplayName": "Bar"}))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: AT_ONCE - 1}


def test_the_same_requestid_at_once_gives_the_same_answer(app: Flask, canada: Company) -> None:
    answers = _all_at_once(app, canada, lambda company: company.post("invoice", invoice(), requestid="r1"))
    assert len({answer.text for answer in answers}) == 1
    assert canada.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": 1}


def test_one_of_many_edits_of_one_version_wins(app: Flask, canada: Company) -> None:
    made = canada.create("Invoice", invoice())
    numbers = iter(range(AT_ONCE))
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    answers = _all_at_once(
        app, canada, lambda company: company.post("invoice", {**change, "PrivateNote": f"by {next(numbers)}"})
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: AT_ONCE - 1}
    assert canada.read("Invoice", made["Id"])["SyncToken"] == "1"


def test_balances_add_up(app: Flask, canada: Company) -> None:
    _all_at_once(app, canada, lambda company: company.post("invoice", invoice()))
    assert str(canada.read("Customer", "1")["Balance"]) == "904.00"


def _all_at_once(
    app: Flask, canada: Company, ask: Callable[[Company], requests.Response]
) -> list[requests.Response]:
    ready = Barrier(AT_ONCE)

    def one(_: Any) -> requests.Response:
        company = Company(session_on(app), BASE, canada.realm, canada.token)
        ready.wait(timeout=10)
        return ask(company)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))
