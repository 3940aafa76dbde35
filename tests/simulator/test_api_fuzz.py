"""A thousand malformed or random requests: a fault each, nothing changed. `benchmarks.fuzz` does more."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import fuzz

REQUESTS, SEED = 1000, 1


def test_malformed_requests_get_faults_and_change_nothing(tmp_path: Path) -> None:
    app, bearer = fuzz.prepared(tmp_path)
    found = fuzz.put(app, bearer, requests=REQUESTS, seed=SEED)
    app.extensions["simulator"].store.close()
    assert found.wrong == []
    assert found.requests == REQUESTS
    # It says something only if most were refused, and by more than the outermost check.
    assert found.statuses["200"] < REQUESTS / 5
    assert {"500", "2010", "2050", "3100", "3200", "4000", "4001"} <= set(found.faults)


def test_what_would_be_wrong_is_seen() -> None:
    right = json.dumps({"Fault": {"Error": [{"code": "2010"}]}}).encode()
    broken = json.dumps({"Fault": {"Error": [{"code": "10000"}]}}).encode()
    assert fuzz.judged(400, "application/json", right) == (["2010"], "")
    for status, content_type, data in (
        (200, "application/json", right),
        (400, "application/json", b'{"time":"now"}'),
        (400, "application/json", broken),
        (500, "text/html", b"<h1>Internal Server Error</h1>"),
        (308, "text/html", b""),
    ):
        assert fuzz.judged(status, content_type, data)[1]
