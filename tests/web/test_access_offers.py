"""What a page offers may be done by whom it is offered to: each link and button of each page, by role."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from portal.models.people import ROLES
from tests.support import distributor as given
from tests.support.every_page import addresses, one_of_each
from tests.support.every_status import one_of_each_status
from tests.support.people import Browser, sign_in_as

ADDRESSES = {"href": "GET", "hx-get": "GET", "hx-post": "POST", "formaction": "POST"}


class Offers(HTMLParser):
    """(method, path) of all that can be clicked or is sent by itself; of a form, if a button can send it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self._form: tuple[str, str] = ("", "")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        of = dict(attributes)
        named = [(method, of.get(name) or "") for name, method in ADDRESSES.items()]
        if tag == "form":
            self._form = ((of.get("method") or "get").upper(), of.get("action") or "")
        elif tag == "button" and not {"formaction", "disabled"} & set(of) and of.get("type") != "button":
            named.append(self._form)
        self.found |= {(method, path) for method, path in named if path.startswith("/")}

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ("", "")


@pytest.mark.parametrize("role", ["viewer", "bookkeeper"])
def test_nobody_is_offered_what_they_may_not_do(role: str, connected: Flask, bookkeeper: Browser) -> None:
    ids = one_of_each(connected, bookkeeper.organization_id)
    with given.working_in(connected, bookkeeper.organization_id):
        statuses = one_of_each_status()
    somebody = sign_in_as(connected, role, "Ours")
    pages = addresses(connected, ids) + [f"/badges/{ref}" for ref in statuses.values()]
    pages += [f"/orders/{ref.id}" for ref in statuses.values() if ref.kind == "order"]
    refused, seen = [], 0
    for page in pages:
        answer = somebody.get(page)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        offers = Offers()
        offers.feed(answer.get_data(as_text=True))
        seen += len(offers.found)
        refused += [
            f"{page} offers {method} {path}, for {needed}"
            for method, path in sorted(offers.found)
            if not allows(needed := role_for(connected, method, path), role)
        ]
    assert seen > 500
    assert not refused, "\n".join(refused)


def allows(needed: str, role: str) -> bool:
    return needed == "anyone" or ROLES.index(role) <= ROLES.index(needed)


def role_for(app: Flask, method: str, path: str) -> str:
    """Of the view that answers there."""
    parts = urlsplit(path)
    try:
        endpoint, _ = app.url_map.bind("localhost").match(parts.path, method=method)
    except HTTPException:
        return f"nobody: no page answers {method} {re.sub('[0-9a-f-]{36}', '…', parts.path)}"
    needed: str = getattr(app.view_functions[endpoint], "allowed", "anyone")
    return needed
