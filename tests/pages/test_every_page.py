"""Every page, wide in light and narrow in dark: accessible, quiet, and never wider than the screen."""

import pytest
from flask.testing import FlaskClient

from tests.support.browser import NARROW, OURS, WIDE, Pages, Served, Theme, listed
from tests.support.every_page import addresses, an_invitation
from tests.support.people import sign_in_as

FEWEST = 25


@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", NARROW)], ids=["wide", "narrow"])
def test_no_page_has_a_problem(pages: Pages, served: Served, theme: Theme, width: int) -> None:
    problems = {}
    for address in pages_to_look_at(served):
        pages.open_page(address, theme, width)
        problems[address] = pages.problems_of()
    assert len(problems) > FEWEST
    assert not listed(problems), listed(problems)


@pytest.mark.parametrize(("theme", "width"), [("light", NARROW), ("dark", WIDE)], ids=["narrow", "wide"])
def test_no_page_of_somebody_who_is_not_signed_in_has_a_problem(
    pages: Pages, served: Served, theme: Theme, width: int
) -> None:
    token = an_invitation(served.app, served.organization_id)["token"]
    problems = {}
    for address in ("/login", f"/invitation?token={token}"):
        pages.open_page(address, theme, width, role=None)
        problems[address] = pages.problems_of()
    for address in ("/no-such-page", "/invitation?token=unknown"):
        pages.open_page(address, theme, width, role=None)
        problems[address] = [one for one in pages.problems_of() if "404" not in one and "410" not in one]
    assert not listed(problems), listed(problems)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("main.append(new Image())", "image-alt"),
        ("main.append(document.createElement('h1'))", "empty-heading"),
        ("main.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')", "style"),
        ("setTimeout(() => { throw new Error('broken') })", "broken"),
        ("main.append('w'.repeat(400))", "scrolls sideways"),
        ("fetch('/no-such-page')", "answered 404"),
    ],
)
def test_each_kind_of_problem_would_be_seen(pages: Pages, wrong: str, found: str) -> None:
    page = pages.open_page("/account", width=NARROW)
    assert pages.problems_of() == []
    page.evaluate(f"() => {{ const main = document.querySelector('main'); {wrong} }}")
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
