"""A small client of one QuickBooks company, for tests: what software would send, and what came back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import requests

CANADA = "9341454816381446"
AMERICA = "9341454816381447"
CLIENT = ("simulator-client", "simulator-secret")
CALLBACK = "http://127.0.0.1:8000/callback"
AUTHORIZE = {
    "client_id": CLIENT[0],
    "response_type": "code",
    "scope": "com.intuit.quickbooks.accounting",
    "redirect_uri": CALLBACK,
    "state": "a state",
}
Body = dict[str, Any]
TOLD_AS = {"CreditCardPayment": "CreditCardPaymentTxn"}
"""Entities that answers carry under another name."""


@dataclass
class Company:
    """`session` reaches the simulator at `base`; `token` is a bearer for `realm`."""

    session: requests.Session
    base: str
    realm: str
    token: str

    def get(self, path: str, **parameters: str) -> requests.Response:
        return self._send("GET", path, params=parameters)

    def post(self, path: str, body: Any = None, **parameters: str) -> requests.Response:
        return self._send("POST", path, params=parameters, json=body)

    def post_text(self, path: str, body: bytes | str, **parameters: str) -> requests.Response:
        return self._send("POST", path, params=parameters, data=body)

    def create(self, entity: str, body: Body, **parameters: str) -> Body:
        """The entity QuickBooks made; fails on a fault."""
        return only(self.post(entity.lower(), body, **parameters), TOLD_AS.get(entity, entity))

    def update(self, entity: str, standing: Body, **changes: Any) -> Body:
        named = {"Id": standing["Id"], "SyncToken": standing["SyncToken"], "sparse": True}
        return only(self.post(entity.lower(), named | changes), TOLD_AS.get(entity, entity))

    def read(self, entity: str, id: str) -> Body:
        return only(self.get(f"{entity.lower()}/{id}"), TOLD_AS.get(entity, entity))

    def query(self, statement: str) -> Body:
        """The inside of QueryResponse."""
        answer = self.get("query", query=statement)
        assert answer.status_code == 200, answer.text
        found: Body = loads(answer)["QueryResponse"]
        return found

    def query_fault(self, statement: str) -> tuple[str, str]:
        return fault(self.get("query", query=statement))

    def batch(self, *items: Body, **parameters: str) -> list[Body]:
        answer = self.post("batch", {"BatchItemRequest": list(items)}, **parameters)
        assert answer.status_code == 200, answer.text
        responses: list[Body] = loads(answer)["BatchItemResponse"]
        return responses

    def _send(self, method: str, path: str, **rest: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        url = f"{self.base}/v3/company/{self.realm}/{path}"
        return self.session.request(method, url, headers=headers, timeout=30, **rest)


@dataclass
class Control:
    """The control address."""

    session: requests.Session
    base: str

    def order(self, fault: str, **rest: Any) -> None:
        self._post("faults", {"fault": fault, **rest})

    def switch(self, realm: str, **switches: Any) -> None:
        self._post(f"switches/{realm}", switches)

    def switch_all(self, **switches: Any) -> None:
        self._post("switches", switches)

    def person(self, realm: str, action: str, entity: str, **rest: Any) -> Body:
        person_did: Body = self._post(f"person/{realm}", {"action": action, "entity": entity, **rest})[entity]
        return person_did

    def expire_tokens(self) -> None:
        self._post("tokens/expire", {})

    def revoke_tokens(self, realm: str) -> None:
        self._post("tokens/revoke", {"realm": realm})

    def ledger(self, after: int = 0) -> list[Body]:
        answer = self.session.get(f"{self.base}/control/ledger", params={"after": str(after)}, timeout=30)
        found: list[Body] = loads(answer)["entries"]
        return found

    def books(self, realm: str, entity: str) -> list[Body]:
        answer = self.session.get(f"{self.base}/control/books/{realm}/{entity}", timeout=30)
        found: list[Body] = loads(answer)[entity]
        return found

    def stood(self, realm: str, entity: str, id: str, at: str = "") -> Body | None:
        """One record as it stood at a moment, now unless said otherwise; None where there was none."""
        asked = {"at": at} if at else {}
        address = f"{self.base}/control/books/{realm}/{entity}/{id}"
        answer = self.session.get(address, params=asked, timeout=30)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        found: Body = loads(answer)[entity]
        return found

    def faults(self) -> list[Body]:
        found: list[Body] = loads(self.session.get(f"{self.base}/control/faults", timeout=30))["faults"]
        return found

    def limits(self, **switches: Any) -> Body:
        """Turned as said; how they stand, and what was broken."""
        return self._post("limits", switches)

    def clock(self, **move: Any) -> str:
        """Moved as said; what time it is then."""
        return str(self._post("clock", move)["now"])

    def clear_faults(self) -> None:
        self.session.delete(f"{self.base}/control/faults", timeout=30)

    def _post(self, path: str, body: Body) -> Body:
        answer = self.session.post(f"{self.base}/control/{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        given: Body = loads(answer)
        return given


def connect(session: requests.Session, base: str, realm: str) -> Company:
    """Through the pages, as a person would."""
    code = authorization_code(session, base, realm)
    answer = ask_for_tokens(session, base, grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert answer.status_code == 200, answer.text
    return Company(session, base, realm, answer.json()["access_token"])


def authorization_code(
    session: requests.Session, base: str, realm: str, scope: str = AUTHORIZE["scope"]
) -> str:
    page = session.get(f"{base}/connect/oauth2", params={**AUTHORIZE, "scope": scope}, timeout=30)
    if 'value="sign-in"' in page.text:
        page = submit(session, page, step="sign-in", email="bookkeeper@example.com", password="simulator")
    page = submit(session, page, step="consent", decision="allow")
    sent_back = submit(session, page, step="company", realm_id=realm)
    found = re.search(r"[?&]code=([^&]+)", sent_back.headers["Location"])
    assert found is not None
    return found[1]


def submit(session: requests.Session, page: requests.Response, **fields: str) -> requests.Response:
    """Posts the form of a page, following only the simulator's own redirects."""
    token = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert token is not None, page.text
    answer = session.post(
        page.url, data={"form_token": token[1], **fields}, allow_redirects=False, timeout=30
    )
    if answer.status_code == 303:
        return session.get(urljoin(page.url, answer.headers["Location"]), timeout=30)
    return answer


