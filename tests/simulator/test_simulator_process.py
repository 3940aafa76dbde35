"""The real process: sockets that end, a kill that loses nothing, a clean stop."""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.simulator.company import CANADA, Body, Company, Control, connect, invoice

PROJECT = Path(__file__).parents[2]


@dataclass
class Running:
    process: subprocess.Popen[str]
    base: str


@pytest.mark.parametrize(("ordered", "landed"), [("drop_before_commit", 0), ("commit_then_drop", 1)])
def test_a_dropped_connection_ends_without_an_answer(running: Running, ordered: str, landed: int) -> None:
    company = connect(requests.Session(), running.base, CANADA)
    company.create("Customer", {"DisplayName": "Bar"})
    Control(requests.Session(), running.base).order(ordered, match={"path": "/invoice$"})
    with pytest.raises(requests.ConnectionError):
        company.post("invoice", invoice())
    assert company.query("SELECT COUNT(*) FROM Invoice") == {"totalCount": landed}


def test_what_was_answered_survives_a_kill(running: Running, tmp_path: Path) -> None:
    company = connect(requests.Session(), running.base, CANADA)
    company.create("Customer", {"DisplayName": "Bar"})
    made = company.create("Invoice", invoice(DocNumber="1"), requestid="r1")
    running.process.kill()
    running.process.wait(timeout=10)
    again = _start(tmp_path)
    try:
        later = Company(requests.Session(), again.base, CANADA, company.token)
        assert later.read("Invoice", made["Id"]) == made
        assert later.create("Invoice", invoice(DocNumber="1"), requestid="r1") == made
        [entry] = [
            each
            for each in Control(later.session, again.base).ledger()
            if each["effects"] and each["requestid"]
        ]
        assert entry["effects"][0]["object"] == made
    finally:
        again.process.kill()
        again.process.wait(timeout=10)


def test_a_kill_amid_writes_loses_nothing_that_was_answered(running: Running, tmp_path: Path) -> None:
    company = connect(requests.Session(), running.base, CANADA)
    company.create("Customer", {"DisplayName": "Bar"})
    answered: list[Body] = []
    writers = [threading.Thread(target=_write, args=(company, each, answered)) for each in range(4)]
    for writer in writers:
        writer.start()
    while len(answered) < 20:
        time.sleep(0.01)
    running.process.kill()
    running.process.wait(timeout=10)
    for writer in writers:
        writer.join()
    again = _start(tmp_path)
    try:
        control = Control(requests.Session(), again.base)
        standing = {body["Id"]: body for body in control.books(CANADA, "Invoice")}
        effects = [effect for entry in control.ledger() for effect in entry["effects"]]
        noted = {effect["id"]: effect["object"] for effect in effects if effect["entity"] == "Invoice"}
        assert standing == noted
        assert {body["Id"]: body for body in answered}.items() <= standing.items()
    finally:
        again.process.kill()
        again.process.wait(timeout=10)


def _write(company: Company, number: int, answered: list[Body]) -> None:
    """Alone and in batches, until the connection ends."""
    own = Company(requests.Session(), company.base, company.realm, company.token)
    with contextlib.suppress(requests.RequestException):
        for lap in itertools.count():
            if number % 2:
                answered.append(own.create("Invoice", invoice(DocNumber=f"{number}-{lap}")))
                continue
            items = [
                {
                    "bId": f"{each}",
                    "operation": "create",
                    "Invoice": invoice(DocNumber=f"{number}-{lap}-{each}"),
                }
                for each in range(5)
            ]
            answered += [each["Invoice"] for each in own.batch(*items)]


def test_it_stops_when_told_to(running: Running) -> None:
    idle = requests.Session()
    assert idle.get(running.base, timeout=10).status_code == 200
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=10) == 0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = _start(tmp_path)
    yield started
    started.process.kill()
    started.process.wait(timeout=10)


def _start(home: Path) -> Running:
    command = [sys.executable, "-m", "simulator", "--port", "0", "--home", str(home), "--control"]
    command += ["--limits", "off"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return Running(process, process.stdout.readline().split()[-1])
