"""The drawer of every status: what it says first, what it offers to whom, and when it is drawn anew."""

import re
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select, update
from sqlalchemy.engine import Engine

from portal import problems
from portal.extensions import db
from portal.models import Order, Push
from portal.models.kinds import RecordRef, ref_of
from portal.outbox import badge
from portal.problems import Found, causes
from portal.web.drawer import contents
from tests.support import distributor as given
from tests.support.connected import connect, portal_with, text_of
from tests.support.every_status import one_of_each_status
from tests.support.people import Browser, sign_in_as
from tests.support.queries import queries
from tests.support.simulator import Simulated, simulator_in_process

HTMX = {"HX-Request": "true"}
Statuses = dict[str, RecordRef]


def test_every_status_has_a_title_in_one_sentence(bookkeeper: Browser, statuses: Statuses) -> None:
    for name, record in statuses.items():
        answer = bookkeeper.get(path(record))
        assert answer.status_code == 200, name
        [title] = re.findall(r'<h2[^>]*id="drawer-title"[^>]*>([^<]+)</h2>', answer.get_data(as_text=True))
        assert title.endswith("."), (name, title)


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("not sent", ["What would happen", "if it were finalized now", "Preview", "Don't send"]),
        (
            "ready",
            [
                "What would happen",
                "in its way",
                "Push to QuickBooks Online",
                "Preview",
                "It is already in QuickBooks",
                "Don't send",
            ],
        ),
        ("blocked", ["closed period", "Date it 1 Dec 2026 and push", "Hold it", "Push to QuickBooks Online"]),
        ("queued", ["Waiting for its turn", "Sending to QuickBooks", "Don't send"]),
        ("waiting", ["Waits for"]),
        ("dated ahead", ["waits until", "Nothing is written in QuickBooks before", "Preview", "Don't send"]),
        ("sending", ["do not enter it by hand"]),
        ("synced", ["Open in QuickBooks", "What was sent", "113.01 CAD, of which tax 13.01 CAD"]),
        ("variance", ["Side by side", "13.00", "13.01", "reckons the tax itself", "Accept"]),
        ("changed", ["Push the change", "Open in QuickBooks"]),
        ("reopened", ["stays in QuickBooks as it was", "Finalize the order again", "Open in QuickBooks"]),
        ("still there", ["still stands in QuickBooks", "Void in QuickBooks…", "Reopen the order"]),
        ("agreeing location", ["Nothing that was compared differs", "What stands in QuickBooks, as of"]),
        ("marked location", ["and that stays so", "Kept as they are", "by Bo Bookkeeper", "905 555 0199"]),
        ("asked location", ["differs from what QuickBooks had", "the settings say to ask", "Keep both"]),
        ("edited location", ["was edited in QuickBooks", "Changed in QuickBooks since", "All ticked fields"]),
        ("changed location", ["not sent to QuickBooks yet", "Changed here, and not sent yet", "Check now"]),
        ("unread location", ["not compared yet", "not read yet", "Check now"]),
        ("gone location", ["is not in QuickBooks any more", "What stood in QuickBooks until"]),
        ("edited", ["Ours", "5 Nov 2026", "Keep QuickBooks", "Replace with ours", "Go on"]),
        ("by hand", ["entered in QuickBooks by hand", "5 Nov 2026", "Keep QuickBooks", "Replace with ours"]),
        ("accepted", ["13.00", "13.01", "by Bo Bookkeeper", "was accepted"]),
        ("checking", ["do not enter it by hand", "Check now"]),
        (
            "must choose",
            ["Check now", "It is not in QuickBooks: send it again", "It is already in QuickBooks"],
        ),
        ("voided", ["was voided", "Create it again"]),
        ("not to be sent", ["Entered by hand", "Send it after all"]),
        ("not to be sent location", ["Pays in cash", "Send it after all"]),
        ("linked", ["Acme:The Pub", "Link to another…", "nothing is sent by linking", "Unlink from"]),
        ("inactive there", ["Check now: it is put right in QuickBooks", "nothing is sent by linking"]),
        ("unlinked", ["say which one in QuickBooks it is", "None of these, create new"]),
        ("unmapped", ["Net 45", "Fix and push", "Save", "For support"]),
        ("number too long", ["Another number for this order", "Change and push"]),
        ("refused", ["Amount is not equal", "intuit_tid", "1-5f7349e0", "Copy for support"]),
        (
            "number taken",
            ["Total, tax included", "Link", "Another number", "Search in QuickBooks"],
        ),
        ("several problems", ["2 things stand in the way of order", "has no lines", "Edit the order"]),
        ("too old", ["Search in QuickBooks"]),
        (
            "found voided",
            ["Number of the new document", "Create it again", "Push again", "Search in QuickBooks"],
        ),
        ("waits for what failed", ["No customer in QuickBooks matches", "Search customers in QuickBooks"]),
        ("looks like existing", ["Link to “Cafe Ole, Queen St” (Id 12)", "None of these, create new"]),
        ("key missing", ["Edit the location"]),
        ("account not mapped", ["Income in QuickBooks", "Fix and push"]),
    ],
)
def test_each_status_offers_what_helps(
    bookkeeper: Browser, statuses: Statuses, name: str, offered: list[str]
) -> None:
    text = text_of(bookkeeper.get(path(statuses[name])))
    assert [words for words in offered if words not in text] == []