def ask_for_tokens(session: requests.Session, base: str, **form: str) -> requests.Response:
    return session.post(f"{base}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT, timeout=30)


def loads(answer: requests.Response) -> Any:
    """Money as Decimal, so that what was printed can be compared."""
    return json.loads(answer.text, parse_float=Decimal)


def only(answer: requests.Response, entity: str) -> Body:
    assert answer.status_code == 200, answer.text
    body: Body = loads(answer)[entity]
    return body


def fault(answer: requests.Response) -> tuple[str, str]:
    """Code and detail of a refused request."""
    assert answer.status_code == 400, answer.text
    [error] = loads(answer)["Fault"]["Error"]
    return error["code"], error["Detail"]


def item_fault(answer: Body) -> str:
    """The code of a refused batch item."""
    [error] = answer["Fault"]["Error"]
    return str(error["code"])


def sale(amount: str, tax_code: str | None = "5", item: str = "1", **detail: Any) -> Body:
    """A line; extra fields go into its SalesItemLineDetail."""
    inside: Body = {"ItemRef": {"value": item}, **detail}
    if tax_code:
        inside["TaxCodeRef"] = {"value": tax_code}
    return {"Amount": float(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": inside}


def invoice(*lines: Body, customer: str = "1", **fields: Any) -> Body:
    return {"CustomerRef": {"value": customer}, "Line": list(lines) or [sale("100.00")], **fields}
