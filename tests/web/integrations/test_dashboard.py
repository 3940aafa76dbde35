"""The dashboard: its figures against worked examples, its fixes, and what looking costs."""

import html
import re
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from portal.company import days
from portal.extensions import db
from portal.models import BulkRun, Connection, ListEntry, Mapping, Order, Problem, Push, PushDay, PushHour
from portal.models.base import now
from portal.outbox.statuses import STATUSES
from portal.report import counts
from portal.web.formats import day
from tests.support import distributor
from tests.support.connected import INTEGRATIONS, text_of
from tests.support.people import Browser, SignIn

DAY = date(2026, 11, 22)
LAST_REFUSED = "QuickBooks last refused a duplicate number on 28 Nov 2026"


class TestToday:
    def test_orders_and_amount_agree_with_what_quickbooks_answered(self, company: Connection) -> None:
        for net, tax in ((10_000, 1_300), (5_001, 650)):
            arrived(company, dated(net, tax), total=net + tax, tax=tax)
        [day] = counts.of_day(company, DAY)
        assert (day.orders, day.cents, day.there, day.cents_there) == (2, 16_951, 2, 16_951)
        assert (day.currency, day.with_tax, day.agrees, day.missing) == ("CAD", True, True, 0)

    def test_a_cent_of_difference_and_a_missing_one_are_told(self, company: Connection) -> None:
        arrived(company, dated(10_000, 1_300), total=11_301, tax=1_301)
        dated(500, 65)
        [day] = counts.of_day(company, DAY)
        assert (day.cents, day.cents_there, day.agrees, day.missing) == (11_865, 11_301, False, 1)

    def test_where_one_tax_is_unknown_both_are_compared_before_tax(self, company: Connection) -> None:
        arrived(company, dated(10_000, None), total=11_300, tax=1_300)
        arrived(company, dated(500, 65), total=565, tax=65)
        [day] = counts.of_day(company, DAY)
        assert (day.cents, day.cents_there, day.with_tax, day.agrees) == (10_500, 10_500, False, True)

    def test_a_credit_memo_counts_against_the_day_and_a_voided_invoice_not_at_all(
        self, company: Connection
    ) -> None:
        arrived(company, dated(-2_000, -260), total=2_260, tax=260, kind="credit_memo")
        arrived(company, dated(500, 65), total=0, tax=0, voided=True)
        [day] = counts.of_day(company, DAY)
        assert (day.orders, day.cents, day.there, day.cents_there) == (2, -1_695, 1, -2_260)

    def test_currencies_other_days_drafts_and_those_kept_back_stay_apart(self, company: Connection) -> None:
        dated(100, 0, currency="USD")
        dated(200, 0, currency=None)
        dated(400, 0, invoice_date=DAY - timedelta(days=1))
        dated(800, 0, status="delivered")
        dated(1_600, 0, not_to_be_sent="entered by hand")
        days = counts.of_day(company, DAY)
        assert [(day.currency, day.orders, day.cents) for day in days] == [("CAD", 1, 200), ("USD", 1, 100)]

    @pytest.mark.parametrize(
        "how", [{"status": "delivered"}, {"status": "cancelled"}, {"not_to_be_sent": "entered by hand"}]
    )
    def test_what_stands_there_of_an_order_on_neither_side_is_told(
        self, company: Connection, how: dict[str, str]
    ) -> None:
        arrived(company, dated(500, 65), total=565, tax=65)
        arrived(company, dated(10_000, 1_300, **how), total=11_300, tax=1_300)
        arrived(company, dated(100, 13, **how), total=0, tax=0, voided=True)
        [day] = counts.of_day(company, DAY)
        assert (day.orders, day.cents, day.there, day.cents_there, day.agrees) == (1, 565, 1, 565, True)
        assert (day.apart, day.cents_apart) == (1, 11_300)

    def test_a_link_to_a_company_connected_before_does_not_count(self, company: Connection) -> None:
        before = distributor.connection(status="closed")
        arrived(before, dated(100, 0), total=100, tax=0)
        assert counts.of_day(company, DAY)[0].there == 0

    def test_it_is_the_organizations_day(
        self, app: Flask, somebody: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """23:30 in Toronto is the next day in UTC."""
        evening = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
        monkeypatch.setattr("portal.company.days.now", lambda: evening)
        with working(app, somebody):
            distributor.connection()
            dated(10_000, 1_300)
        page = text_of(somebody.get(INTEGRATIONS))
        assert "Today, 22 Nov 2026" in page
        assert "Routeique 1 order 113.00 CAD" in page
        assert "QuickBooks , as answered when pushed or checked 0 documents 0.00 CAD" in page
        assert "Gap , less in QuickBooks 1 not there yet 113.00 CAD Both with tax." in page

    def test_the_same_amount_is_never_claimed_beyond_what_was_answered(
        self, app: Flask, somebody: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("portal.company.days.now", lambda: datetime(2026, 11, 22, 18, tzinfo=UTC))
        with working(app, somebody):
            arrived(distributor.connection(), dated(10_000, 1_300), total=11_300, tax=1_300)
        page = text_of(somebody.get(INTEGRATIONS))
        assert "The same amount on both sides, as answered when pushed or checked, with tax." in page

    def test_it_leads_to_just_these_orders(
        self, app: Flask, somebody: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By invoice date, whatever the order date; not those that a person keeps back."""
        monkeypatch.setattr("portal.company.days.now", lambda: datetime(2026, 11, 22, 18, tzinfo=UTC))
        with working(app, somebody):
            distributor.connection()
            todays = dated(100, 13, order_date=DAY - timedelta(days=3)).number
            dated(200, 26, order_date=DAY, invoice_date=DAY - timedelta(days=1))
            dated(400, 52, not_to_be_sent="entered by hand", integration_status="not_to_be_sent")
        page = html.unescape(somebody.get(INTEGRATIONS).get_data(as_text=True))
        link = re.search(
            r'<a href="(/orders\?[^"]+)">1 order</a></td><td class="amount"><strong>1.13 CAD</strong>', page
        )
        assert link is not None
        table = somebody.get(link[1]).get_data(as_text=True)
        assert re.findall(r'<tr data-id="[^"]+" data-number="([^"]+)"', table) == [todays]


class TestFigures:
    def test_each_figure_leads_to_the_table_that_shows_just_these(
        self, app: Flask, somebody: Browser
    ) -> None:
        with working(app, somebody):
            distributor.connection()
            for status in ("failed", "failed", "blocked", "waiting", "queued", "synced", "ready"):
                dated(1_000, 130, integration_status=status)
        page = somebody.get(INTEGRATIONS).get_data(as_text=True)
        figures = re.findall(r'href="(/orders\?[^"]+)" data-figure="\w+">(\d+)<', page)
        assert [int(count) for _, count in figures] == [1, 2, 3, 2]
        for url, count in figures:
            assert len(re.findall(r"<tr[^>]* data-id=", somebody.get(url).get_data(as_text=True))) == int(
                count
            )
        assert 'data-held="CAD">33.90 CAD<' in page
        assert "data-held-more" not in page
        with working(app, somebody):
            dated(-500, -65, integration_status="failed")
            dated(700, None, integration_status="failed")
        page = somebody.get(INTEGRATIONS).get_data(as_text=True)
        assert 'data-held="CAD">40.90 CAD<' in page
        assert ">in invoices; 5.65 CAD in credit memos, before tax for 1 order<" in page

    def test_what_agrees_and_what_differs_by_choice_stand_under_words_of_their_own(
        self, app: Flask, somebody: Browser
    ) -> None:
        with working(app, somebody):
            distributor.connection()
            for status in ("synced", "marked", "variance"):
                dated(1_000, 130, integration_status=status)
        page = somebody.get(INTEGRATIONS).get_data(as_text=True)
        told = re.findall(r'href="/orders\?integration=\w+"[^>]*>(.*?)</a>', page, re.DOTALL)
        words = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in told]
        assert [word for word in words if "Synced" in word or "In QuickBooks" in word] == [
            "Synced",
            "In QuickBooks, differs",
            "Synced, differs by choice",
        ]

    def test_the_oldest_waiting_order_is_one_of_those_counted_as_waiting(self, company: Connection) -> None:
        for status, state, hours in (
            ("failed", "waiting", 3),
            ("queued", "queued", 2),
            ("sending", "sending", 1),
        ):
            asked(company, "order", dated(1, 0, integration_status=status).id, state, hours)
        asked(company, "location", distributor.location().id, "queued", 4)
        oldest = counts.oldest_waiting(company)
        assert oldest is not None and round((now() - oldest) / timedelta(hours=1)) == 2

    def test_what_was_voided_is_not_called_not_sent(self, app: Flask, somebody: Browser) -> None:
        with working(app, somebody):
            distributor.connection()
            for status in ("not_sent", "voided", "not_to_be_sent"):
                dated(1_000, 130, integration_status=status)
        said = text_of(somebody.get(INTEGRATIONS))
        assert "1 not sent 2 voided or not to be sent" in said

    def test_every_status_is_in_one_part_of_the_bar(self) -> None:
        in_parts = [status for *_, statuses in counts.PARTS for status in statuses]
        assert sorted(in_parts) == sorted(STATUSES)

    def test_beyond_the_limit_a_count_says_and_more(
        self, company: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counts, "COUNTED", 2)
        for status in ("synced", "synced", "synced", "failed"):
            dated(1, 0, integration_status=status)
        found = counts.by_status()["order"]
        assert (found["synced"].text, found["failed"].text) == ("2+", "1")
        assert counts.together(found, ("synced", "failed", "queued")).text == "3+"

    def test_pushes_of_fourteen_days_are_drawn_and_stand_in_a_table(
        self, app: Flask, somebody: Browser
    ) -> None:
        with working(app, somebody):
            company = distributor.connection()
            today = days.today(company)
            for back, synced, failed in ((0, 30, 2), (13, 5, 0), (14, 99, 99)):
                row = {"record_kind": "order", "synced": synced, "failed": failed}
                company_day = {"connection_id": company.id, "day": today - timedelta(days=back)}
                db.session.add(PushDay(**distributor.owner(), **company_day, **row))
        page = somebody.get(INTEGRATIONS).get_data(as_text=True)
        rows = ended_rows(page)
        assert len(rows) == 14
        assert rows[0][1:] == ("5", "0")
        assert rows[-1] == (f"{day(today)} (today)", "30", "2")
        assert ">Today</text>" in page
        assert re.findall(r'text-anchor="end">(\d+)</text>', page) == ["0", "20", "40"]

    def test_pushes_of_less_than_two_days_are_drawn_by_the_hour(self, app: Flask, somebody: Browser) -> None:
        """Unless an hour is missing, as it is of what was pushed before hours were kept."""
        with working(app, somebody):
            company = distributor.connection()
            of_company = {**distributor.owner(), "connection_id": company.id}
            this_hour = days.hour_of(now(), days.zone(company))
            for back, synced, failed in ((0, 30, 2), (3, 5, 0)):
                hour = this_hour - timedelta(hours=back)
                db.session.add(PushHour(**of_company, hour=hour, synced=synced, failed=failed))
            of_day = PushDay(**of_company, day=days.today(company), record_kind="order", synced=35, failed=2)
            db.session.add(of_day)
        page = somebody.get(INTEGRATIONS).get_data(as_text=True)
        assert "Pushes per hour" in page
        rows = ended_rows(page)
        assert len(rows) == 12
        assert [row[1:] for row in rows[-4:]] == [("5", "0"), ("0", "0"), ("0", "0"), ("30", "2")]
        assert rows[-1][0].endswith("(now)")
        with working(app, somebody):
            db.session.scalars(select(PushDay)).one().synced += 1
        assert "Pushes per day" in somebody.get(INTEGRATIONS).get_data(as_text=True)

    def test_what_went_by_itself_stands_among_the_runs_by_its_day(
        self, app: Flask, somebody: Browser
    ) -> None:
        with working(app, somebody):
            company = distributor.connection()
            today = days.today(company)
            for back, kind, automatic, synced, failed in (
                (0, "order", True, 1_180, 2), (0, "location", True, 3, 0), (0, "order", False, 99, 99),
                (2, "sku", True, 1, 0), (3, "order", False, 5, 5),
            ):  # fmt: skip
                row = {"record_kind": kind, "automatic": automatic, "synced": synced, "failed": failed}
                company_day = {"connection_id": company.id, "day": today - timedelta(days=back)}
                db.session.add(PushDay(**distributor.owner(), **company_day, **row))
            yesterday = now() - timedelta(days=1)
            db.session.add(BulkRun(**distributor.owner(), connection_id=company.id, created_at=yesterday))
        page = somebody.get(INTEGRATIONS)
        shown = re.findall(r'data-(automatic|run)="([^"]+)"', page.get_data(as_text=True))
        assert [kind for kind, _ in shown] == ["automatic", "run", "automatic"]
        assert f"1,182 orders, 3 customers automatically, {day(today)} 1,183 synced, 2 failed" in text_of(
            page
        )
        assert f"1 product automatically, {day(today - timedelta(days=2))} 1 synced" in text_of(page)

    def test_orders_that_went_by_themselves_and_wait_for_what_failed_are_told_beside_the_days(
        self, app: Flask, somebody: Browser
    ) -> None:
        with working(app, somebody):
            company = distributor.connection()
            for reason, status in (("finalized", "failed"), ("bulk", "failed"), ("finalized", "waiting")):
                order = distributor.order(status="finalized", revision=1, integration_status=status)
                wish = {"record_kind": "order", "record_id": order.id, "revision": 1, "reason": reason}
                needs = [["location", str(order.location_id), "missing"]]
                company_wish = {"connection_id": company.id, "state": "waiting", "needs": needs}
                db.session.add(Push(**distributor.owner(), **wish, **company_wish))
            row = {"record_kind": "order", "automatic": True, "synced": 1, "failed": 0}
            company_day = {"connection_id": company.id, "day": days.today(company)}
            db.session.add(PushDay(**distributor.owner(), **company_day, **row))
        told = "1 order that went by itself waits for a customer or product that can't go"
        assert told in text_of(somebody.get(INTEGRATIONS))

    def test_settings_of_the_company_say_what_to_do(self, app: Flask, somebody: Browser) -> None:
        with working(app, somebody):
            distributor.connection(plan="QuickBooks Online Essentials", auto_apply_credit=True)
        page = somebody.get(INTEGRATIONS).get_data(as_text=True)
        assert 'data-setting="Custom transaction numbers" data-good="false"' in page
        assert "Custom transaction numbers: on. Then press" in page
        assert "It has no inventory" in page
        assert "the oldest open invoice" in page
        with working(app, somebody):
            company = db.session.scalars(select(Connection)).one()
            company.custom_numbers = True
        page = somebody.get(INTEGRATIONS).get_data(as_text=True)
        assert 'data-setting="Custom transaction numbers" data-good="true"' in page

    @pytest.mark.parametrize(
        ("refused", "good", "said"),
        [
            (None, "none", "it is not known whether QuickBooks refuses them There is nothing to do"),
            # Late in the evening in Toronto.
            (datetime(2026, 11, 29, 3, tzinfo=UTC), "true", f"{LAST_REFUSED} We count on it until 28 Dec"),
            (datetime(2026, 11, 28, 15, tzinfo=UTC), "none", f"{LAST_REFUSED} That is too long ago"),
        ],
    )
    def test_what_is_told_of_duplicate_numbers_carries_its_day_and_names_no_setting(
        self,
        app: Flask,
        somebody: Browser,
        monkeypatch: pytest.MonkeyPatch,
        refused: datetime | None,
        good: str,
        said: str,
    ) -> None:
        monkeypatch.setattr("portal.company.number_guard.now", lambda: datetime(2026, 12, 28, 18, tzinfo=UTC))
        with working(app, somebody):
            distributor.connection(number_guard=refused)
        page = somebody.get(INTEGRATIONS)
        assert f'data-setting="Duplicate numbers" data-good="{good}"' in page.get_data(as_text=True)
        told = text_of(page).partition("Duplicate numbers ")[2].partition("Sales tax")[0]
        assert told.startswith(said)
        assert ("by its number before it is first sent" in told) == (good == "none")
        assert not re.search(r"Account and settings|Warn if|→", told)

    def test_the_environment_is_told_by_the_address(self, app: Flask, somebody: Browser) -> None:
        with working(app, somebody):
            distributor.connection()
        for url, said in (
            ("https://quickbooks.api.intuit.com", "Environment Production (quickbooks.api.intuit.com)"),
            ("https://sandbox-quickbooks.api.intuit.com", "Environment Sandbox (sandbox-"),
            ("http://127.0.0.1:8001", "Environment 127.0.0.1 "),
        ):
            app.config["INTUIT_API_URL"] = url
            assert said in text_of(somebody.get(INTEGRATIONS)), url


class TestFixTheseFirst:
    def test_fix_and_push_saves_the_choice_and_pushes_what_it_held_up(
        self, app: Flask, somebody: Browser
    ) -> None:
        cause, orders = held_up(app, somebody, 3)
        page = somebody.get(INTEGRATIONS)
        assert "3 orders, 33.90 CAD" in text_of(page)
        assert "Fix and push 3" in text_of(page)

        answer = fix(somebody, cause, "30", push="1")

        assert answer.headers["Location"].startswith("/runs/")
        with working(app, somebody):
            assert db.session.scalars(select(Mapping.label)).all() == ["Net 30"]
            pushes = db.session.scalars(select(Push).where(Push.state == "queued")).all()
            assert {push.record_id for push in pushes} == set(orders)

    def test_fixing_alone_makes_them_ready_and_says_so(self, app: Flask, somebody: Browser) -> None:
        cause, orders = held_up(app, somebody, 2)
        assert fix(somebody, cause, "30").status_code == 303
        assert "2 orders are ready to push now. Push them" in text_of(somebody.get(INTEGRATIONS))
        with working(app, somebody):
            assert db.session.scalars(select(Order.integration_status)).all() == ["ready"] * len(orders)
            assert not db.session.scalars(select(Push).where(Push.state == "queued")).all()

    @pytest.mark.parametrize("choice", ["", "31", "99", "x" * 5_000, "30\x00"])
    def test_what_was_not_offered_changes_nothing(self, app: Flask, somebody: Browser, choice: str) -> None:
        cause, _ = held_up(app, somebody, 1)
        assert fix(somebody, cause, choice, push="1").status_code == 303
        assert re.search(
            "Choose one from the list first|Choose another one", text_of(somebody.get(INTEGRATIONS))
        )
        with working(app, somebody):
            assert distributor.count(Mapping) == 0

    @pytest.mark.parametrize("cause", ["", "term:", "term:nonsense", "order:x", "\x00", "x" * 5_000])
    def test_a_cause_that_is_none_is_a_sentence(self, app: Flask, somebody: Browser, cause: str) -> None:
        held_up(app, somebody, 1)
        assert fix(somebody, cause, "30", push="1").status_code == 303
        assert re.search(
            "can't be put right by choosing|not on QuickBooks' list any more",
            text_of(somebody.get(INTEGRATIONS)),
        )

    def test_a_cause_of_one_record_leads_to_its_drawer(self, app: Flask, somebody: Browser) -> None:
        with working(app, somebody):
            distributor.connection()
            place = distributor.location()
            problem("location", place.id, "customer_several_matches", f"match:location:{place.id}")
            place_id = place.id
        assert f'href="/badges/location/{place_id}" ' in somebody.get(INTEGRATIONS).get_data(as_text=True)

    def test_a_viewer_sees_all_of_it_and_no_button(
        self, app: Flask, somebody: Browser, signed_in: SignIn
    ) -> None:
        cause, _ = held_up(app, somebody, 2)
        viewer = signed_in("viewer")
        page = viewer.get(INTEGRATIONS)
        main = page.get_data(as_text=True).split('id="content"')[1].split("</main>")[0]
        assert "2 orders" in text_of(page)
        assert "<button" not in main
        assert "/disconnect" not in main
        assert fix(viewer, cause, "30").status_code == 403


def test_looking_costs_as_many_statements_for_many_records_as_for_few(app: Flask, somebody: Browser) -> None:
    numbers = []
    for more in (2, 30):
        with working(app, somebody):
            company = db.session.scalar(select(Connection)) or distributor.connection()
            for _ in range(more):
                arrived(company, dated(100, 13), total=113, tax=13)
        held_up(app, somebody, more)
        with statements(app) as seen:
            somebody.get(INTEGRATIONS)
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 36


def ended_rows(page: str) -> list[tuple[str, str, str]]:
    found = re.findall(r'<th scope="row">([^<]+)</th><td>([\d,]+)</td><td>([\d,]+)</td>', page)
    return [(name, synced, failed) for name, synced, failed in found]


def dated(net: int, tax: int | None, **values: object) -> Order:
    """A finalized order of the day."""
    given: dict[str, Any] = {"status": "finalized", "invoice_date": DAY, "currency": "CAD", "revision": 1}
    given |= values
    order: Order = distributor.order(**given)
    order.net_total, order.tax_total = net, tax
    db.session.flush()
    return order


def arrived(company: Connection, order: Order, **answered: object) -> None:
    distributor.link(company, "order", order.id, **answered)


def asked(company: Connection, record_kind: str, record_id: uuid.UUID, state: str, hours_ago: int) -> None:
    at = now() - timedelta(hours=hours_ago)
    values = {"record_kind": record_kind, "record_id": record_id, "state": state, "reason": "bulk"}
    db.session.add(
        Push(**distributor.owner(), connection_id=company.id, revision=1, actor="Bo", asked_at=at, **values)
    )
    db.session.flush()


def held_up(app: Flask, browser: Browser, count: int) -> tuple[str, list[uuid.UUID]]:
    """Orders that failed since their payment term is not mapped; the cause, and their ids."""
    with working(app, browser):
        company = db.session.scalar(select(Connection)) or distributor.connection()
        if not db.session.scalar(select(ListEntry).where(ListEntry.list == "terms")):
            for key, name in (("30", "Net 30"), ("31", "Net 31")):
                entry = ListEntry(
                    **distributor.owner(),
                    connection_id=company.id,
                    list="terms",
                    external_id=key,
                    name=name,
                    active=key == "30",
                    details={"days": int(key)},
                )
                db.session.add(entry)
        term = distributor.term("Net 30", 30)
        orders = []
        for _ in range(count):
            order = dated(1_000, 130, integration_status="failed", payment_term_id=term.id)
            orders.append(order.id)
            ended = Push(
                **distributor.owner(),
                connection_id=company.id,
                record_kind="order",
                record_id=order.id,
                revision=1,
                reason="bulk",
                state="failed",
                settled_at=now(),
            )
            db.session.add(ended)
            problem("order", order.id, "term_not_mapped", f"term:{term.id}")
        return f"term:{term.id}", orders


def problem(record_kind: str, record_id: uuid.UUID, code: str, cause: str) -> None:
    db.session.add(
        Problem(**distributor.owner(), record_kind=record_kind, record_id=record_id, code=code, cause=cause)
    )
    db.session.flush()


def fix(browser: Browser, cause: str, choice: str, **more: str) -> TestResponse:
    return browser.post(f"{INTEGRATIONS}/fix", {"cause": cause, "choice": choice, **more})


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return distributor.working_in(app, browser.organization_id)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def look(connection: object, cursor: object, sql: str, *_: object) -> None:
        seen.append(sql)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", look)


@pytest.fixture
def somebody(signed_in: SignIn) -> Browser:
    return signed_in("administrator")


@pytest.fixture
def company(ours: uuid.UUID) -> Connection:
    """A Canadian company, connected."""
    return distributor.connection()
