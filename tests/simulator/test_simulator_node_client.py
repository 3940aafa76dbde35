"""A client of another language, unmodified: node-quickbooks, by what node_client.js does with it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import node
from tests.support.simulator import ROOT, simulator_process

# One simulator and one run of Node serve all of these.
pytestmark = pytest.mark.xdist_group("node client")

PROGRAM = Path(__file__).with_name("node_client.js")
NAME = "Amy's “Bird” & Co + 100%"
Found = dict[str, Any]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What the client was answered."""
    program = node.node_path()
    node.module("node-quickbooks/index.js")
    home = tmp_path_factory.mktemp("node-client")
    credentials = credentials_in(home)
    with simulator_process(home) as simulated:
        given = {
            "url": simulated.url,
            "clientId": credentials["CLIENT_ID"],
            "clientSecret": credentials["CLIENT_SECRET"],
            "refreshToken": credentials["REFRESH_TOKEN"],
            "realm": credentials["COMPANY_ID"],
        }
        # Without a proxy's address; and where a local time has an offset, since it writes those.
        environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(node.MODULES), "TZ": "America/Toronto"}
        ran = subprocess.run(
            [program, str(PROGRAM), json.dumps(given)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert ran.returncode == 0, ran.stderr
    answers: Found = json.loads(ran.stdout)
    return answers


def test_it_connects_by_its_refresh_token(found: Found) -> None:
    assert found["withoutToken"]["status"] == 401
    assert found["connected"] == {"expiresIn": 3600, "type": "bearer", "hasToken": True}
    assert found["company"]["Country"] == "US"


def test_it_creates_and_reads_a_customer(found: Found) -> None:
    assert (found["customer"]["DisplayName"], found["customer"]["SyncToken"]) == (NAME, "0")
    assert found["read"] == found["customer"]


def test_it_queries_by_an_awkward_name_counts_and_sorts(found: Found) -> None:
    [named] = found["named"]["QueryResponse"]["Customer"]
    assert named["Id"] == found["customer"]["Id"]
    assert found["counted"]["QueryResponse"]["totalCount"] == 1
    assert [each["Id"] for each in found["latest"]["QueryResponse"]["Customer"]] == [named["Id"]]


def test_it_lists_page_after_page(found: Found) -> None:
    ids = [each["Id"] for each in found["all"]["QueryResponse"]["Account"]]
    assert len(ids) == len(set(ids)) > 5


def test_it_updates_and_a_stale_update_is_refused(found: Found) -> None:
    assert (found["changed"]["SyncToken"], found["changed"]["CompanyName"]) == ("1", "Bird Ltd")
    assert found["changed"]["DisplayName"] == NAME
    assert refused(found["stale"]) == (400, "5010")


def test_it_is_told_what_is_taken_and_what_is_missing(found: Found) -> None:
    assert refused(found["taken"]) == (400, "6240")
    assert refused(found["missing"]) == (400, "610")


def test_a_requestid_makes_nothing_twice(found: Found) -> None:
    first, second = found["repeated"]
    assert first == second


def test_it_batches_with_each_item_on_its_own(found: Found) -> None:
    items = {item["bId"]: item for item in found["batch"]["BatchItemResponse"]}
    assert items["made"]["Invoice"]["DocNumber"] == "NODE-2"
    assert items["refused"]["Fault"]["Error"][0]["code"] == "6240"
    [asked] = items["asked"]["QueryResponse"]["Invoice"]
    assert asked["Id"] == found["invoice"]["Id"]


def test_it_voids_an_invoice_and_a_payment(found: Found) -> None:
    assert (found["invoice"]["TotalAmt"], found["pdf"]) == (50, "%PDF-")
    assert found["voided"]["Invoice"]["TotalAmt"] == found["afterVoid"]["Balance"] == 0
    assert found["afterVoid"]["SyncToken"] == "1"
    assert found["voidedPayment"]["TotalAmt"] == 0


def test_it_captures_changes_and_what_was_deleted(found: Found) -> None:
    assert found["deleted"]["Invoice"]["status"] == "Deleted"
    [capture] = found["changes"]["CDCResponse"]
    changed = {kind: rows for answer in capture["QueryResponse"] for kind, rows in answer.items()}
    assert found["customer"]["Id"] in [each["Id"] for each in changed["Customer"]]
    states = {each["Id"]: each.get("status") for each in changed["Invoice"]}
    assert states == {found["invoice"]["Id"]: None, found["deleted"]["Invoice"]["Id"]: "Deleted"}


def test_it_verifies_a_webhook_by_the_raw_body(found: Found) -> None:
    told = found["notification"]
    assert (told["signed"], told["signedByAnother"], told["signedAfterAChange"]) == (True, False, False)
    [event] = told["body"]
    assert (event["type"], event["intuitentityid"]) == ("qbo.customer.created.v1", found["customer"]["Id"])


def test_after_revoking_it_gets_no_more_tokens(found: Found) -> None:
    assert found["revoked"] == {"status": 400, "error": "invalid_grant"}


def refused(answer: Found) -> tuple[int, str]:
    return answer["status"], answer["error"]["Error"][0]["code"]


def credentials_in(home: Path) -> dict[str, str]:
    """Of the American company, as anybody gets them."""
    command = [sys.executable, "-m", "simulator", "--credentials", "--home", str(home)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    words = (shlex.split(line)[1] for line in printed.stdout.splitlines())
    return dict(word.split("=", 1) for word in words)