def test_of_one_that_is_gone_there_is_nothing_to_open_and_no_field_to_decide(
    bookkeeper: Browser, statuses: Statuses
) -> None:
    shown = text_of(bookkeeper.get(path(statuses["gone location"])))
    assert [words for words in ("Open in QuickBooks", "What differs") if words in shown] == []


def test_no_sentence_is_left_with_a_gap(bookkeeper: Browser, statuses: Statuses) -> None:
    for name, record in statuses.items():
        assert not re.search(r"\{\w+\}", text_of(bookkeeper.get(path(record))).split("Request and")[0]), name


def test_a_viewer_sees_the_same_and_no_form(app: Flask, statuses: Statuses) -> None:
    viewer = sign_in_as(app, "viewer", "Ours")
    for name, record in statuses.items():
        drawer = viewer.get(path(record), headers=HTMX).get_data(as_text=True)
        assert 'id="drawer-title"' in drawer, name
        assert "<form" not in drawer, name


def test_a_drawer_has_one_thing_to_do_first_at_most_and_that_at_its_foot(
    bookkeeper: Browser, statuses: Statuses
) -> None:
    for name, (kind, record_id) in statuses.items():
        page = bookkeeper.get(f"/badges/{kind}/{record_id}").text
        above, _, foot = page.split('data-drawer="')[1].partition('class="drawer-foot"')
        assert "btn-primary" not in above, name
        assert foot.count("btn btn-primary") == (1 if foot else 0), name
        form = re.search(r'btn-primary" type="submit" form="([^"]+)"', foot)
        assert form is None or above.count(f'id="{form[1]}"') == 1, name


def test_every_form_of_a_drawer_works_without_a_script_too(bookkeeper: Browser, statuses: Statuses) -> None:
    """htmx sends each where a plain submit would, and each that posts carries its token."""
    for name, record in statuses.items():
        page = bookkeeper.get(path(record), headers=HTMX).get_data(as_text=True)
        for form in re.findall(r"<form\b.*?</form>", page, re.S):
            [tag] = re.findall(r"<form\b[^>]*>", form)
            method = "post" if 'method="post"' in tag else "get"
            own = re.search(r' action="([^"]+)"', tag)
            assert own, (name, tag)
            assert f'hx-{method}="{own[1]}"' in tag or "d-inline" in tag, (name, tag)
            assert method == "get" or 'name="csrf_token"' in form, (name, tag)


def test_the_field_of_the_fix_is_linked(bookkeeper: Browser, statuses: Statuses) -> None:
    ref = statuses["key missing"]
    page = bookkeeper.get(path(ref)).get_data(as_text=True)
    assert f'href="/locations/{ref.id}#name"' in page


def test_what_moves_asks_again_and_is_drawn_anew_only_when_something_changed(
    app: Flask, bookkeeper: Browser
) -> None:
    queued = statuses_of(app, bookkeeper)["queued"]
    drawer = bookkeeper.get(path(queued), headers=HTMX).get_data(as_text=True)
    [again] = re.findall(r'data-refresh hx-get="([^"]+)"', drawer)
    assert bookkeeper.get(again, headers=HTMX).status_code == 204
    with working(app, bookkeeper):
        db.session.execute(update(Push).where(Push.record_id == queued[1]).values(state="cancelled"))
        badge.restate("order", [queued[1]])
    changed = bookkeeper.get(again, headers=HTMX)
    assert changed.status_code == 200
    assert "data-refresh" not in changed.get_data(as_text=True)
    assert bookkeeper.get(again).status_code == 200


def test_what_stands_still_does_not_ask_again(bookkeeper: Browser, statuses: Statuses) -> None:
    moving = {
        name for name, record in statuses.items() if "data-refresh" in bookkeeper.get(path(record)).text
    }
    assert moving == {"queued", "waiting", "sending", "checking"}


