"""What support is shown of a push: its own part of the batch, and no secret."""

import json
import uuid
from typing import Any

from flask import Flask

from portal.models import Order
from portal.report import support
from tests.support import distributor as given
from tests.support.every_status import delivery, failed, problem, push
from tests.support.people import SignIn


def test_only_its_own_part_of_the_batch_is_shown(app: Flask, signed_in: SignIn) -> None:
    with given.working_in(app, signed_in("viewer").organization_id):
        order_id = connected_order().id
        carried = delivery("answered", **batch(theirs={"bId": "1", "Invoice": {"Id": "146"}}))
        seen = support.exchange(push("order", order_id, "synced", delivery_id=carried.id, position=1))
        assert seen.address == f"POST batch?requestid={carried.id}"
        assert ("10002" in seen.request, "10001" in seen.request) == (True, False)
        assert ("146" in seen.answer, "145" in seen.answer) == (True, False)


def test_secrets_are_taken_out_and_sync_tokens_stay(app: Flask, signed_in: SignIn) -> None:
    with given.working_in(app, signed_in("viewer").organization_id):
        order_id = connected_order().id
        secret = {
            "bId": "1",
            "access_token": "eyJ",
            "Invoice": {"SyncToken": "3", "InvoiceLink": "https://pay"},
        }
        carried = delivery("answered", **batch(theirs=secret))
        shown = support.exchange(push("order", order_id, "synced", delivery_id=carried.id, position=1)).answer
        assert json.loads(shown) == {
            "bId": "1",
            "access_token": support.REMOVED,
            "Invoice": {"SyncToken": "3", "InvoiceLink": support.REMOVED},
        }


def test_an_answer_that_is_no_json_is_shown_as_it_came(app: Flask, signed_in: SignIn) -> None:
    with given.working_in(app, signed_in("viewer").organization_id):
        order_id = connected_order().id
        carried = delivery("answered", answer="<html>Bad Gateway, Authorization: Bearer eyJ0</html>")
        shown = support.exchange(push("order", order_id, "failed", delivery_id=carried.id, position=0)).answer
        assert "Bad Gateway" in shown
        assert "eyJ0" not in shown


def test_the_text_for_support_names_code_words_tid_and_try(app: Flask, signed_in: SignIn) -> None:
    with given.working_in(app, signed_in("viewer").organization_id):
        order = connected_order()
        ended = failed("order", order.id, "no_lines", {}, tries=3)
        found = problem("order", order.id, "rejected_by_qbo", {"words": "no"}, intuit_tid="1-5f73")
        text = support.for_support("Order 7", order.id, ended, [found])
    for part in ("Order 7", str(order_id_of(text)), "rejected_by_qbo", "6000 Business", "1-5f73", "3 tries"):
        assert part in text


def order_id_of(text: str) -> uuid.UUID:
    return uuid.UUID(text.split("(")[1].split(")")[0])


def connected_order() -> Order:
    given.connection()
    made: Order = given.order(status="finalized")
    return made


def batch(theirs: dict[str, Any]) -> dict[str, Any]:
    """A delivery of two, of which the second one is looked at."""
    sent = [{"bId": str(at), "Invoice": {"DocNumber": f"1000{at + 1}"}} for at in (0, 1)]
    answers = [{"bId": "0", "Invoice": {"Id": "145"}}, theirs]
    return {
        "body": json.dumps({"BatchItemRequest": sent}).encode(),
        "answer": json.dumps({"BatchItemResponse": answers}),
    }
