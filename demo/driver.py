"""The whole main job over HTTP, step by step, and the verdict on what landed."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import requests

from demo import contract, data
from demo.audit import Evidence, Shown, audit, report
from demo.books import REALM
from demo.ledger import Simulator, cost, documents, doubled_customers, doubled_items, limits_broken
from demo.pages import NotOnThePage
from demo.portal import Portal, Row, TookTooLong
from demo.servers import DidNotStart, Running, home_of_the_demo, running
from demo.truth import untrue

PUSHED_IN_BULK = 360
DAYS_BEFORE_THE_START = 170
SECONDS_FOR_A_RUN = 900
SECONDS_FOR_FORTY = 180
REASONS_SHOWN = 20
LOOKED_INTO_OF_A_KIND = 15


@dataclass
class Progress:
    """What a home remembers of its demo, so that a second run continues it or finds nothing to do."""

    today: str
    ledger_before_the_thousand: int | None = None
    finished_at_ledger: int | None = None

    @classmethod
    def of(cls, home: Path) -> Progress:
        file = home / "demo.json"
        return cls(**json.loads(file.read_text())) if file.exists() else cls(data.today().isoformat())

    def keep(self, home: Path) -> None:
        (home / "demo.json").write_text(json.dumps(asdict(self)))


def main() -> int:
    """Prints what is done, the table and the verdict; 0 when all is as expected."""
    home = home_of_the_demo()
    progress = Progress.of(home)
    progress.keep(home)
    print(f"home: {home}", flush=True)
    try:
        with running(home, date.fromisoformat(progress.today)) as servers:
            return Demo(servers, progress).run()
    except (NotOnThePage, TookTooLong, DidNotStart, requests.RequestException) as reason:
        print(f"{reason}\nWhat the processes said: {home / 'demo.log'}")
        print("duplicates: not counted\nNOT as expected")
        return 1


class Demo:
    def __init__(self, servers: Running, progress: Progress) -> None:
        self.home, self.progress = servers.home, progress
        self.today = date.fromisoformat(progress.today)
        self.portal = Portal(servers.portal)
        self.simulator = Simulator(servers.simulator, REALM)
        self.first = [order.number for order in data.distributor(self.today).orders]
        self.clean = [order.number for order in data.clean_orders(self.today)]
        self.started = time.monotonic()

    def run(self) -> int:
        self.simulator.be_strict()
        self.portal.sign_in(contract.EMAIL, _password(self.home))
        if self.progress.finished_at_ledger is None:
            self._set_up()
            self._main_job()
            self.progress.finished_at_ledger = self.simulator.last_seq()
            self.progress.keep(self.home)
        else:
            print("nothing to do: this home's demo ran to its end; reading again what stands")
        return self._verdict()

    def _set_up(self) -> None:
        self._say("signed in")
        if not self.portal.connected():
            self.portal.connect(REALM)
        self._say("connected")
        self.portal.set_keys()
        for section in contract.MAPPINGS:
            self.portal.set_mapping(section)
        self.portal.create_charge_items()
        self._set_sync(orders_on=False)
        self._say("six mappings and the sync settings saved")

    def _main_job(self) -> None:
        in_bulk, one_by_one = self.first[:PUSHED_IN_BULK], self.first[PUSHED_IN_BULK:]
        self._finalize(in_bulk)
        self._push_ticked(in_bulk)
        self._set_sync(orders_on=True)
        self._finalize(one_by_one)
        self.portal.wait_until_settled(set(self.first), SECONDS_FOR_FORTY, **contract.FINALIZED_FILTER)
        self._say(f"{len(one_by_one)} pushed by finalizing")
        self._set_sync(orders_on=False)
        self._finalize(self.clean)
        if self.progress.ledger_before_the_thousand is None:
            self.progress.ledger_before_the_thousand = self.simulator.last_seq()
            self.progress.keep(self.home)
        self._push_all_ready()

    def _set_sync(self, orders_on: bool) -> None:
        self.portal.set_sync(orders_on, start=self.today - timedelta(days=DAYS_BEFORE_THE_START))

    def _finalize(self, numbers: list[str]) -> None:
        done = self.portal.finalize(set(numbers))
        self._say(f"{done} finalized")

    def _push_ticked(self, numbers: list[str]) -> None:
        wanted = set(numbers)
        finalized = self.portal.rows(**contract.FINALIZED_FILTER)
        ticked = [row for row in finalized if row.number in wanted and row.status in contract.NOT_ASKED_FOR]
        if ticked:
            self.portal.push([(contract.TICKED, row.id) for row in ticked], SECONDS_FOR_A_RUN)
        self._say(f"{len(ticked)} ticked and pushed in one bulk run")

    def _push_all_ready(self) -> None:
        """*Select all matching*: whatever else was asked for has settled by now."""
        ready = sum(1 for _ in self.portal.rows(**contract.READY_FILTER))
        if ready:
            selection = [(contract.ALL_MATCHING, "1"), *contract.READY_FILTER.items()]
            self.portal.push(selection, SECONDS_FOR_A_RUN)
        self._say(f"{ready} selected by the filter and pushed in one bulk run")

    def _verdict(self) -> int:
        findings = audit(data.expected(self.today), self.first, self._evidence())
        for number, reasons in list(findings.reasons.items())[:REASONS_SHOWN]:
            print(f"{number}: {'; '.join(reasons)}")
        for document in findings.without_an_order[:REASONS_SHOWN]:
            print(f"without an order: {document}")
        for lie in findings.untrue[:REASONS_SHOWN]:
            print(f"green, and not true: {lie}")
        print(report(findings))
        return 0 if findings.as_expected else 1

    def _evidence(self) -> Evidence:
        entries = self.simulator.entries()
        before, after = self.progress.ledger_before_the_thousand or 0, self.progress.finished_at_ledger or 0
        items = self.simulator.records("Item")
        return Evidence(
            documents=documents(entries, items, self.simulator.records("TaxCode")),
            doubled_customers=doubled_customers(self.simulator.records("Customer")),
            doubled_items=doubled_items(items),
            shown={row.number: self._shown(row) for row in self.portal.rows()},
            cost_of_the_thousand=cost(entry for entry in entries if before < int(entry["seq"]) <= after),
            seconds_waited=self.portal.seconds_waited(),
            limits_broken=limits_broken(entries),
            untrue=self._untrue(),
            written_since=cost(entry for entry in entries if int(entry["seq"]) > after).writes,
        )

    def _untrue(self) -> list[str]:
        """Of some green records of each kind, what their drawers say of QuickBooks that was not so."""
        found: list[str] = []
        for kind, table in contract.TABLES.items():
            green = (row for row in self.portal.rows(table) if row.status in contract.GREEN)
            looked_into = 0
            for row in islice(green, LOOKED_INTO_OF_A_KIND):
                said = self.portal.told_there(row, kind)
                stood = self.simulator.as_it_stood(said.entity, said.id, said.as_of)
                found += [f"{kind} {row.number}: {one}" for one in untrue(said, stood)]
                looked_into += 1
            found += [] if looked_into else [f"no {kind} is green"]
        return found

    def _shown(self, row: Row) -> Shown:
        problems = self.portal.problems_of(row) if row.status == contract.FAILED else frozenset()
        return Shown(row.status, problems)

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self.started:6.1f} s  {what}", flush=True)


def _password(home: Path) -> str:
    return str(json.loads((home / "keys.json").read_text())["demo_password"])
