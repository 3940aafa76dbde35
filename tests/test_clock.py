"""What the clock tells of its ticks."""

from typing import Any

import pytest

from portal import clock
from portal.outbox import bell
from portal.runtime import logs
from tests.support.bookkeeping import Books
from tests.support.lines import Lines


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "told", logs.News())


def test_the_clock_tells_once_for_which_connection_it_rings(
    books: Books, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "ring", lambda *_: None)
    books.order()
    ticks = iter(range(3))
    with books.app.app_context():
        clock.run(lambda: next(ticks, None) is None)
    [line] = said(lines, "rings")
    assert line["connection"] == str(books.connection_id)


def said(lines: Lines, words: str) -> list[dict[str, Any]]:
    return [line for line in lines() if words in line["message"]]
