"""Webhooks as Intuit sends them: ids of what changed, signed, in either shape, again until they are taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

import requests

from . import ledger
from .clock import TICK, Clock
from .later import Later
from .store import Store, keep_setting, setting
from .wire import Body

SHAPES = ("cloudevents", "legacy")
ENTITIES = frozenset(
    {
        "Account", "Bill", "BillPayment", "Class", "CreditMemo", "Customer", "Department", "Deposit",
        "Employee", "Estimate", "Invoice", "Item", "JournalEntry", "Payment", "PaymentMethod", "Preferences",
        "Purchase", "PurchaseOrder", "RefundReceipt", "SalesReceipt", "Term", "TimeActivity", "Transfer",
        "Vendor", "VendorCredit",
    }
)  # fmt: skip
"""Of those kept here; taxes and company info tell nobody."""
VERBS = {
    "create": "created", "update": "updated", "void": "voided", "delete": "deleted", "send": "emailed",
    "merge": "merged",
}  # fmt: skip
LEGACY_VERBS = {
    "create": "Create", "update": "Update", "void": "Void", "delete": "Delete", "send": "Emailed",
    "merge": "Merge",
}  # fmt: skip
VERB_FORMS = ("participles", "as_legacy")
"""Of cloud events only “created” was shown; the others follow it, or the names of before in small letters."""
PATIENCE = 3.0
RETRIES = (10, 20, 30, 5 * 60, 20 * 60, 2 * 3600, 4 * 3600, 6 * 3600)
"""Seconds; the last one ever after."""
MOST = 100
"""Ledger entries in one notification."""
SETTING = "webhooks"


class Webhooks:
    """What is told is read from the ledger, so a restart forgets nothing. One notification at a time: later
    events wait until the first is taken.
    """

    def __init__(self, store: Store, clock: Clock, later: Later) -> None:
        self._store, self._clock, self._later = store, clock, later
        self._telling = threading.Lock()
        with store.reading() as connection:
            state = setting(connection, SETTING)
        self.wanted = state is not None
        if state is not None:
            later.add(max(0.0, state["not_before"] - clock.seconds()), self.tell)

    def register(self, given: Body) -> None:
        """`url`, `verifier`, `shape`, `verbs`; `twice` sends each of them again; `deleted_ids`: whether a
        merge names the one that is gone. From now on.

        Raises ValueError.
        """
        if unknown := set(given) - {"url", "verifier", "shape", "verbs", "twice", "deleted_ids"}:
            raise ValueError(f"no such thing: {', '.join(sorted(unknown))}")
        url, verifier, shape = given.get("url"), given.get("verifier"), given.get("shape", SHAPES[0])
        if not (isinstance(url, str) and url.startswith("http") and isinstance(verifier, str) and verifier):
            raise ValueError("url and verifier are needed")
        if shape not in SHAPES:
            raise ValueError(f"shape is one of {', '.join(SHAPES)}")
        verbs = given.get("verbs", VERB_FORMS[0])
        if verbs not in VERB_FORMS:
            raise ValueError(f"verbs is one of {', '.join(VERB_FORMS)}")
        with self._telling, self._store.writing() as connection:
            last = connection.execute("SELECT COALESCE(max(seq), 0) FROM ledger").fetchone()[0]
            state = {"url": url, "verifier": verifier, "shape": shape, "verbs": verbs,
                     "twice": bool(given.get("twice")),
                     "deleted_ids": bool(given.get("deleted_ids", True)),
                     "told": last, "failures": 0, "not_before": 0.0}  # fmt: skip
            keep_setting(connection, SETTING, state)
        self.wanted = True

    def keep(self, given: Body) -> None:
        """As register; where it is registered already, what waits to be told still is. Raises ValueError."""
        with self._store.reading() as connection:
            state: Body = setting(connection, SETTING, {})
        if any(state.get(name) != value for name, value in given.items()):
            self.register(given)

    def forget(self) -> None:
        with self._telling, self._store.writing() as connection:
            connection.execute("DELETE FROM setting WHERE name = ?", (SETTING,))
        self.wanted = False

    def told(self) -> Body:
        """How it stands, without the verifier."""
        with self._store.reading() as connection:
            state: Body = setting(connection, SETTING, {})
        return {name: value for name, value in state.items() if name not in ("verifier", "not_before")}

    def tell(self) -> None:
        """All there is to tell, unless the last attempt is too fresh."""
        with self._telling:
            while self._tell_some():
                pass

    def _tell_some(self) -> bool:
        """Whether there may be more to tell at once."""
        with self._store.reading() as connection:
            state = setting(connection, SETTING)
            if state is None or self._clock.seconds() + TICK < state["not_before"]:
                return False
            entries = ledger.with_effects(connection, state["told"], MOST)
            events = _events(entries, _connected(connection))
            if not state.get("deleted_ids", True):
                events = [each | {"deleted": None} for each in events]
        if not entries:
            return False
        if events and not self._taken(state, events):
            wait = RETRIES[min(state["failures"], len(RETRIES) - 1)]
            state |= {"failures": state["failures"] + 1, "not_before": self._clock.seconds() + wait}
            self._later.add(wait, self.tell)
        else:
            state |= {"told": entries[-1]["seq"], "failures": 0, "not_before": 0.0}
        with self._store.writing() as connection:
            keep_setting(connection, SETTING, state)
        return not state["failures"]

    def _taken(self, state: Body, events: list[Body]) -> bool:
        told = (
            _legacy(events)
            if state["shape"] == "legacy"
            else _cloud_events(events, state.get("verbs", VERB_FORMS[0]))
        )
        body = json.dumps(told)
        signed = hmac.new(state["verifier"].encode(), body.encode(), hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "intuit-signature": base64.b64encode(signed).decode(),
            "intuit-created-time": _utc(self._clock.now()),
            "intuit-t-id": str(uuid.uuid4()),
            "intuit-notification-schema-version": "0.1",
            "User-Agent": "intuit_notification_server/0.1",
        }
        statuses = [self._status(state["url"], body, headers) for _ in range(2 if state["twice"] else 1)]
        return statuses[-1] == 200

    def _status(self, url: str, body: str, headers: dict[str, str]) -> int:
        try:
            answer = requests.post(
                url, body.encode(), headers=headers, timeout=PATIENCE, allow_redirects=False
            )
        except requests.RequestException:
            return 0
        return answer.status_code


def _connected(connection: sqlite3.Connection) -> set[str]:
    """Only companies that have authorized the app are told of."""
    rows = connection.execute("SELECT DISTINCT realm FROM grant_of_access WHERE NOT revoked")
    return {row["realm"] for row in rows}


def _events(entries: list[Body], realms: set[str]) -> list[Body]:
    return [
        {
            "realm": entry["realm"],
            "entity": effect["entity"],
            "id": effect["id"],
            "operation": effect["operation"],
            "deleted": effect.get("deleted_id"),
            "at": datetime.fromisoformat(effect["object"]["MetaData"]["LastUpdatedTime"]),
            "event": uuid.uuid5(uuid.NAMESPACE_URL, f"{entry['seq']}/{place}"),
        }
        for entry in entries
        if entry["realm"] in realms
        for place, effect in enumerate(entry["effects"])
        if effect["entity"] in ENTITIES
    ]


def _legacy(events: list[Body]) -> Body:
    by_realm: dict[str, list[Body]] = {}
    for event in events:
        by_realm.setdefault(event["realm"], []).append(
            {
                "id": event["id"],
                "operation": LEGACY_VERBS[event["operation"]],
                "name": event["entity"],
                "lastUpdated": _utc(event["at"]),
                **({"deletedId": event["deleted"]} if event["deleted"] else {}),
            }
        )
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": entities}}
            for realm, entities in by_realm.items()
        ]
    }


def _verb(operation: str, form: str) -> str:
    as_legacy = form == "as_legacy" and operation != "create"
    return LEGACY_VERBS[operation].lower() if as_legacy else VERBS[operation]


def _cloud_events(events: list[Body], verbs: str) -> list[dict[str, Any]]:
    return [
        {
            "specversion": "1.0",
            "id": str(event["event"]),
            "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
            "type": f"qbo.{event['entity'].lower()}.{_verb(event['operation'], verbs)}.v1",
            "datacontenttype": "application/json",
            "time": _utc(event["at"]),
            "intuitentityid": event["id"],
            "intuitaccountid": event["realm"],
            "data": {"deletedId": event["deleted"]} if event["deleted"] else {},
        }
        for event in events
    ]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
