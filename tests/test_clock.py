"""What the clock tells of its ticks."""

from datetime import timedelta
from typing import Any

import pytest

from portal import clock, jobs
from portal.connect import grants
from portal.extensions import db
from portal.models import LooseGrant
from portal.models.base import now
from portal.outbox import bell
from portal.runtime import logs
from tests.support import distributor as given
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


def test_the_clock_rings_for_each_access_to_be_given_back(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, ...]] = []
    monkeypatch.setattr(bell, "ring", lambda *bells: rung.append(bells))
    with books.working():
        for waits in (-1, 60):
            db.session.add(
                LooseGrant(
                    **given.owner(), realm_id="1", tokens="-", give_back_at=now() + timedelta(seconds=waits)
                )
            )
    with books.app.app_context():
        clock.tick()
        [due] = grants.due()
    assert ("portal.jobs.give_back", f"grant:{due}", str(due)) in rung
    assert len([job for job, *_ in rung if job == "portal.jobs.give_back"]) == 1
    assert "portal.jobs.give_back" in jobs.ALLOWED


def said(lines: Lines, words: str) -> list[dict[str, Any]]:
    return [line for line in lines() if words in line["message"]]
