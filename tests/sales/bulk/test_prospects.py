"""What the page that asks to confirm something in bulk tells of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import BulkRun, Connection, SyncSettings
from portal.models.pushes import Verb
from portal.outbox import badge
from portal.sales.bulk import prospects
from portal.sales.bulk.selection import Chosen
from tests.support import distributor as given
from tests.support.bookkeeping import TODAY, Books
from tests.support.in_bulk import delivered, started


@pytest.mark.parametrize("verb", ["finalize", "keep_back", "send_after_all", "reopen", "date_open"])
def test_the_page_that_asks_tells_what_the_run_then_does(books: Books, verb: Verb) -> None:
    made = [books.synced_order(), books.order(), delivered(books, "1"), delivered(books, None)]
    with books.working():
        made += [given.order(status=status).id for status in ("draft", "confirmed", "cancelled")]
        made.append(given.order(not_to_be_sent="A gift").id)
        made.append(given.order(delivery_date=None).id)
        made.append(given.order([(given.sku(), "1", "5")], discount_amount=501).id)
        badge.restate("order", made)
        seen = prospects.counted(verb, Chosen("order", tuple(made)))
    run = started(books, verb, made, "Staff")
    with books.working():
        done = db.session.get_one(BulkRun, run)
        assert (done.done, done.left_out_by) == (seen.going.records, seen.left_out)
        assert {code: cents for code, cents in done.money_done.items() if cents} == seen.going.money
        assert seen.records == len(made)


def test_finalizing_tells_what_goes_and_what_is_dated_too_early_to(books: Books) -> None:
    """As the settings say, or all of them where a person asks for it."""
    start, closed = TODAY - timedelta(days=10), TODAY - timedelta(days=20)
    with books.working():
        db.session.scalars(select(SyncSettings)).one().start_date = start
        db.session.scalars(select(Connection)).one().closing_date = closed
        ids = [given.order(delivery_date=day).id for day in (TODAY, TODAY + timedelta(days=3), start, closed)]
        ids.append(given.order(delivery_date=TODAY, not_to_be_sent="A gift").id)
    told = {}
    for verb in ("finalize", "finalize_and_push"):
        with books.working():
            made = prospects.look(verb, Chosen("order", tuple(ids)))
            assert made.outlook is not None
            assert (made.going.records, made.left_out) == (5, {})
            told[verb] = (made.pushed, made.outlook.fresh, made.outlook.ahead, made.outlook.customers)
            early: dict[str, tuple[date, int]] = {why: (day, count) for why, day, count in made.early}
            assert early == {"closed": (closed, 1), "start": (start, 1)}
    assert told == {"finalize": (3, 3, 1, 3), "finalize_and_push": (4, 4, 1, 4)}
