"""The audit: as expected when every document is right, and not otherwise."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from demo import data
from demo.audit import ENTITIES, Evidence, Findings, Shown, audit, report
from demo.expected import Expected
from demo.ledger import Cost, cost, documents, doubled_customers, doubled_items

TODAY = date(2026, 11, 22)
NUMBERS = [order.number for order in data.distributor(TODAY).orders]
EXPECTED = {number: data.expected(TODAY)[number] for number in NUMBERS}
INVOICED = next(number for number in NUMBERS if EXPECTED[number].outcome == "invoice")
FAILED = next(number for number in NUMBERS if EXPECTED[number].outcome == "failed")
TAX_CODES = [{"Id": "5", "Name": "HST ON"}, {"Id": "3", "Name": "Zero-rated"}]
TAX_CODES += [{"Id": "2", "Name": "Exempt"}, {"Id": "6", "Name": "Out of Scope"}]


def test_right_documents_are_as_expected(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    findings = _audit(ledger, shown)
    assert findings.as_expected
    assert (findings.invoices, findings.credit_memos, sum(findings.failed.values())) == (356, 11, 33)
    assert findings.standing == 367
    assert report(findings).splitlines()[-2:] == ["duplicates: 0", "as expected"]


def test_a_missing_document_is_found(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    del ledger[_position(ledger, INVOICED)]
    _refused(_audit(ledger, shown), INVOICED, "0 documents")


def test_a_doubled_document_is_found(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    again = _entry(99999, "create", _body(EXPECTED[INVOICED], INVOICED, "99999"), "Invoice")
    findings = _audit([*ledger, again], shown)
    _refused(findings, INVOICED, "2 documents")
    assert "duplicates: 1" in report(findings)


def test_a_doubled_document_counts_even_when_it_was_deleted(
    ledger: list[dict[str, Any]], shown: dict[str, Shown]
) -> None:
    body = _body(EXPECTED[INVOICED], INVOICED, "99999")
    again = [_entry(99998, "create", body, "Invoice"), _entry(99999, "delete", body, "Invoice")]
    findings = _audit([*ledger, *again], shown)
    assert findings.duplicates == 1
    assert not findings.as_expected


def test_a_double_under_another_number_is_known_by_its_note(
    ledger: list[dict[str, Any]], shown: dict[str, Shown]
) -> None:
    body = {**_body(EXPECTED[INVOICED], INVOICED, "99999"), "DocNumber": "77"}
    assert _audit([*ledger, _entry(99999, "create", body, "Invoice")], shown).duplicates == 1


@pytest.mark.parametrize("field", ["TotalAmt", "TotalTax", "Amount"])
def test_one_cent_off_is_found(ledger: list[dict[str, Any]], shown: dict[str, Shown], field: str) -> None:
    body = ledger[_position(ledger, INVOICED)]["effects"][0]["object"]
    holder = {"TotalAmt": body, "TotalTax": body["TxnTaxDetail"], "Amount": body["Line"][0]}[field]
    holder[field] = _money(int(Decimal(holder[field]) * 100) + 1)
    findings = _audit(ledger, shown)
    assert list(findings.reasons) == [INVOICED]
    assert not findings.as_expected
    assert bool(findings.cents_differing) == (field != "Amount")


def test_the_wrong_tax_code_is_found_though_the_cents_agree(
    ledger: list[dict[str, Any]], shown: dict[str, Shown]
) -> None:
    exempt = next(number for number in NUMBERS if "Exempt" in _codes(EXPECTED[number]))
    for line in ledger[_position(ledger, exempt)]["effects"][0]["object"]["Line"]:
        line["SalesItemLineDetail"]["TaxCodeRef"]["value"] = "3"
    assert list(_audit(ledger, shown).reasons) == [exempt]


def test_another_customer_is_found(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    ledger[_position(ledger, INVOICED)]["effects"][0]["object"]["CustomerRef"]["name"] = "Somebody"
    assert list(_audit(ledger, shown).reasons) == [INVOICED]


def test_a_voided_document_stands_for_nothing(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    ledger[_position(ledger, INVOICED)]["effects"][0]["object"]["PrivateNote"] = "Voided"
    _refused(_audit(ledger, shown), INVOICED, "0 documents")


def test_a_document_of_an_order_that_had_to_fail_is_found(
    ledger: list[dict[str, Any]], shown: dict[str, Shown]
) -> None:
    body = _body(EXPECTED[FAILED], FAILED, "99999")
    findings = _audit([*ledger, _entry(99999, "create", body, "Invoice")], shown)
    assert list(findings.reasons) == [FAILED]
    assert not findings.as_expected


def test_a_document_without_an_order_is_found(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    body = {**_body(EXPECTED[INVOICED], INVOICED, "99999"), "DocNumber": "77", "PrivateNote": "by hand"}
    findings = _audit([*ledger, _entry(99999, "create", body, "Invoice")], shown)
    assert findings.without_an_order == ["Invoice 99999"]
    assert not findings.as_expected


def test_the_wrong_problem_is_found(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    shown[FAILED] = Shown("failed", frozenset({"something_else"}))
    findings = _audit(ledger, shown)
    assert list(findings.reasons) == [FAILED]
    assert not findings.as_expected


def test_an_order_still_under_way_is_found(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> None:
    shown[INVOICED] = Shown("queued")
    assert list(_audit(ledger, shown).reasons) == [INVOICED]


def test_too_few_standing_is_not_as_expected(shown: dict[str, Shown]) -> None:
    """Also when every one of them was expected to fail."""
    expected = {number: EXPECTED[number] for number in NUMBERS if EXPECTED[number].outcome == "failed"}
    findings = audit(expected, NUMBERS, _evidence([], {number: shown[number] for number in expected}))
    assert not findings.reasons
    assert not findings.as_expected


@pytest.mark.parametrize(
    "other",
    [
        {"cost_of_the_thousand": Cost(writes=41, metered_reads=0)},
        {"cost_of_the_thousand": Cost(writes=34, metered_reads=81)},
        {"written_since": 1},
        {"limits_broken": 1},
        {"doubled_customers": 1},
        {"doubled_items": 1},
    ],
)
def test_what_it_cost_and_doubled_names_decide_too(
    ledger: list[dict[str, Any]], shown: dict[str, Shown], other: dict[str, Any]
) -> None:
    findings = audit(EXPECTED, NUMBERS, _evidence(ledger, shown, **other))
    assert not findings.reasons
    assert not findings.as_expected
    assert report(findings).splitlines()[-1] == "NOT as expected"


def test_only_posts_to_the_company_are_writes() -> None:
    entries: list[dict[str, Any]] = [
        {"method": "POST", "path": "/v3/company/1/batch", "metered": False},
        {"method": "POST", "path": "/v3/company/1/invoice?operation=void", "metered": False},
        {"method": "POST", "path": "/v3/company/1/query", "metered": True},
        {"method": "GET", "path": "/v3/company/1/invoice/5", "metered": True},
        {"method": "POST", "path": "/oauth2/v1/tokens/bearer", "metered": False},
    ]
    assert cost(entries) == Cost(writes=2, metered_reads=2)


def test_doubles_are_found_however_they_are_written() -> None:
    names = ["Café Olé – Queen St", "CAFE OLE, Queen St", "Café Olé – King St"]
    assert doubled_customers({"DisplayName": name} for name in names) == 1
    assert doubled_customers([{"DisplayName": names[0]}, {"DisplayName": names[1], "Active": False}]) == 0
    note = "Routeique location L1004"
    assert doubled_customers([{"DisplayName": "A", "Notes": note}, {"DisplayName": "B", "Notes": note}]) == 1
    assert doubled_items([{"Name": "A", "Sku": "X-1"}, {"Name": "B", "Sku": "x-1"}]) == 1
    assert doubled_items([{"Name": "A", "Sku": "X-1"}, {"Name": "B"}]) == 0


def _audit(ledger: list[dict[str, Any]], shown: dict[str, Shown]) -> Findings:
    return audit(EXPECTED, NUMBERS, _evidence(ledger, shown))


def _evidence(ledger: list[dict[str, Any]], shown: dict[str, Shown], **other: Any) -> Evidence:
    codes = sorted({line.code for wanted in EXPECTED.values() for line in wanted.lines if line.code})
    items: list[dict[str, Any]] = [{"Id": code, "Sku": code} for code in codes]
    items.append({"Id": "charge", "Name": "Delivery"})
    given: dict[str, Any] = {
        "documents": documents(ledger, items, TAX_CODES),
        "doubled_customers": 0,
        "doubled_items": 0,
        "shown": shown,
        "cost_of_the_thousand": Cost(writes=34, metered_reads=68),
        "seconds_waited": 3,
    }
    return Evidence(**{**given, **other})


def _refused(findings: Findings, number: str, reason: str) -> None:
    assert findings.reasons == {number: [reason]}
    assert not findings.as_expected
    assert report(findings).splitlines()[-1] == "NOT as expected"


def _position(ledger: list[dict[str, Any]], number: str) -> int:
    numbers = [entry["effects"][0]["object"]["DocNumber"] for entry in ledger]
    return numbers.index(number)


def _codes(wanted: Expected) -> set[str]:
    return set() if wanted.problem else {line.tax_code for line in wanted.lines}


def _entry(seq: int, operation: str, body: dict[str, Any], entity: str) -> dict[str, Any]:
    effect = {"operation": operation, "entity": entity, "id": body["Id"], "object": body}
    return {
        "seq": seq,
        "method": "POST",
        "path": "/v3/company/1/batch",
        "metered": False,
        "effects": [effect],
    }


def _body(wanted: Expected, number: str, id: str) -> dict[str, Any]:
    ids = {str(code["Name"]): code["Id"] for code in TAX_CODES}
    return {
        "Id": id,
        "DocNumber": number,
        "TxnDate": wanted.invoice_date.isoformat(),
        "CustomerRef": {"value": "9", "name": wanted.customer.upper()},
        "PrivateNote": f"Routeique order {number} (ref 7KX2M9QD-1)",
        "TotalAmt": _money(wanted.total_cents),
        "TxnTaxDetail": {"TotalTax": _money(wanted.tax_cents)},
        "Line": [
            {
                "Amount": _money(line.amount_cents),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": line.code or "charge"},
                    "TaxCodeRef": {"value": ids[line.tax_code]},
                },
            }
            for line in wanted.lines
        ],
    }


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


@pytest.fixture
def ledger() -> list[dict[str, Any]]:
    """What a run without a flaw leaves."""
    return [
        _entry(seq, "create", _body(wanted, number, str(seq)), ENTITIES[wanted.outcome])
        for seq, (number, wanted) in enumerate(EXPECTED.items(), 1)
        if wanted.outcome != "failed"
    ]


@pytest.fixture
def shown() -> dict[str, Shown]:
    return {
        number: Shown("failed", frozenset({wanted.problem})) if wanted.problem else Shown("synced")
        for number, wanted in EXPECTED.items()
    }
