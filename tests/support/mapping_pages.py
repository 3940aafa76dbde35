"""The mapping pages as a person fills them in, and records that wait for what is mapped."""

import html
import re
import uuid
from contextlib import AbstractContextManager
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.company import current
from portal.extensions import db
from portal.models import Connection, ListEntry, Problem, Push
from portal.models.base import now
from tests.support import distributor
from tests.support.connected import INTEGRATIONS, chosen, field_name, options, text_of
from tests.support.people import Browser

MAPPING = f"{INTEGRATIONS}/mapping"


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
    return text_of(browser.post(f"{MAPPING}/customer-accounts", {"create": str(kind_id)}))


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
    connection = current.connection()
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
