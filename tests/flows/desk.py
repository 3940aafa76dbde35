"""A bookkeeper's desk: the pages of a stack's portal, and what their tables and drawers say."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from demo import contract
from demo.pages import Form, Page
from demo.portal import Portal
from portal.accounts import people
from portal.extensions import db
from portal.models import Organization
from tests.support.stack import PUBLIC_URL, Stack
from tests.support.wsgi_adapter import WsgiAdapter

EMAIL, PASSWORD = "bo@example.com", "a long pass phrase"


@dataclass(frozen=True)
class Badge:
    """What a badge shows, and to a program says."""

    status: str
    label: str
    tone: str


class Desk(Portal):
    """Signed in as a bookkeeper. Everything is done by the forms that the pages show."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(PUBLIC_URL)
        self.browser.session.mount(PUBLIC_URL, WsgiAdapter(stack.app))
        with stack.app.app_context():
            organization = db.session.get_one(Organization, stack.organization_id)
            people.create_user(organization.name, EMAIL, "Bo Bookkeeper", "bookkeeper", PASSWORD)
        self.sign_in(EMAIL, PASSWORD)

    def page(self, path: str) -> Page:
        return self.browser.get(self.url + path)

    def click(self, order_id: uuid.UUID, button: str) -> Page:
        """*Finalize*, *Reopen* or *Cancel* on the order's own page; what is shown then."""
        page = self.page(f"/orders/{order_id}")
        return self.browser.submit(page.form(action=f"/orders/{order_id}/{button}"))

    def change_quantity(self, order_id: uuid.UUID, quantity: str) -> None:
        form = self.page(f"/orders/{order_id}/edit").form("number", "lines-0-quantity")
        form.fill(**{"lines-0-quantity": quantity})
        self.browser.submit(form, form.submitters()[-1])

    def badge(self, order_id: uuid.UUID) -> Badge:
        """As the orders table shows it."""
        row = None
        for element in self.page("/orders").elements:
            row = element.attributes.get("data-id", row) if element.tag == "tr" else row
            if row == str(order_id) and contract.BADGE_STATUS in element.attributes:
                [tone] = re.findall(r"\bstatus-(?!badge\b)(\w+)", element.attributes["class"])
                label = " ".join(element.text.split())
                return Badge(element.attributes[contract.BADGE_STATUS], label, tone)
        raise AssertionError(f"no row of order {order_id}")

    def drawer(self, order_id: uuid.UUID) -> Page:
        return self.page(contract.drawer(str(order_id)))

    def push_again(self, order_id: uuid.UUID) -> Page:
        return self.browser.submit(self.drawer(order_id).form(action="/push"))

    def choose(self, page: str, **options: str) -> Page:
        """On a mapping page, options by the label of their dropdown; underscores in it read as blanks."""
        form = self._form(page, next(iter(options)))
        for label, option in options.items():
            form.labelled(label.replace("_", " ")).choose(option)
        return self.browser.submit(form)

    def chosen(self, page: str, label: str) -> str:
        """What is selected in a dropdown, as it reads."""
        [(_, value)] = self._form(page, label).labelled(label).sent()
        options = self._form(page, label).labelled(label).options
        return next(option.text for option in options if (option.value or "") == value)

    def bulk_push(
        self, *ticked: uuid.UUID, everything_matching: bool = False, **filters: str
    ) -> tuple[Page, str]:
        """From the orders table over the confirmation; the confirmation, and the address of the run page."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        form = self.page(f"/orders?bulk=1&{query}").form("ids", "select_all")
        for field in form.fields:
            if field.name == "ids":
                field.checked = field.value in {str(one) for one in ticked}
        form.tick("select_all", everything_matching)
        confirm = self.browser.submit(form)
        return confirm, self.browser.submit(confirm.form("confirm", action="/orders/push")).url

    def counts(self, run: str) -> tuple[int, int, int]:
        """Synced, failed and left out, as the run page says."""
        page = self.browser.get(run)
        return (
            int(page.attribute("data-synced")),
            int(page.attribute("data-failed")),
            int(page.attribute("data-left-out")),
        )

    def _form(self, page: str, label: str) -> Form:
        words = label.replace("_", " ")
        shown = self.page(f"{contract.MAPPING}/{page}")
        return next(
            form
            for form in shown.forms
            if any(
                field.kind == "select" and words.casefold() in field.label.casefold() for field in form.fields
            )
        )


def trading(busy_house: Callable[..., Stack]) -> tuple[Stack, Desk]:
    """A Canadian company in whose books a customer, an item and an invoice stand; its bookkeeper's desk."""
    stack = busy_house("sqlite")
    return stack, Desk(stack)