def test_next_and_previous_follow_the_table(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        place = given.location()
        ids = {n: given.order(number=f"77{n}", location=place).id for n in "123"}
        given.order(number="7715")
    table = f"list=1&sort=number&location={place_of(app, bookkeeper, ids['1'])}"
    middle = bookkeeper.get(f"/badges/order/{ids['2']}?{table}").get_data(as_text=True)
    ways = dict(re.findall(r'rel="(prev|next)"[^>]* href="/badges/order/([^?"]+)\?', middle))
    assert ways == {"prev": str(ids["1"]), "next": str(ids["3"])}
    last = bookkeeper.get(f"/badges/order/{ids['3']}?{table}").get_data(as_text=True)
    assert ('rel="prev"' in last, 'rel="next"' in last) == (True, False)
    assert "list=1" in re.findall(r'hx-post="([^"]+/push|[^"]+keep-back[^"]*)"', last)[0]


def test_a_page_of_badges_takes_four_queries_however_different_they_are(
    app: Flask, bookkeeper: Browser, statuses: Statuses
) -> None:
    orders = [record_id for kind, record_id in statuses.values() if kind == "order"]
    with working(app, bookkeeper):
        badge.badges("order", orders[:1])  # begins the transaction
        counted: list[str] = []

        def count(connection: object, cursor: object, statement: str, *rest: object) -> None:
            counted.append(statement)

        event.listen(Engine, "before_cursor_execute", count)
        try:
            shown = badge.badges("order", orders)
        finally:
            event.remove(Engine, "before_cursor_execute", count)
    assert len(counted) <= 4
    labels = {one.label for one in shown.values()}
    assert {
        "In QuickBooks · tax differs 0.01",
        "Synced · tax differs 0.01",
        "Closed period, which date?",
        "Failed · no lines + 1",
        "Queued",
    } <= labels
    assert any(one.startswith("Waiting for Pub ") for one in labels)


def test_labels_and_columns_tell_of_the_same_status(
    app: Flask, bookkeeper: Browser, statuses: Statuses
) -> None:
    with working(app, bookkeeper):
        for kind, record_id in statuses.values():
            facts = badge.facts_of(kind, [record_id])[record_id]
            assert badge.badges(kind, [record_id])[record_id].status == badge.derive(facts)


def path(ref: RecordRef) -> str:
    return f"/badges/{ref}"


def statuses_of(app: Flask, browser: Browser) -> Statuses:
    with working(app, browser):
        return one_of_each_status()


def place_of(app: Flask, browser: Browser, order_id: uuid.UUID) -> uuid.UUID:
    with working(app, browser):
        found = db.session.scalar(select(Order.location_id).where(Order.id == order_id))
        assert found is not None
        return found


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return given.working_in(app, browser.organization_id)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulator_in_process(tmp_path_factory.mktemp("intuit")) as simulated:
        yield simulated


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, books: Simulated) -> Iterator[Flask]:
    """One portal for all: what one test looks at no other one changes."""
    home: Path = tmp_path_factory.mktemp("portal")
    with portal_with(books, home) as app:
        yield app


@pytest.fixture(scope="module")
def bookkeeper(app: Flask, books: Simulated) -> Browser:
    connect(sign_in_as(app, "administrator", "Ours"), books)
    return sign_in_as(app, "bookkeeper", "Ours")


@pytest.fixture(scope="module")
def statuses(app: Flask, bookkeeper: Browser, books: Simulated) -> Statuses:
    """Documents that the simulator has none of: they stay as last seen, since it can't be asked for one."""
    for read in ("/invoice/", "/creditmemo/"):
        fault = {"fault": "status_before_commit", "times": 10_000, "match": {"path": read}}
        books.control("POST", "faults", fault)
    return statuses_of(app, bookkeeper)


def test_what_an_order_waits_for_takes_as_many_queries_however_much_it_is(
    app: Flask, ours: uuid.UUID
) -> None:
    given.connection()
    counts = []
    with app.test_request_context():
        for more in (2, 8):
            skus = [given.sku() for _ in range(more)]
            for sku in skus:
                problems.tell(ref_of(sku), Found("sku_key_missing", {}, causes.of_key(ref_of(sku))))
            push = Push(state="waiting", needs=[["sku", str(sku.id), "missing"] for sku in skus])
            db.session.flush()
            db.session.expire_all()
            with queries() as seen:
                waits_for = contents._waits_for(push, None)
            assert [len(one["problems"]) for one in waits_for] == [1] * more
            counts.append(len([one for one in seen if "FROM sku" in one or "FROM problem" in one]))
    assert counts[0] == counts[1]
