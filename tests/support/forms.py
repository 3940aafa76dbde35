"""The forms of a page as a browser would send them."""

from demo.pages import Page
from tests.support.people import Browser


def filled(browser: Browser, path: str, holding: str) -> dict[str, str]:
    """What sending the form of this page that holds a field of that name would carry, as it opens."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    return sent_of(answer.get_data(as_text=True), holding)


def sent_of(page: str, holding: str) -> dict[str, str]:
    """The same of a page's text. Without its token, which the browser of tests adds itself."""
    return {name: value for name, value in Page("", page).form(holding).data() if name != "csrf_token"}
