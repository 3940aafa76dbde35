"""The mapping pages: what they offer and keep, what saving lets go, and what they warn of."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.company import current
from portal.extensions import db
from portal.mapping import gaps
from portal.mapping.sections import PAGES
from portal.mapping.slots import slots
from portal.models import Mapping, Order, ProvincialRegistration, Push
from tests.support import distributor
from tests.support.connected import chosen, connect, field_name, options, text_of
from tests.support.mapping_pages import MAPPING, ended, failed_order, problem, save, working
from tests.support.people import Browser, sign_in_as
from tests.support.simulator import CANADA, UNITED_STATES, Simulated


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


def test_no_term_and_terms_by_the_calendar_may_be_chosen(
    app: Flask, bookkeeper: Browser, books: Simulated
) -> None:
    with working(app, bookkeeper):
        label = distributor.term("Monthly", 30).name
    monthly = {"action": "create", "entity": "Term", "object": {"Name": "On the 15th", "DayOfMonthDue": 15}}
    books.control("POST", f"person/{CANADA}", monthly)
    bookkeeper.post(f"{MAPPING}/payment-terms/refresh")
    page = bookkeeper.get(f"{MAPPING}/payment-terms?suggest")
    assert next(iter(options(page, "No term"))) == "— the customer's own term —"
    assert chosen(page)[field_name(page, "No term")] == ""
    assert "On the 15th · by the calendar" in options(page, label)
    save(bookkeeper, "payment-terms", {label: "On the 15th", "No term": "Net 15"})
    saved = text_of(bookkeeper.get(f"{MAPPING}/payment-terms"))
    assert "Goes by the calendar: QuickBooks counts the due date, whatever our days" in saved


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


def test_inventory_items_are_offered_only_income_of_products_and_another_choice_is_marked(
    app: Flask, bookkeeper: Browser
) -> None:
    services = "Services"
    save(bookkeeper, "product-accounts", {"Income": services})
    with working(app, bookkeeper):
        distributor.sync(new_item_type="Inventory")
    page = bookkeeper.get(f"{MAPPING}/product-accounts")
    first, *offered, kept = options(page, "Income")
    assert first == "— not mapped —"
    assert {"Sales of Product Income · Income", "Beer Sales · Income"} <= set(offered)
    assert not any(text.startswith(services) for text in offered)
    assert kept.startswith(f"{services} · inventory items need an account")
    assert "detail type Sales of Product Income: choose another one" in text_of(page)


def test_in_the_us_lines_may_only_say_tax_or_non(app: Flask, books: Simulated) -> None:
    somebody = sign_in_as(app, "administrator", "Ours")
    connect(somebody, books, UNITED_STATES)
    page = somebody.get(f"{MAPPING}/customer-tax")
    assert set(options(page, "Exempt")) == {"— not mapped —", "NON"}
    assert "NON" not in options(page, "Default")
    page = somebody.get(f"{MAPPING}/product-tax")
    assert set(options(page, "Default")) == {"— not mapped —", "TAX"}
    assert set(options(page, "Container deposits")) == {"— not mapped —", "TAX", "NON"}


def test_deposits_may_have_a_choice_for_one_province_and_the_others_lack_nothing(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        distributor.location(delivery_address={"province": "Ontario"})
        distributor.location(delivery_address={"province": "B.C."})
    assert "By province or state" not in text_of(bookkeeper.get(f"{MAPPING}/product-tax"))
    with working(app, bookkeeper):
        distributor.sku(kind="container_deposit")
    page = bookkeeper.get(f"{MAPPING}/product-tax?suggest=1")
    assert "whichever others have one" in text_of(page)
    assert "take the default above" not in text_of(page)
    assert chosen(page)[field_name(page, "Container deposits")] == "6"
    assert "— as container deposits elsewhere —" in options(page, "Container deposits in ON")
    wanted = {"Container deposits": "Out of Scope", "Container deposits in BC": "GST/PST BC"}
    assert "Container deposits in BC → GST/PST BC" in text_of(save(bookkeeper, "product-tax", wanted))
    page = bookkeeper.get(f"{MAPPING}/product-tax")
    assert page.get_data(as_text=True).count("data-gap") == 0
    with working(app, bookkeeper):
        assert gaps.gaps()["product-tax"] == 0


def test_once_a_province_has_a_choice_every_one_in_use_is_a_gap_without(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        distributor.location(delivery_address={"province": "Ontario"})
        distributor.location(delivery_address={"province": "N.S."})
        distributor.location(delivery_address={}, billing_address={"province": "Ont."})
    page = bookkeeper.get(f"{MAPPING}/customer-tax").get_data(as_text=True)
    assert "You deliver to 2 provinces or states, and all of them take the default above" in page
    assert page.count("data-gap") == 1
    save(bookkeeper, "customer-tax", {"Default": "HST ON", "Sales in NS": "Exempt"})
    page = bookkeeper.get(f"{MAPPING}/customer-tax").get_data(as_text=True)
    assert page.count("data-gap") == 1
    assert "Used by 2 locations" in page
    with working(app, bookkeeper):
        assert gaps.gaps()["customer-tax"] == 1
        distributor.location(delivery_address={"city": "Halifax"})
        assert gaps.gaps()["customer-tax"] == 2
        distributor.location(delivery_address={"country": "France"})
        assert gaps.gaps()["customer-tax"] == 3
    with working(app, bookkeeper):
        rows = {(row.ours, row.province): row.label for row in db.session.scalars(select(Mapping))}
        assert sum(slot.is_gap for slot in slots("customer-tax")) == 3
    assert rows == {("default", ""): "HST ON", ("default", "NS"): "Exempt"}


def test_the_tax_of_a_province_is_suggested_once_somebody_said_whether_it_is_collected(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        for province in ("Alta.", "B.C.", "Ont."):
            distributor.location(delivery_address={"province": province})
    page = bookkeeper.get(f"{MAPPING}/customer-tax?suggest=1")
    assert "Answer first: nothing is suggested for British Columbia before" in text_of(page)
    assert suggested_in(page, "AB", "BC", "ON") == ["GST · 5 %", "— as the default —", "HST ON · 13 %"]
    assert "answer that above" not in text_of(page)
    page = save(bookkeeper, "customer-tax", {"Sales in ON": "HST ON", "Sales in AB": "GST"})
    assert text_of(page).count("Its code depends on whether you are registered there: answer that above") == 1
    for said, code in (("yes", "GST/PST BC · 12 %"), ("no", "GST · 5 %")):
        page = bookkeeper.post(f"{MAPPING}/registrations", {"BC": said}, follow_redirects=True)
        assert suggested_in(page, "BC") == [code]
    with working(app, bookkeeper):
        row = db.session.scalars(select(ProvincialRegistration)).one()
        assert (row.province, row.registered) == ("BC", False)


def test_answers_about_a_province_drop_nothing_that_is_filled_in_and_are_dropped_by_nothing(
    app: Flask, bookkeeper: Browser
) -> None:
    with working(app, bookkeeper):
        for province in ("B.C.", "Man."):
            distributor.location(delivery_address={"province": province})
    page = bookkeeper.get(f"{MAPPING}/customer-tax")
    default = field_name(page, "Default")
    filled = chosen(page) | {default: options(page, "Default")["Exempt · 0 %"], "BC": "yes", "MB": ""}

    answered = bookkeeper.post(f"{MAPPING}/registrations", filled)
    assert chosen(answered)[default] == filled[default]
    assert suggested_in(answered, "BC") == ["GST/PST BC · 12 %"]
    assert "What else you filled in here is not saved yet" in text_of(answered)

    taken = bookkeeper.post(f"{MAPPING}/customer-tax", filled | {"take": default, "MB": "no"})
    assert '<option value="no" selected>' in taken.get_data(as_text=True)

    saved = bookkeeper.post(
        f"{MAPPING}/customer-tax", filled | {"seen-BC": "yes", "MB": "no"}, follow_redirects=True
    )
    assert "Saved: not registered for PST in Manitoba." in text_of(saved)
    with working(app, bookkeeper):
        rows = db.session.scalars(select(ProvincialRegistration).order_by(ProvincialRegistration.province))
        assert [(row.province, row.registered) for row in rows] == [("BC", True), ("MB", False)]


@pytest.mark.parametrize("of_its_own", [True, False], ids=["chosen there", "the default"])
def test_a_code_that_charges_what_nobody_is_registered_for_is_told_and_another_one_offered(
    app: Flask, bookkeeper: Browser, of_its_own: bool
) -> None:
    with working(app, bookkeeper):
        distributor.location(delivery_address={"province": "B.C."})
    codes = {"Sales in BC" if of_its_own else "Default": "GST/PST BC"}
    save(bookkeeper, "customer-tax", codes)
    page = bookkeeper.post(f"{MAPPING}/registrations", {"BC": "yes"}, follow_redirects=True).text
    assert "data-contradiction" not in page
    bookkeeper.post(f"{MAPPING}/registrations", {"BC": "no"})
    page = bookkeeper.get(f"{MAPPING}/customer-tax").text
    assert page.count("data-contradiction") == 1
    assert "not registered for PST in British Columbia, and GST/PST BC charges it" in page
    with working(app, bookkeeper):
        assert [row.label for row in db.session.scalars(select(Mapping))] == ["GST/PST BC"], (
            "nothing by itself"
        )
    filled = chosen(bookkeeper.get(f"{MAPPING}/customer-tax"))
    answer = bookkeeper.post(f"{MAPPING}/customer-tax", {**filled, "take": "customer_tax-default-BC"})
    assert "data-contradiction" not in answer.text
    assert suggested_in(answer, "BC") == ["GST · 5 %"]
    assert bookkeeper.post(f"{MAPPING}/customer-tax", chosen(answer)).status_code == 303
    bookkeeper.post(f"{MAPPING}/registrations", {"BC": "yes"})
    page = bookkeeper.get(f"{MAPPING}/customer-tax").text
    assert "are registered for PST in British Columbia, and GST doesn&#39;t charge it" in page


def suggested_in(page: TestResponse, *provinces: str) -> list[str]:
    found = []
    for province in provinces:
        label = f"Sales in {province}"
        texts = {value: text for text, value in options(page, label).items()}
        found.append(texts[chosen(page)[field_name(page, label)]])
    return found


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
    assert "Choose one of the list" in text_of(answer)


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
        company = current.connection()
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


@pytest.fixture
def app(connected: Flask) -> Flask:
    return connected
