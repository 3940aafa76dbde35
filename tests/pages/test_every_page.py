"""Every page, wide or narrow, in light or in dark: accessible, quiet, and never wider than the screen."""

import pytest
from flask.testing import FlaskClient

from tests.support.browser import ABOUT_STYLES, BREAK, LOOKS, NARROW, OURS, Looked, Pages, Served
from tests.support.every_page import addresses, an_invitation
from tests.support.people import sign_in_as

FEWEST = 25
LOCKED = "@media (orientation: portrait) { html { transform: rotate(90deg) } }"


def test_no_page_has_a_problem(looked: Looked, served: Served) -> None:
    addresses = pages_to_look_at(served)
    assert len(addresses) > FEWEST
    for address in addresses:
        looked.opened(address)
    ways = {tuple(state.split(", ")[-2:]) for state in looked.problems}
    assert ways == {(theme, str(width)) for theme, width in LOOKS}


def test_no_page_of_somebody_who_is_not_signed_in_has_a_problem(looked: Looked, served: Served) -> None:
    token = an_invitation(served.app, served.organization_id)["token"]
    looked.opened("/login", role=None)
    looked.opened(f"/invitation?token={token}", role=None)
    looked.opened("/no-such-page", 404, role=None)
    looked.opened("/invitation?token=unknown", 410, role=None)


def test_no_style_sheet_asks_for_one_way_of_holding_a_phone(pages: Pages) -> None:
    page = pages.open_page("/account")
    asked = "async rule => (await axe.run({ runOnly: [rule] })).violations.map(one => one.description)"
    assert page.evaluate(asked, ABOUT_STYLES) == []
    page.evaluate("rule => { document.styleSheets[0].insertRule(rule) }", LOCKED)
    assert page.evaluate(asked, ABOUT_STYLES) != []


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("main.append(new Image())", "image-alt"),
        ("main.append(document.createElement('h1'))", "empty-heading"),
        ("main.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')", "style"),
        (f"await {BREAK}", "broken"),
        ("main.append('w'.repeat(400))", "scrolls sideways"),
        ("await fetch('/no-such-page')", "answered 404"),
    ],
)
def test_each_kind_of_problem_would_be_seen(pages: Pages, wrong: str, found: str) -> None:
    page = pages.open_page("/account", width=NARROW)
    assert pages.problems_of() == []
    page.evaluate(f"async () => {{ const main = document.querySelector('main'); {wrong} }}")
    page.wait_for_timeout(50)
    assert any(found in one for one in pages.problems_of())


def pages_to_look_at(served: Served) -> list[str]:
    """What answers with a page; the rest are redirects, files and data."""
    client: FlaskClient = sign_in_as(served.app, "administrator", OURS).client
    found = []
    for address in addresses(served.app, served.ids, an_invitation(served.app, served.organization_id)):
        answer = client.get(address, buffered=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found.append(address)
        else:
            assert answer.status_code in (200, 302, 303), address
    return found
