"""Random requests: each gets a fault of QuickBooks', none a traceback, and none changes anything."""

from __future__ import annotations

import json
import random
from typing import Any

import requests

from tests.simulator.company import CANADA, Company, Control

SEED = 20261122
REQUESTS = 400
PATHS = [
    "invoice", "customer", "item", "batch", "creditmemo", "vendor", "term", "account", "taxcode",
    "preferences",
]  # fmt: skip
KEYS = [
    "Id", "SyncToken", "Line", "CustomerRef", "DisplayName", "DocNumber", "TxnDate", "Amount",
    "DetailType", "Name", "SalesItemLineDetail", "bId", "operation", "Invoice", "Customer", "Query",
    "value", "sparse", "TxnTaxDetail", "TaxLine", "ParentRef", "BillAddr", "CustomField", "LinkedTxn",
    "Active", "DueDays",
]  # fmt: skip
WORDS = [
    "select", "*", "from", "Invoice", "where", "Id", "=", "'1'", "(", ")", "in", ",", "'", "\\",
    "maxresults", "-1", "orderby", "count(*)", "DocNumber", "like", "é", "%", "\x00", "and",
    "99999999999999999999999", "Customer",
]  # fmt: skip


def test_nonsense_gets_a_fault_and_changes_nothing(canada: Company, control: Control) -> None:
    chance = random.Random(SEED)
    before = [control.books(CANADA, entity) for entity in ("Customer", "Item", "Term", "Account")]
    for number in range(REQUESTS):
        answer = (
            canada.get("query", query=" ".join(chance.choices(WORDS, k=chance.randrange(12))))
            if chance.random() < 0.4
            else _posted(canada, chance)
        )
        said = f"request {number} of seed {SEED}: {answer.text[:300]}"
        assert answer.status_code in (200, 400), said
        assert (
            "Fault" in answer.json()
            or "QueryResponse" in answer.json()
            or "BatchItemResponse" in answer.json()
        ), said
        assert '"10000"' not in answer.text, said
    assert [control.books(CANADA, entity) for entity in ("Customer", "Item", "Term", "Account")] == before
    assert control.books(CANADA, "Invoice") == []


def _posted(canada: Company, chance: random.Random) -> requests.Response:
    path = chance.choice(PATHS)
    body: Any = _value(chance, 0)
    if path == "batch":
        operation = chance.choice(["create", "update", "delete", "void", 5])
        body = {"BatchItemRequest": [{"bId": 1, "operation": operation, chance.choice(KEYS): body}]}
    return canada.post_text(path, _mutilated(chance, body), operation=_operation(chance))


def _mutilated(chance: random.Random, body: Any) -> str:
    text = json.dumps(body)
    if chance.random() < 0.2:
        cut = chance.randrange(len(text) + 1)
        return text[:cut]
    return text


def _operation(chance: random.Random) -> str:
    return chance.choice(["", "", "update", "void", "delete", "explode"])


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if depth < 4 and kind < 0.5:
        value = {chance.choice(KEYS): _value(chance, depth + 1) for _ in range(chance.randrange(5))}
        # Whatever else it holds, this keeps it from being a right request.
        return value | {"Nonsense": 1} if depth == 0 else value
    if 0 < depth < 4 and kind < 0.7:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return chance.choice(
        [None, True, 0, -1, 1e300, 10**25, 1.5e-300, "", "1", "x" * 5000, "a:b", "\u0000", "2026-02-30"]
    )
