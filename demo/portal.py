"""The portal as a person uses it: sign in, connect, fill in forms, finalize, push, read tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date

from demo import contract
from demo.pages import Browser, Field, Form, NotOnThePage, Page
from demo.truth import Told, told

PAGES_OF_CONSENT = 8
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Row:
    """A row of the orders table."""

    id: str
    number: str
    status: str


class TookTooLong(Exception):
    """Something under way did not end in its time."""


class Portal:
    def __init__(self, url: str) -> None:
        self.url = url
        self.browser = Browser()

    def sign_in(self, email: str, password: str) -> None:
        form = self._get(contract.LOGIN).form("email", "password")
        form.fill(email=email, password=password)
        page = self.browser.submit(form)
        if page.url.split("?")[0].endswith(contract.LOGIN):
            raise NotOnThePage("the portal refused the sign-in")

    def connected(self) -> bool:
        page = self._get(contract.DASHBOARD)
        return not any(form.action.endswith(contract.CONNECT) for form in page.forms)

    def connect(self, realm: str) -> None:
        """From the portal's button through their sign-in, consent and company picker, and back."""
        form = self._get(contract.DASHBOARD).form(action=contract.CONNECT)
        page = self.browser.submit(form)
        for _ in range(PAGES_OF_CONSENT):
            if page.url.startswith(self.url):
                break
            page = _answer_theirs(self.browser, page, realm)
        if not self.connected():
            raise NotOnThePage(f"still not connected, at {page.url}: {page.text()[:200]}")

    def set_keys(self) -> None:
        form = self._get(f"{contract.MAPPING}/keys").form(*contract.KEYS)
        for name, text in contract.KEYS.items():
            _choose(form, form[name], text)
        self.browser.submit(form)

    def set_mapping(self, section: str) -> None:
        choices = contract.MAPPINGS[section]
        address = f"{contract.MAPPING}/{section}"
        form = _form_with(self._get(address), lambda form: bool(form.labelled(*choices[0].label)))
        for choice in choices:
            form.labelled(*choice.label).choose(choice.option)
        self.browser.submit(form)

    def create_charge_items(self) -> None:
        """An item for each charge kind that has none: the button beside its dropdown."""
        address = f"{contract.MAPPING}/{contract.CHARGES}"
        for form, button in _charges_without_item(self._get(address)):
            said = self.browser.submit(form, button)
            if button.value in {left.value for _, left in _charges_without_item(self._get(address))}:
                raise NotOnThePage(f"no item was made for a charge: {said.text()[:400]}")

    def set_sync(self, orders_on: bool, start: date) -> None:
        form = self._get(contract.SYNC).form("customers_on", "products_on", "orders_on", "start_date")
        form.tick("customers_on")
        form.tick("products_on")
        form.tick("orders_on", orders_on)
        form.fill(start_date=start.isoformat())
        self.browser.submit(form)

    def rows(self, table: str = contract.ORDERS, **filters: str) -> Iterator[Row]:
        """The orders table, or another one, page after page."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        url: str | None = f"{self.url}{table}?{query}"
        while url:
            page = self.browser.get(url)
            yield from _rows(page)
            url = page.link("next")

    def problems_of(self, row: Row) -> frozenset[str]:
        """Codes of what its drawer names."""
        shown = self._get(contract.drawer(row.id)).with_attribute(contract.PROBLEM_CODE)
        return frozenset(element.attributes[contract.PROBLEM_CODE] for element in shown)

    def told_there(self, row: Row, kind: str) -> Told:
        """What its drawer says stands in QuickBooks."""
        return told(self._get(contract.drawer(row.id, kind)))

    def finalize(self, numbers: Collection[str]) -> int:
        """Those of them that are delivered; how many that were."""
        token = self._get(contract.ORDERS).form(contract.CSRF)[contract.CSRF].value
        due = [row for row in self.rows(**contract.DELIVERED_FILTER) if row.number in numbers]
        for row in sorted(due, key=lambda row: row.number):
            address = self.url + contract.finalize(row.id)
            self.browser.post(address, [(contract.CSRF, token)], referer=self.url + contract.ORDERS)
        return len(due)

    def push(self, selection: list[tuple[str, str]], seconds: float) -> None:
        """One bulk run of what is selected, awaited."""
        token = self._get(contract.ORDERS).form(contract.CSRF)[contract.CSRF].value
        asked = Form(self.url + contract.ORDERS, self.url + contract.PUSH, "post", {})
        asked.fields = [Field(name, "hidden", value) for name, value in [(contract.CSRF, token), *selection]]
        confirm = self.browser.submit(asked)
        run = self.browser.submit(_form_with(confirm, lambda form: form.action.endswith(contract.PUSH)))
        until = time.monotonic() + seconds
        while run.attribute(contract.RUN_STATE) != contract.RUN_FINISHED:
            if time.monotonic() > until:
                raise TookTooLong(f"{run.url} was not finished after {seconds:.0f} s")
            time.sleep(POLL_SECONDS)
            run = self.browser.get(run.url)

    def wait_until_settled(self, numbers: Collection[str], seconds: float, **filters: str) -> None:
        until = time.monotonic() + seconds
        while open_ones := [
            row.number
            for row in self.rows(**filters)
            if row.number in numbers and row.status in (*contract.NOT_ASKED_FOR, *contract.UNDER_WAY)
        ]:
            if time.monotonic() > until:
                raise TookTooLong(f"{len(open_ones)} orders unsettled after {seconds:.0f} s: {open_ones[:5]}")
            time.sleep(POLL_SECONDS)

    def seconds_waited(self) -> int:
        """For our own rate limit, as the dashboard says."""
        return round(float(self._get(contract.DASHBOARD).attribute(contract.WAITED)))

    def _get(self, path: str) -> Page:
        return self.browser.get(self.url + path)


def _rows(page: Page) -> Iterator[Row]:
    row: dict[str, str] | None = None
    for element in page.elements:
        if contract.ROW_NUMBER in element.attributes:
            row = element.attributes
        elif contract.BADGE_STATUS in element.attributes and row is not None:
            status = element.attributes[contract.BADGE_STATUS]
            yield Row(row[contract.ROW_ID], row[contract.ROW_NUMBER], status)
            row = None


def _answer_theirs(browser: Browser, page: Page, realm: str) -> Page:
    """A page of the other side: what it asks for, with the company picked wherever it can be."""
    form = page.form()
    for entry in form.fields:
        if entry.kind == "radio" and entry.value == realm:
            form.pick(entry.name, realm)
        elif entry.kind == "select" and any(option.value == realm for option in entry.options):
            for option in entry.options:
                option.selected = option.value == realm
        elif entry.kind == "email":
            entry.value = contract.THEIR_EMAIL
        elif entry.kind == "password":
            entry.value = contract.THEIR_PASSWORD
    buttons = form.submitters()
    wanted = [button for button in buttons if button.value == realm] or buttons[:1]
    return browser.submit(form, wanted[0] if wanted else None)


def _charges_without_item(page: Page) -> list[tuple[Form, Field]]:
    """The buttons beside those dropdowns in which nothing is chosen, each with its form."""
    buttons = [(form, button) for form in page.forms for button in form.submitters()]
    return [
        (form, button)
        for form, button in buttons
        if button.name == contract.CREATE_CHARGE_ITEM and not _is_chosen(page, button.value)
    ]


def _is_chosen(page: Page, value_of_ours: str) -> bool:
    entries = [
        entry
        for form in page.forms
        for entry in form.fields
        if entry.kind == "select" and entry.name.endswith(value_of_ours)
    ]
    return any(value for entry in entries for _, value in entry.sent())


def _choose(form: Form, entry: Field, text: str) -> None:
    if entry.kind == "select":
        entry.choose(text)
        return
    for radio in form.fields:
        if radio.name == entry.name and radio.label.casefold().startswith(text.casefold()):
            form.pick(radio.name, radio.value)
            return
    raise NotOnThePage(f"no choice “{text}” for {entry.name}")


def _form_with(page: Page, fits: Callable[[Form], bool]) -> Form:
    for form in page.forms:
        try:
            if form.method == "post" and fits(form):
                return form
        except NotOnThePage:
            continue
    raise NotOnThePage(f"no fitting form on {page.url}: {page.text()[:200]}")
