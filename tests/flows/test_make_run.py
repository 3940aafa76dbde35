"""`flask up` as `make run` starts it: a part is killed, and the next finalize is green soon.

The processes are started once, in a fresh home and at the real pace; all is seen over HTTP, as people see it.
"""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from demo import contract, data
from demo.books import REALM
from demo.ledger import Simulator, documents
from demo.portal import Portal
from tests.support import figures
from tests.support.proof import in_proof
from tests.support.servers import not_available
from tests.support.stack import has_jobs, until

pytestmark = pytest.mark.xdist_group("make run")

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60.0  # seconds
GREEN_WITHIN = 30.0
PARTS = ("redis", "simulator", "worker", "portal", "clock")


@pytest.mark.parametrize("part", ["worker", in_proof("redis"), in_proof("clock")])
def test_after_a_part_is_killed_the_next_finalize_is_green_in_time(house: "House", part: str) -> None:
    killed = house.kill(part)
    number = house.finalize_the_next()
    until(lambda: house.status(number) == "synced", GREEN_WITHIN, f"order {number} green")
    until(lambda: house.pid(part) not in killed, GREEN_WITHIN, f"{part} to run again")
    assert house.documents_of(number) == 1


def test_stopped_in_the_middle_of_a_call_it_leaves_no_process_and_nothing_unsure(house: "House") -> None:
    house.simulator_takes_its_time(seconds=3)
    house.finalize_the_next()
    until(lambda: "sending" in house.delivery_states(), GREEN_WITHIN, "a call to be under way")
    assert len(house.processes()) > len(PARTS)
    house.process.send_signal(signal.SIGTERM)
    assert house.process.wait(GREEN_WITHIN) == 0
    assert house.processes() == {}
    assert house.delivery_states() == {"answered"}
    assert "All parts have stopped." in house.said()
    assert "portal.dev.processes: All parts have stopped." in (house.home / "logs" / "up.log").read_text()


class House:
    """What `flask up` started, and the bookkeeper who uses it."""

    def __init__(self, home: Path) -> None:
        self.home, self.log = home, home / "up.log"
        self.today = data.today()
        port, simulator_port = free_ports(2)
        settings = ("REDIS_URL", "DATABASE_URL", "PUBLIC_URL", "TIME_SCALE", "INTUIT_CLIENT_ID")
        environment = {
            **{name: value for name, value in os.environ.items() if name not in settings},
            "PORTAL_HOME": str(home),
            "PORT": str(port),
            "SIMULATOR_PORT": str(simulator_port),
            "SIMULATOR_CONTROL": "1",
            "DEMO_TODAY": self.today.isoformat(),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "up"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.portal = Portal(f"http://127.0.0.1:{port}")
        self.simulator = Simulator(f"http://127.0.0.1:{simulator_port}", REALM)
        by_size = sorted(data.clean_orders(self.today), key=lambda order: (len(order.lines), order.location))
        self._unused = iter(order.number for order in by_size)
        self._ids: dict[str, str] = {}

    def begin(self) -> None:
        """Wait until all parts are up, then connect, map and switch the syncs on, as `make demo` does."""
        until(lambda: "Stop with Ctrl-C." in self.said() or self.process.poll(), STARTS_WITHIN, self.said())
        assert self.process.poll() is None, self.said()
        self.portal.sign_in(
            contract.EMAIL, json.loads((self.home / "keys.json").read_text())["demo_password"]
        )
        self.portal.connect(REALM)
        self.portal.set_keys()
        for section in contract.MAPPINGS:
            self.portal.set_mapping(section)
        self.portal.create_charge_items()
        self.portal.set_sync(orders_on=True, start=self.today - timedelta(days=30))

    def kill(self, part: str) -> set[int]:
        """`kill -9` of the process whose number was printed, once all is quiet.

        A drain that is killed at work leaves a lease that runs out at the real pace: see test_kills.py.
        """
        redis_url = self.redis_url()
        until(lambda: not has_jobs(redis_url), GREEN_WITHIN, "all jobs to end")
        pid = self.pid(part)
        children = children_of(pid)
        figures.kill(pid)
        for one in children:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        until(lambda: f"{part}: died (-9)" in self.said(), 10, f"{part}'s death to be noticed")
        return {pid, *children}

    def pid(self, part: str) -> int:
        """As printed last."""
        return int(re.findall(rf"^{part}: started \(pid (\d+)\)", self.said(), re.M)[-1])

    def redis_url(self) -> str:
        """As the worker was told."""
        environment = Path(f"/proc/{self.pid('worker')}/environ").read_text().split("\0")
        return dict(entry.partition("=")[::2] for entry in environment)["REDIS_URL"]

    def finalize_the_next(self) -> str:
        """One click on *Finalize* of a delivered order; its number."""
        number = next(self._unused)
        [row] = [row for row in self.portal.rows(q=number) if row.number == number]
        assert row.status == "not_sent"
        self._ids[number] = row.id
        page = self.portal.browser.get(f"{self.portal.url}{contract.ORDERS}/{row.id}")
        self.portal.browser.submit(page.form(action=contract.finalize(row.id)))
        return number

    def status(self, number: str) -> str:
        page = self.portal.browser.get(self.portal.url + contract.drawer(self._ids[number]))
        return page.attribute(contract.BADGE_STATUS)

    def documents_of(self, number: str) -> int:
        """How many invoices of this order the simulator's ledger knows, from the first entry on."""
        items, codes = self.simulator.records("Item"), self.simulator.records("TaxCode")
        made = documents(self.simulator.entries(), items, codes)
        return sum(number in (one.number, one.marked) for one in made)

    def simulator_takes_its_time(self, seconds: int) -> None:
        slow = {"fault": "delay", "seconds": seconds, "match": {"path": "batch"}}
        requests.post(f"{self.simulator.url}/control/faults", json=slow, timeout=10).raise_for_status()

    def processes(self) -> dict[int, str]:
        """Whatever runs on this home, whoever started it."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"PORTAL_HOME={self.home}\0".encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        return found

    def delivery_states(self) -> set[str]:
        with closing(sqlite3.connect(self.home / "portal.sqlite3")) as database:
            return {state for (state,) in database.execute("SELECT state FROM delivery")}

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GREEN_WITHIN)
        self.process.kill()
        self.process.wait()


def children_of(pid: int) -> set[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children}


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; all are held until the last is found, so that they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if not Path("/proc/self/environ").exists():
        not_available("processes are counted as Linux lists them")
    home = tmp_path_factory.mktemp("home")
    with figures.counting_pushed(home / "simulator"):
        made = House(home)
        try:
            made.begin()
            yield made
        finally:
            made.stop()
