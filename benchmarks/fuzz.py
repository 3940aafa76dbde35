"""Malformed and random requests put to the simulator: each gets QuickBooks' fault, none changes a thing.

`python -m benchmarks.fuzz [--requests N] [--seed N]`
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from flask import Flask

from simulator import create_app, tokens
from simulator.kinds import BY_PATH, KINDS
from simulator.store import Store

REALM = "9341454816381446"
CLIENT, CALLBACK = "simulator-client", "http://localhost/callback"
METHODS = ("GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE")
PATHS = (
    *BY_PATH, "batch", "query", "cdc", "taxservice/taxcode", "reports", "reports/ProfitAndLoss", "upload",
    "download", "",
)  # fmt: skip
ASKED_WITH = (
    "entities", "changedSince", "operation", "include", "asofdate", "sourcecurrencycode", "start_date",
    "date_macro", "accounting_method",
)  # fmt: skip
OPERATIONS = ("", "", "", "create", "update", "delete", "void", "send", "explode", "é")
WORDS = (
    "select", "*", "from", "Invoice", "where", "Id", "=", "'1'", "(", ")", "in", ",", "'", "\\", "maxresults",
    "-1", "orderby", "count(*)", "DocNumber", "like", "é", "%", "\x00", "and", "9" * 40, "Customer", "or",
    "startposition", "<", "Metadata.LastUpdatedTime", "'2026-13-45'", "''", '"', ";", "--", "1e999", "\ud800",
    "' OR 1=1", "Balance", "Active", "true", "drop table record",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e300, -1e-300, 10**25, 10**400, "", " ", "1", "x" * 5000, "a:b", "\u0000", "\ud800",
    "2026-02-30", "99999-01-01", "NaN", [], {}, [[]], [None], {"value": None}, {"value": {"value": "1"}},
    "'; DROP TABLE record; --", "é\u2028\u202e", "١٢", "1.5", "0x10", "1_000", "٣",
)  # fmt: skip
RAW = (
    b"", b"null", b"[]", b"5", b'"text"', b"{", b"[" * 3000, b'{"a":' * 3000, b"\xff\xfe\x00", b"NaN",
    b'{"Id":Infinity}', b'{"Id":1e99999}', b"<Invoice/>", b"<a><b></a>", b"\xef\xbb\xbf{}",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Invoice><DocNumber>&b;</DocNumber></Invoice>',
    b'{"DocNumber":"\\ud800"}', b"{}\x00", b"a=b&c=d", b'{"Id":"1","Id":"2","Id":}',
)  # fmt: skip
TYPES = (
    "application/json",
    "application/xml",
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "é",
    "a/b;c",
)
ACCEPTS = ("application/json", "application/json", "application/xml", "*/*", "", "text/html;q=x", "image/png")


@dataclass(frozen=True)
class Asked:
    method: str
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Found:
    """What came of it."""

    requests: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def put(app: Flask, bearer: str, *, requests: int, seed: int) -> Found:
    """So many requests to a simulator whose store nobody else writes."""
    chance, client, found = random.Random(seed), app.test_client(), Found()
    store: Store = app.extensions["simulator"].store
    before = _books(store)
    for number in range(requests):
        asked = _asked(chance, bearer)
        answer = client.open(
            asked.url, method=asked.method, data=asked.body, headers=asked.headers, base_url="http://q.test"
        )
        found.requests += 1
        found.statuses[str(answer.status_code)] += 1
        codes, why = judged(answer.status_code, answer.headers.get("Content-Type", ""), answer.get_data())
        found.faults.update(codes)
        after = _books(store)
        if after != before:
            why, before = f"it changed the books: {before} → {after}", after
        if "intuit_tid" not in answer.headers:
            why = why or "no intuit_tid"
        if why:
            body = asked.body[:300]
            found.wrong.append(f"{number} of seed {seed}: {asked.method} {asked.url[:200]} {body!r}: {why}")
    return found


def judged(status: int, content_type: str, data: bytes) -> tuple[list[str], str]:
    """The codes of the faults in an answer, and what is wrong with it, if anything."""
    text = data.decode("utf-8")
    if "application/xml" in content_type:
        root = ElementTree.fromstring(text)  # noqa: S314  # the simulator's own
        codes = [each.get("code", "") for each in root.iter() if each.tag.endswith("Error")]
        is_fault = any(each.tag.endswith("Fault") for each in root)
    elif "json" in content_type:
        body = json.loads(text)
        codes = list(_codes(body))
        is_fault = "Fault" in body or "fault" in body
    else:
        return [], f"{status} as {content_type}: {text[:200]}"
    if "10000" in codes or status >= 500:
        return codes, f"{status}: a mistake of the simulator's own"
    if is_fault != (status >= 400):
        return codes, f"{status} with {'a' if is_fault else 'no'} fault: {text[:200]}"
    return codes, ""


def _codes(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        for key, value in body.items():
            if key in ("Error", "error") and isinstance(value, list):
                yield from (str(each["code"]) for each in value)
            else:
                yield from _codes(value)
    elif isinstance(body, list):
        for each in body:
            yield from _codes(each)


def _books(store: Store) -> tuple[Any, ...]:
    """Moves with whatever is written but the ledger."""
    with store.reading() as connection:
        counted = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  # named here
            for table in ("record", "access_token", "refresh_token", "setting", "file")
        ]
        last = connection.execute("SELECT sum(last) FROM sequence").fetchone()[0]
        switches = connection.execute("SELECT group_concat(switches || country) FROM company").fetchone()[0]
    return (*counted, last, switches)


def _asked(chance: random.Random, bearer: str) -> Asked:
    kind = chance.random()
    if kind < 0.25:
        return _query(chance, bearer)
    if kind < 0.45:
        return _raw(chance, bearer)
    path = chance.choice(PATHS)
    body: Any = {**_object(chance, path, 0), "Nonsense": 1}
    if path == "batch":
        # One property too many keeps each item from being right, whatever else it holds.
        items = [_item(chance) for _ in range(chance.choice((0, 1, 2, 31)))]
        body = chance.choice(({"BatchItemRequest": items}, {"BatchItemRequest": items, "x": 1}, items))
    text = json.dumps(body)
    if chance.random() < 0.15:
        text = text[: chance.randrange(len(text))]
    parameters = {"operation": chance.choice(OPERATIONS), "minorversion": chance.choice(("75", "1", "x"))}
    if chance.random() < 0.2:
        parameters["requestid"] = "r" * chance.choice((1, 36, 50, 51, 400))
    return Asked("POST", _address(path, parameters), text.encode(), _headers(chance, bearer))


def _query(chance: random.Random, bearer: str) -> Asked:
    statement = " ".join(chance.choices(WORDS, k=chance.randrange(14)))
    dice = chance.random()
    if dice < 0.2:
        statement = f"select * from {chance.choice(list(KINDS))} where {statement}"  # noqa: S608
    elif dice < 0.8:
        statement = _nearly_right(chance)
    headers = _headers(chance, bearer)
    encoded = statement.encode("utf-8", "surrogatepass")
    if chance.random() < 0.5:
        return Asked("POST", _address("query", {}), encoded, headers)
    address = f"/v3/company/{REALM}/query?query={quote(encoded)}"
    return Asked("GET", address, b"", headers)


def _nearly_right(chance: random.Random) -> str:
    kind = KINDS[chance.choice(list(KINDS))]
    names = [*kind.shape.properties, *kind.columns, "Nothing", "Line.Id", "count(*)"]
    literal = chance.choice(("'1'", "'2026-02-30'", "true", "5", "''", "'%'", "('1','2')", "(true)", "'\\'"))
    operator = chance.choice(("=", "<", "like", "in", "!=", "is", ">="))
    end = chance.choice(
        ("", "maxresults 0", "maxresults 1001", "startposition 0", "order by", "orderby Id, x")
    )
    asked = chance.choice(("*", "Id", "*, Sku", "Nothing", "count(*)", "count(Id)"))
    where = f"{chance.choice(names)} {operator} {literal} {end}"
    return f"select {asked} from {kind.name} where {where}"  # noqa: S608  # QuickBooks' language


def _raw(chance: random.Random, bearer: str) -> Asked:
    """Anything anywhere, by any method."""
    path = chance.choice(PATHS)
    extra = chance.choice(
        ("", "", "/0", "/-1", "/1.5", "/x", "/1/2/3", "/9999/pdf", "/1/send", "/%00", "/é", "//")
    )
    realm = chance.choice((REALM, REALM, REALM, "0", "x", "9" * 60, "é"))
    parameters = {
        chance.choice(ASKED_WITH):
        str(chance.choice(VALUES)) for _ in range(chance.randrange(3))
    }  # fmt: skip
    method, body = chance.choice(METHODS), chance.choice(RAW)
    if method == "POST" and extra == "/1/send":
        parameters["sendTo"] = "nobody"
    query = urlencode(parameters, errors="replace")
    headers = _headers(chance, chance.choice((bearer, bearer, "", "x" * 30, "x" * 5000)))
    return Asked(method, f"/v3/company/{quote(realm)}/{path}{quote(extra, safe='/%')}?{query}", body, headers)


def _item(chance: random.Random) -> Any:
    if chance.random() < 0.2:
        return chance.choice(VALUES)
    name = chance.choice((*KINDS, "Nothing", "Query", "CDCQuery"))
    body: Any = {**_object(chance, name.lower(), 1), "Nonsense": 1}
    if name == "Query":
        body = " ".join(chance.choices(WORDS, k=chance.randrange(8)))
    return {
        "bId": chance.choice(("1", 1, None, "x" * 60)),
        "operation": chance.choice((*OPERATIONS, 5, None, [])),
        "optionsData": chance.choice((None, "void", 5, ["x"])),
        name: chance.choice((body, body, body, None, 5, [])),
    }


def _object(chance: random.Random, path: str, depth: int) -> dict[str, Any]:
    """With the entity's own properties, and values that mostly don't belong there."""
    kind = BY_PATH.get(path)
    names = [*kind.shape.properties] if kind else ["Id", "Line", "Name", "value"]
    return {chance.choice(names): _value(chance, path, depth + 1) for _ in range(chance.randrange(1, 7))}


def _value(chance: random.Random, path: str, depth: int) -> Any:
    dice = chance.random()
    if depth < 4 and dice < 0.25:
        return _object(chance, path, depth)
    if depth < 4 and dice < 0.4:
        return [_value(chance, path, depth + 1) for _ in range(chance.randrange(4))]
    return chance.choice(VALUES)


def _headers(chance: random.Random, bearer: str) -> dict[str, str]:
    headers = {"Authorization": f"{chance.choice(('Bearer', 'Bearer', 'Bearer', 'bearer'))} {bearer}"}
    if accept := chance.choice(ACCEPTS):
        headers["Accept"] = accept
    if content_type := chance.choice(TYPES if chance.random() < 0.3 else TYPES[:1]):
        headers["Content-Type"] = content_type
    return headers


def _address(path: str, parameters: dict[str, str]) -> str:
    return f"/v3/company/{REALM}/{path}?{urlencode(parameters)}"


def prepared(home: Path) -> tuple[Flask, str]:
    """A simulator with a customer in it, and a bearer of its Canadian company."""
    app = create_app(home, limits="off")
    sim = app.extensions["simulator"]
    with sim.store.writing() as connection:
        code = tokens.new_code(connection, sim.clock, CLIENT, CALLBACK, REALM, tokens.ACCOUNTING)
        _, granted = tokens.exchange_code(connection, sim.clock, CLIENT, code, CALLBACK)
    bearer = str(granted["access_token"])
    answer = app.test_client().post(
        f"/v3/company/{REALM}/customer",
        json={"DisplayName": "Bar"},
        headers={"Authorization": f"Bearer {bearer}"},
    )
    assert answer.status_code == 200
    return app, bearer


def run(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.fuzz", description=__doc__)
    asked.add_argument("--requests", type=int, default=50_000)
    asked.add_argument("--seed", type=int, default=20261122)
    options = asked.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        app, bearer = prepared(Path(home))
        began = time.monotonic()
        found = put(app, bearer, requests=options.requests, seed=options.seed)
        seconds = time.monotonic() - began
        app.extensions["simulator"].store.close()
    print(f"{found.requests:,} requests of seed {options.seed} in {seconds:.0f} s")
    print("answers:", ", ".join(f"{status}: {number:,}" for status, number in found.statuses.most_common()))
    print("faults: ", ", ".join(f"{code}: {number:,}" for code, number in found.faults.most_common()))
    print(f"not as QuickBooks would: {len(found.wrong)}")
    for each in found.wrong[:20]:
        print(" ", each)
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
