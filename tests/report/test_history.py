"""What happened to a record, in sentences: who or what asked for each push, and what came of it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal import problems
from portal.extensions import db
from portal.models import Event
from portal.models.base import now
from portal.models.kinds import RecordRef
from portal.problems import Found, causes
from portal.report import history
from tests.support import distributor as given
from tests.support.every_status import delivery, finalized, problem, push


@pytest.mark.parametrize(
    ("state", "values", "said"),
    [
        ("queued", {"reason": "finalized"}, "It was finalized, which pushed it: it waits for its turn."),
        ("waiting", {"reason": "bulk"}, "together with others: it waits for a customer or product"),
        ("cancelled", {"reason": "record_changed"}, "A change was saved, which pushed it: it was taken back"),
        ("superseded", {"reason": "retry"}, "It was pushed again: a newer push took its place."),
        ("synced", {"reason": "needed_by_order"}, "An order needed it, which pushed it: QuickBooks had it"),
    ],
)
def test_each_end_of_a_push_reads_as_a_sentence(
    ours: uuid.UUID, state: str, values: dict[str, Any], said: str
) -> None:
    [told] = told_of(push("order", order(), state, **values))
    assert said in told.text


def test_an_arrival_names_what_it_became(ours: uuid.UUID) -> None:
    order_id = order()
    carried = delivery("answered", intuit_tid="1-5f73")
    what = {"kind": "credit_memo", "operation": "update", "payload": {"DocNumber": "1043"}}
    made = push("order", order_id, "synced", delivery_id=carried.id, external_id="145", actor="", **what)
    [told] = told_of(made)
    assert told.text.endswith("updated in QuickBooks as credit memo 1043 (Id 145).")
    assert (told.who, told.intuit_tid) == ("the system", "1-5f73")


def test_a_failure_says_why(ours: uuid.UUID) -> None:
    ended = push("order", order(), "failed")
    problem("order", ended.record_id, "no_lines", {"number": "7"}, push_id=ended.id)
    [told] = told_of(ended)
    assert told.text.endswith("it could not go (Order 7 has no lines).")


def test_what_people_did_stands_between_the_pushes_latest_first(app: Flask, ours: uuid.UUID) -> None:
    order_id = order()
    moment = now()
    push("order", order_id, "cancelled", asked_at=moment - timedelta(hours=2), actor="Ada")
    event = {"actor": "Bo", "what": "kept_back", "record_kind": "order", "record_id": order_id}
    db.session.add(Event(**given.owner(), **event, text="Held.", at=moment - timedelta(hours=1)))
    push("order", order_id, "queued", asked_at=moment, actor="Cy")
    assert [one.who for one in history.of(RecordRef("order", order_id))] == ["Cy", "Bo", "Ada"]
    assert [one.who for one in history.of(RecordRef("order", order_id), limit=2)] == ["Cy", "Bo"]


def test_who_put_right_what_stood_in_its_way_is_told_and_what_a_push_found_gone_is_not(
    app: Flask, ours: uuid.UUID
) -> None:
    order_id = order()
    lacks = Found("no_lines", {"number": "7"}, causes.of_record(RecordRef("order", order_id)))
    closed = Found("before_start_date", {"date": "2026-11-02"}, causes.START_DATE)
    problems.replace(RecordRef("order", order_id), None, [lacks, closed])
    problems.resolve_causes([causes.START_DATE], "Ada")
    problems.replace(RecordRef("order", order_id), None, [])
    [told] = history.of(RecordRef("order", order_id))
    assert (told.who, told.state) == ("Ada", "")
    assert told.text == "No longer in its way: 2 Nov 2026 is before the start date …."


def order() -> uuid.UUID:
    given.connection()
    made: uuid.UUID = finalized().id
    return made


def told_of(made: Any) -> list[history.Told]:
    return history.pushes_told(made.ref)
