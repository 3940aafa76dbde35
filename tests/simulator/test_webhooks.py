"""Webhooks: what changed, signed, in either shape, again by Intuit's schedule until somebody takes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from quickbooks import QuickBooks

from simulator import create_app
from tests.simulator.company import CANADA, Body, Company, Control, invoice
from tests.simulator.conftest import BASE, session_on

VERIFIER = "a verifier token"


class Receiver(ThreadingHTTPServer):
    """An app's webhook address: answers as told, keeps what came."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.arrived = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"

    def wait_for(self, number: int) -> list[Any]:
        """The bodies of so many notifications, once they are there."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.came) >= number, timeout=10), self.came
            return [json.loads(body) for _, body in self.came]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.arrived:  # before the sender may go on
            self.server.came.append((dict(self.headers.items()), body))
            self.server.arrived.notify_all()
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def register(session: requests.Session, receiver: Receiver, **rest: Any) -> None:
    given = {"url": receiver.url, "verifier": VERIFIER, **rest}
    assert session.post(f"{BASE}/control/webhooks", json=given).status_code == 200


def test_python_quickbooks_verifies_the_signature(
    canada: Company, session: requests.Session, receiver: Receiver
) -> None:
    register(session, receiver)
    canada.create("Customer", {"DisplayName": "Bar"})
    receiver.wait_for(1)
    [(headers, body)] = receiver.came
    client = QuickBooks(company_id=CANADA, minorversion=75, verifier_token=VERIFIER)
    signature = headers["intuit-signature"]
    assert client.validate_webhook_signature(body.decode(), signature)
    assert not client.validate_webhook_signature(body.decode(), signature, "another token")


def standing(session: requests.Session) -> Body:
    body: Body = session.get(f"{BASE}/control/webhooks").json()
    return body


def test_cloud_events(canada: Company, receiver: Receiver) -> None:
    register(canada.session, receiver)
    made = canada.create("Customer", {"DisplayName": "Bar"})
    [[event]] = receiver.wait_for(1)
    assert event["specversion"] == "1.0"
    assert event["type"] == "qbo.customer.created.v1"
    assert (event["intuitentityid"], event["intuitaccountid"]) == (made["Id"], CANADA)
    assert (event["datacontenttype"], event["data"], event["time"][-1]) == ("application/json", {}, "Z")


def test_the_legacy_shape(canada: Company, receiver: Receiver) -> None:
    register(canada.session, receiver, shape="legacy")
    made = canada.create("Customer", {"DisplayName": "Bar"})
    [body] = receiver.wait_for(1)
    [notification] = body["eventNotifications"]
    [entity] = notification["dataChangeEvent"]["entities"]
    assert notification["realmId"] == CANADA
    assert (entity["id"], entity["operation"], entity["name"]) == (made["Id"], "Create", "Customer")
    assert entity["lastUpdated"].endswith(".000Z")


def test_it_is_signed_over_the_raw_body(canada: Company, receiver: Receiver) -> None:
    register(canada.session, receiver)
    canada.create("Customer", {"DisplayName": "Bar"})
    receiver.wait_for(1)
    headers, body = receiver.came[0]
    expected = base64.b64encode(hmac.new(VERIFIER.encode(), body, hashlib.sha256).digest()).decode()
    assert headers["intuit-signature"] == expected
    assert headers["User-Agent"] == "intuit_notification_server/0.1"
    assert headers["intuit-notification-schema-version"] == "0.1"


def test_each_verb_has_its_name(canada: Company, control: Control, receiver: Receiver) -> None:
    made = canada.create("Invoice", invoice())
    control.clock(stop=True)
    register(canada.session, receiver)
    receiver.status = 500
    control.person(CANADA, "update", "Invoice", id=made["Id"], changes={"PrivateNote": "x"})
    receiver.wait_for(1)
    assert canada.post(f"invoice/{made['Id']}/send", sendTo="a@example.com").status_code == 200
    control.person(CANADA, "void", "Invoice", id=made["Id"])
    control.person(CANADA, "delete", "Invoice", id=made["Id"])
    receiver.status = 200
    control.clock(step=10)
    types = [event["type"] for event in receiver.wait_for(2)[1]]
    assert types == [f"qbo.invoice.{verb}.v1" for verb in ("updated", "emailed", "voided", "deleted")]


@pytest.mark.parametrize("shape", ["cloudevents", "legacy"])
def test_a_merge_names_who_is_kept_and_who_is_gone(
    canada: Company, control: Control, receiver: Receiver, shape: str
) -> None:
    """The invoices and what is owed on them go along."""
    gone, kept = (canada.create("Customer", {"DisplayName": name})["Id"] for name in ("Bar", "The Bar"))
    sold = canada.create("Invoice", invoice(customer=gone))
    register(canada.session, receiver, shape=shape, verbs="as_legacy")
    merged = control.person(CANADA, "merge", "Customer", id=gone, into=kept)
    assert (merged["Id"], merged["Balance"]) == (kept, sold["TotalAmt"])
    assert canada.read("Invoice", sold["Id"])["CustomerRef"] == {"value": kept, "name": "The Bar"}
    assert canada.get(f"customer/{gone}").status_code == 400
    [told] = receiver.wait_for(1)
    if shape == "legacy":
        [entity] = told["eventNotifications"][0]["dataChangeEvent"]["entities"]
        assert (entity["operation"], entity["id"], entity["deletedId"]) == ("Merge", kept, gone)
    else:
        [event] = told
        assert (event["type"], event["intuitentityid"]) == ("qbo.customer.merge.v1", kept)
        assert event["data"] == {"deletedId": gone}


def test_a_merge_may_leave_unsaid_who_is_gone(canada: Company, control: Control, receiver: Receiver) -> None:
    gone, kept = (canada.create("Customer", {"DisplayName": name})["Id"] for name in ("Bar", "The Bar"))
    register(canada.session, receiver, deleted_ids=False)
    control.person(CANADA, "merge", "Customer", id=gone, into=kept)
    [[event]] = receiver.wait_for(1)
    assert (event["intuitentityid"], event["data"]) == (kept, {})


def test_what_is_not_taken_comes_again_by_the_schedule(
    canada: Company, control: Control, receiver: Receiver
) -> None:
    control.clock(stop=True)
    receiver.status = 503
    register(canada.session, receiver)
    canada.create("Customer", {"DisplayName": "Bar"})
    receiver.wait_for(1)
    for times, wait in enumerate((10, 20, 30, 300, 1200, 7200, 14400, 21600, 21600), start=2):
        control.clock(step=wait - 1)
        assert len(receiver.came) == times - 1
        control.clock(step=1)
        assert len(receiver.came) == times
    receiver.status = 200
    control.clock(step=21600)
    bodies = receiver.wait_for(11)
    assert all(body == bodies[0] for body in bodies)
    control.clock(step=21600)
    assert (len(receiver.came), standing(canada.session)["failures"]) == (11, 0)


def test_later_events_wait_for_the_first(canada: Company, control: Control, receiver: Receiver) -> None:
    control.clock(stop=True)
    receiver.status = 500
    register(canada.session, receiver)
    canada.create("Customer", {"DisplayName": "First"})
    receiver.wait_for(1)
    canada.create("Customer", {"DisplayName": "Second"})
    assert len(receiver.came) == 1
    receiver.status = 200
    control.clock(step=10)
    assert [event["intuitentityid"] for event in receiver.wait_for(2)[1]] == ["2", "3"]


def test_each_may_come_twice_with_the_same_id(canada: Company, receiver: Receiver) -> None:
    register(canada.session, receiver, twice=True)
    canada.create("Customer", {"DisplayName": "Bar"})
    first, second = receiver.wait_for(2)
    assert first == second


def test_refusals_reads_and_taxes_tell_nobody(canada: Company, control: Control, receiver: Receiver) -> None:
    control.clock(stop=True)
    register(canada.session, receiver)
    canada.post("customer", {"DisplayName": "a:b"})
    canada.get("preferences")
    canada.create("Customer", {"DisplayName": "Bar"})
    [events] = receiver.wait_for(1)
    assert len(events) == 1


def test_a_company_that_disconnected_is_not_told_of(
    canada: Company, control: Control, receiver: Receiver
) -> None:
    control.clock(stop=True)
    register(canada.session, receiver)
    control.revoke_tokens(CANADA)
    control.person(CANADA, "create", "Customer", object={"DisplayName": "Bar"})
    control.clock(step=1)
    assert receiver.came == []


def test_what_was_not_told_before_a_restart_is_told_after_it(
    canada: Company, control: Control, receiver: Receiver, tmp_path: Path, app: Flask
) -> None:
    control.clock(stop=True)
    receiver.status = 500
    register(canada.session, receiver)
    canada.create("Customer", {"DisplayName": "Bar"})
    receiver.wait_for(1)
    control.clock(step=0)
    app.extensions["simulator"].later.clear()
    receiver.status = 200
    again = create_app(tmp_path, control=True)
    Control(session_on(again), BASE).clock(step=10)
    assert receiver.wait_for(2)[1] == receiver.wait_for(2)[0]


def test_registered_when_started_what_waits_is_not_forgotten(
    canada: Company, control: Control, receiver: Receiver, tmp_path: Path
) -> None:
    control.clock(stop=True)
    receiver.status = 500
    webhook = {"url": receiver.url, "verifier": VERIFIER, "shape": "legacy"}
    first = create_app(tmp_path, control=True, limits="off", webhook=webhook)
    Company(session_on(first), BASE, CANADA, canada.token).create("Customer", {"DisplayName": "Bar"})
    receiver.wait_for(1)
    Control(session_on(first), BASE).clock(step=0)
    first.extensions["simulator"].later.clear()
    receiver.status = 200
    again = create_app(tmp_path, control=True, webhook=webhook)
    Control(session_on(again), BASE).clock(step=10)
    assert len(receiver.wait_for(2)) == 2


@pytest.mark.parametrize(
    "wrong",
    [{}, {"url": "nowhere", "verifier": "v"}, {"url": "http://x", "verifier": ""},
     {"url": "http://x", "verifier": "v", "shape": "round"},
     {"url": "http://x", "verifier": "v", "often": 1}],
)  # fmt: skip
def test_a_mistaken_registration_is_refused(session: requests.Session, app: Flask, wrong: Body) -> None:
    assert session.post(f"{BASE}/control/webhooks", json=wrong).status_code == 400
    assert standing(session) == {}


def test_forgotten_nobody_is_told(canada: Company, control: Control, receiver: Receiver) -> None:
    register(canada.session, receiver)
    canada.session.delete(f"{BASE}/control/webhooks")
    canada.create("Customer", {"DisplayName": "Bar"})
    control.clock(step=1)
    assert receiver.came == []
