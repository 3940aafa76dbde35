"""The mapping pages: what they offer, suggest and keep, and what saving lets go."""

import html
import re
import uuid
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Connection, ListEntry, Mapping, Order, Problem, Push
from portal.models.base import now
from portal.quickbooks.transport import new_session
from portal.sync import outbox
from portal.sync.mapping.slots import PAGES
from tests.support import distributor
from tests.support.connected import INTEGRATIONS, chosen, connect, field_name, options, text_of
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, UNITED_STATES, Simulated

MAPPING = f"{INTEGRATIONS}/mapping"


def test_terms_show_their_days_and_warn_where_they_differ_from_ours(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        term = distributor.term("Net 30", 30)
        distributor.location(payment_term_id=term.id)
        label = term.name
    page = bookkeeper.get(f"{MAPPING}/payment-terms")
    found = options(page, label)

    assert next(iter(found)) == "— not mapped —"
    assert found["— not mapped —"] == ""
    assert "Net 15 · 15 days" in found
    assert "Used by 1 location" in text_of(page)
    assert "data-gap" in page.get_data(as_text=True)

    save(bookkeeper, "payment-terms", {label: "Net 15"})
    saved = bookkeeper.get(f"{MAPPING}/payment-terms")
    assert "QuickBooks counts 15 days" in text_of(saved)
    assert "data-gap" not in saved.get_data(as_text=True)


def test_taxes_show_their_rate_and_leave_out_what_is_no_sales_tax(app: Flask, bookkeeper: Browser) -> None:
    found = options(bookkeeper.get(f"{MAPPING}/customer-tax"), "Default")
    assert "HST ON · 13 %" in found
    assert "Exempt · 0 %" in found
    assert not any("Adjustment" in text for text in found)
    assert options(bookkeeper.get(f"{MAPPING}/product-tax"), "Container deposits")


def test_each_account_offers_only_accounts_that_fit(app: Flask, bookkeeper: Browser) -> None:
    page = bookkeeper.get(f"{MAPPING}/product-accounts")
    assert set(options(page, "Asset")) == {"— not mapped —", "Inventory Asset · Other Current Asset"}
    liabilities = options(page, "Container deposit liability")
    assert "Container Deposits Payable · Other Current Liability" in liabilities
    assert not any("Income" in text for text in liabilities)
    receivable = options(bookkeeper.get(f"{MAPPING}/customer-accounts"), "Asset")
    assert set(receivable) == {"— not mapped —", "Accounts Receivable (A/R) · Accounts Receivable"}


def test_in_the_us_lines_may_only_say_tax_or_non(app: Flask, books: Simulated) -> None:
    somebody = sign_in_as(app, "administrator", "Ours")
    connect(somebody, books, UNITED_STATES)
    page = somebody.get(f"{MAPPING}/customer-tax")
    assert set(options(page, "Exempt")) == {"— not mapped —", "NON"}
    assert "NON" not in options(page, "Default")
    assert set(options(somebody.get(f"{MAPPING}/product-tax"), "Default")) == {"— not mapped —", "TAX"}


def test_a_province_narrows_the_default_and_is_never_a_gap(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        distributor.location(delivery_address={"province": "Ontario"})
        distributor.location(delivery_address={"province": "NS"})
    save(bookkeeper, "customer-tax", {"Default": "HST ON", "Default in NS": "Exempt"})
    with working(app, bookkeeper):
        rows = {(row.ours, row.province): row.label for row in db.session.scalars(select(Mapping))}
    assert rows == {("default", ""): "HST ON", ("default", "NS"): "Exempt"}
    page = bookkeeper.get(f"{MAPPING}/customer-tax").get_data(as_text=True)
    assert "data-gap" not in page


def test_saving_says_what_changed_and_which_orders_are_ready_now(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        term = distributor.term("Net 45", 45)
        place = distributor.location(payment_term_id=term.id)
        failed = failed_order(place, f"term:{term.id}")
        held_by_more = failed_order(place, f"term:{term.id}", "tax:exempt")
        label = term.name
    answer = save(bookkeeper, "payment-terms", {label: "Net 60"})

    assert f"{label} → Net 60" in text_of(answer)
    assert "1 order is ready to push now" in text_of(answer)
    assert 'href="/orders?integration=ready&amp;bulk=1">Push them</a>' in answer.get_data(as_text=True)
    with working(app, bookkeeper):
        assert db.session.get_one(Order, failed).integration_status == "ready"
        assert db.session.get_one(Order, held_by_more).integration_status == "failed"
        assert db.session.scalar(select(func.count(Push.id)).where(Push.state == "queued")) == 0


def test_a_customer_that_failed_is_on_its_way_again_by_itself(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        term = distributor.term("Net 45", 45)
        place = distributor.location(payment_term_id=term.id)
        ended(place.id, "location")
        problem("location", place.id, f"term:{term.id}")
        place_id, label = place.id, term.name
    answer = save(bookkeeper, "payment-terms", {label: "Net 60"})

    assert "1 customer or product is on the way again" in text_of(answer)
    with working(app, bookkeeper):
        assert [push.state for push in distributor.pushes(place_id)] == ["failed", "queued"]


def test_taking_a_choice_away_is_possible_and_said(app: Flask, bookkeeper: Browser) -> None:
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    assert "Default is not mapped any more" in text_of(save(bookkeeper, "customer-tax", {"Default": "— not"}))
    with working(app, bookkeeper):
        assert distributor.count(Mapping) == 0


def test_a_value_that_the_form_did_not_show_keeps_its_choice(app: Flask, bookkeeper: Browser) -> None:
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    answer = bookkeeper.post(f"{MAPPING}/customer-tax", {}, follow_redirects=True)
    assert "Nothing was changed" in text_of(answer)


def test_what_is_not_offered_is_refused_beside_its_field(app: Flask, bookkeeper: Browser) -> None:
    page = bookkeeper.get(f"{MAPPING}/customer-tax")
    answer = bookkeeper.post(f"{MAPPING}/customer-tax", {field_name(page, "Default"): "4"})
    assert answer.status_code == 422
    assert "Not a valid choice" in text_of(answer)


def test_a_choice_that_qbo_has_deactivated_is_still_shown_and_marked(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    with working(app, bookkeeper):
        label = distributor.term("Net 60", 60).name
    save(bookkeeper, "payment-terms", {label: "Net 60"})
    gone = {"action": "deactivate", "entity": "Term", "id": term_id(app, bookkeeper, "Net 60")}
    books.control("POST", f"person/{CANADA}", gone)

    bookkeeper.post(f"{MAPPING}/payment-terms/refresh")
    page = bookkeeper.get(f"{MAPPING}/payment-terms")

    assert "data-lost" in page.get_data(as_text=True)
    assert any("no longer active in QuickBooks" in text for text in options(page, label))
    assert chosen(page)[field_name(page, label)]
    again = bookkeeper.post(f"{MAPPING}/payment-terms", chosen(page), follow_redirects=True)
    assert "Nothing was changed" in text_of(again)


def test_lists_older_than_15_minutes_are_read_again_by_looking(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    bookkeeper.get(f"{MAPPING}/payment-terms")
    calls = len(books.ledger())
    bookkeeper.get(f"{MAPPING}/customer-tax")
    assert len(books.ledger()) == calls

    lists_read(app, bookkeeper, minutes_ago=16)
    bookkeeper.get(f"{MAPPING}/customer-tax")
    assert len(books.ledger()) == calls + 6


def test_with_qbo_out_of_reach_the_saved_choices_stay_readable(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    lists_read(app, bookkeeper, minutes_ago=60)
    down = {"fault": "status_before_commit", "status": 503, "times": 99, "match": {"path": "query"}}
    books.control("POST", "faults", down)

    page = bookkeeper.get(f"{MAPPING}/customer-tax")

    assert page.status_code == 200
    assert "did not answer as it should" in text_of(page)
    assert chosen(page)[field_name(page, "Default")] == "5"
    assert "HST ON · 13 %" in options(page, "Default")


def test_with_no_way_to_qbo_at_all_the_page_opens_and_says_so(app: Flask, bookkeeper: Browser) -> None:
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    lists_read(app, bookkeeper, minutes_ago=60)
    app.extensions["intuit_http"] = new_session()
    app.config["INTUIT_API_URL"] = "http://127.0.0.1:9"

    page = bookkeeper.get(f"{MAPPING}/customer-tax")

    assert page.status_code == 200
    assert "can't be reached just now. What was chosen and read before is shown." in text_of(page)
    assert chosen(page)[field_name(page, "Default")] == "5"


def test_suggestions_are_filled_in_and_marked_and_never_saved_by_themselves(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        label = distributor.term("Net 30 days", 30).name
        odd = distributor.term("By the moon", 29).name
        distributor.location(delivery_address={"province": "ON"})
    terms = bookkeeper.get(f"{MAPPING}/payment-terms?suggest=1")
    found = options(terms, label)
    assert chosen(terms)[field_name(terms, label)] == found["Net 30 · 30 days"]
    assert chosen(terms)[field_name(terms, odd)] == ""
    assert terms.get_data(as_text=True).count("data-suggested") == 1
    assert "1 suggestion is filled in below" in text_of(terms)

    taxes = bookkeeper.get(f"{MAPPING}/customer-tax?suggest=1")
    named = {label: chosen(taxes)[field_name(taxes, label)] for label in ("Default", "Zero-rated", "Exempt")}
    texts = {value: text for text, value in options(taxes, "Default").items()}
    assert {label: texts[value] for label, value in named.items()} == {
        "Default": "HST ON · 13 %",
        "Zero-rated": "Zero-rated · 0 %",
        "Exempt": "Exempt · 0 %",
    }
    with working(app, bookkeeper):
        assert distributor.count(Mapping) == 0

    answer = bookkeeper.post(f"{MAPPING}/customer-tax", chosen(taxes), follow_redirects=True)
    assert "Default → HST ON" in text_of(answer)
    assert "Nothing obvious was found" in text_of(bookkeeper.get(f"{MAPPING}/customer-tax?suggest=1"))


def test_a_choice_that_stands_is_never_replaced_by_a_suggestion(app: Flask, bookkeeper: Browser) -> None:
    save(bookkeeper, "customer-tax", {"Exempt": "Zero-rated"})
    page = bookkeeper.get(f"{MAPPING}/customer-tax?suggest=1")
    assert options(page, "Exempt")["Zero-rated · 0 %"] == chosen(page)[field_name(page, "Exempt")]


def test_an_old_form_keeps_what_somebody_else_chose_meanwhile(app: Flask, bookkeeper: Browser) -> None:
    old = bookkeeper.get(f"{MAPPING}/customer-tax")
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    exempt = field_name(old, "Exempt")
    data = {**chosen(old), **seen(old), exempt: options(old, "Exempt")["Exempt · 0 %"]}

    answer = bookkeeper.post(f"{MAPPING}/customer-tax", data, follow_redirects=True)

    assert "Exempt → Exempt" in text_of(answer)
    with working(app, bookkeeper):
        assert {row.ours: row.label for row in db.session.scalars(select(Mapping))} == {
            "default": "HST ON",
            "exempt": "Exempt",
        }


def test_an_old_form_that_chooses_otherwise_is_shown_what_stands_now(app: Flask, bookkeeper: Browser) -> None:
    old = bookkeeper.get(f"{MAPPING}/customer-tax")
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    default = field_name(old, "Default")
    mine = options(old, "Default")["Zero-rated · 0 %"]

    answer = bookkeeper.post(f"{MAPPING}/customer-tax", {**chosen(old), **seen(old), default: mine})

    assert answer.status_code == 409
    assert "“HST ON” was chosen by somebody else" in text_of(answer)
    assert chosen(answer)[default] == mine
    with working(app, bookkeeper):
        assert db.session.scalars(select(Mapping.label)).all() == ["HST ON"]
    again = bookkeeper.post(
        f"{MAPPING}/customer-tax", {**chosen(answer), **seen(answer)}, follow_redirects=True
    )
    assert "Default → Zero-rated" in text_of(again)


def test_differing_defaults_are_warned_of_on_both_pages(app: Flask, bookkeeper: Browser) -> None:
    save(bookkeeper, "customer-tax", {"Default": "HST ON"})
    save(bookkeeper, "product-tax", {"Default": "HST ON"})
    assert "data-defaults-differ" not in bookkeeper.get(f"{MAPPING}/product-tax").get_data(as_text=True)
    save(bookkeeper, "product-tax", {"Default": "Zero-rated"})
    for page in ("customer-tax", "product-tax"):
        assert "data-defaults-differ" in bookkeeper.get(f"{MAPPING}/{page}").get_data(as_text=True), page


def test_linked_products_on_another_account_are_told_of_and_left_alone(
    app: Flask, bookkeeper: Browser
) -> None:
    page = bookkeeper.get(f"{MAPPING}/product-accounts")
    beer = options(page, "Income")["Beer Sales · Income"]
    mine = options(page, "Income")["Sales of Product Income · Income"]
    with working(app, bookkeeper):
        company = outbox.connection()
        assert company is not None
        for account in (beer, mine):
            sku = distributor.sku(name=f"On {account}")
            theirs = {"IncomeAccountRef": {"value": account}}
            distributor.link(company, "sku", sku.id, kind="item", theirs=theirs)
    answer = save(bookkeeper, "product-accounts", {"Income": "Sales of Product Income"})
    text = text_of(answer)
    assert 'data-differing="1"' in answer.get_data(as_text=True)
    assert "1 linked product has another account in QuickBooks and keeps it" in text
    assert f"On {beer} : Beer Sales" in text
    assert f"On {mine}" not in text


def test_a_viewer_reads_and_can_not_save(app: Flask, bookkeeper: Browser) -> None:
    viewer = sign_in_as(app, "viewer", "Ours")
    for page in ("keys", *PAGES):
        shown = viewer.get(f"{MAPPING}/{page}?suggest=1")
        assert shown.status_code == 200
        main = shown.get_data(as_text=True).split('id="content"')[1].split("</main>")[0]
        assert "<button" not in main
        assert "data-suggested" not in main
        assert viewer.post(f"{MAPPING}/{page}").status_code == 403


def test_a_charge_kind_is_mapped_to_a_picked_item(app: Flask, bookkeeper: Browser) -> None:
    with working(app, bookkeeper):
        kind = distributor.charge_kind("Delivery")
        distributor.order(charges=[(kind, 500)])
        label = kind.name
    page = bookkeeper.get(f"{MAPPING}/customer-accounts")
    assert "Services · Service" in options(page, label)
    assert "Used by 1 order" in text_of(page)
    assert f"{label} → Hours" in text_of(save(bookkeeper, "customer-accounts", {label: "Hours"}))


def test_a_charge_kinds_item_is_created_once_however_often_it_is_asked_for(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    with working(app, bookkeeper):
        kind = distributor.charge_kind("Fuel")
        kind_id, label = kind.id, kind.name
    early = create_item(bookkeeper, kind_id)
    assert "Choose and save the income account" in early

    save(bookkeeper, "customer-accounts", {"Income": "Delivery Income", "Expense": "Cost of Goods Sold"})
    dropped = {"fault": "commit_then_drop", "match": {"path": "/item"}}
    books.control("POST", "faults", dropped)
    assert "can't be reached" in create_item(bookkeeper, kind_id)
    assert "is mapped now" in create_item(bookkeeper, kind_id)
    assert "is mapped now" in create_item(bookkeeper, kind_id)

    items = [item for item in books.control("GET", f"books/{CANADA}/Item")["Item"] if item["Name"] == label]
    assert len(items) == 1
    assert items[0]["Type"] == "Service"
    with working(app, bookkeeper):
        row = db.session.scalars(select(Mapping).where(Mapping.section == "charge_kinds")).one()
        assert (row.ours, row.external_id, row.label) == (str(kind_id), items[0]["Id"], label)


def test_the_charge_kind_of_another_organization_is_not_found(app: Flask, bookkeeper: Browser) -> None:
    rival = sign_in_as(app, "bookkeeper", "Rival")
    with working(app, rival):
        foreign = distributor.charge_kind().id
    assert bookkeeper.post(f"{MAPPING}/charge-items/{foreign}").status_code == 404


def save(browser: Browser, page: str, wanted: dict[str, str]) -> TestResponse:
    """Choose, by what labels and options say, and save."""
    shown = browser.get(f"{MAPPING}/{page}")
    data = chosen(shown)
    for label, beginning in wanted.items():
        found = options(shown, label)
        data[field_name(shown, label)] = next(found[text] for text in found if text.startswith(beginning))
    return browser.post(f"{MAPPING}/{page}", data, follow_redirects=True)


def seen(page: TestResponse) -> dict[str, str]:
    """The hidden fields that say what was chosen when the page was shown."""
    found = re.findall(r'name="(seen-[^"]+)" value="([^"]*)"', page.get_data(as_text=True))
    return {name: html.unescape(value) for name, value in found}


def create_item(browser: Browser, kind_id: uuid.UUID) -> str:
    return text_of(browser.post(f"{MAPPING}/charge-items/{kind_id}", follow_redirects=True))


def working(app: Flask, browser: Browser) -> AbstractContextManager[None]:
    return distributor.working_in(app, browser.organization_id)


def term_id(app: Flask, browser: Browser, name: str) -> str:
    with working(app, browser):
        return str(db.session.scalars(select(ListEntry.external_id).where(ListEntry.name == name)).one())


def lists_read(app: Flask, browser: Browser, minutes_ago: int) -> None:
    with working(app, browser):
        connection = db.session.scalars(select(Connection)).one()
        connection.lists_read_at = now() - timedelta(minutes=minutes_ago)


def failed_order(place: object, *causes: str) -> uuid.UUID:
    order = distributor.order(location=place, status="finalized", integration_status="failed", revision=1)
    ended(order.id, "order")
    for cause in causes:
        problem("order", order.id, cause)
    return order.id


def ended(record_id: uuid.UUID, record_kind: str) -> None:
    connection = outbox.connection()
    assert connection is not None
    db.session.add(
        Push(
            **distributor.owner(),
            connection_id=connection.id,
            record_kind=record_kind,
            record_id=record_id,
            revision=1,
            reason="bulk",
            state="failed",
            settled_at=now(),
        )
    )
    db.session.flush()


def problem(record_kind: str, record_id: uuid.UUID, cause: str) -> None:
    db.session.add(
        Problem(
            **distributor.owner(),
            record_kind=record_kind,
            record_id=record_id,
            code="term_not_mapped" if cause.startswith("term") else "tax_not_mapped",
            cause=cause,
        )
    )
    db.session.flush()
