"""What a look-up showed of many records is written down by as many statements as what it showed of one."""

import uuid
from collections.abc import Mapping

import pytest

from portal.extensions import db
from portal.models import Actor, Connection, Push
from portal.models.kinds import RecordRef
from portal.push import gone, record_findings
from portal.push.links import link_of, link_to, unanswered_updates
from portal.push.record_findings import Findings, Wanted
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.queries import queries

ORGANIZATION_SETTINGS = "FROM mapping"  # loaded once for all that is compared together


@pytest.mark.parametrize("how", ["read after a stale token", "read after a refusal"])
def test_customers_that_were_read_are_compared_together(books: Books, how: str) -> None:
    with books.working():
        connection = db.session.get_one(Connection, books.connection_id)
        read = {}
        for number in ("901", "902", "903"):
            place = RecordRef("location", distributor.location(name=f"Elm St {number}").id)
            read[place] = {"Id": number, "SyncToken": "1", "DisplayName": f"Elm St {number}"}
            link_to(connection, place, "customer", read[place], revision=1, how="matched")
        db.session.flush()
        with queries() as seen:
            if how == "read after a stale token":
                findings = Findings(names=dict(read))
                record_findings.take_in(connection.id, Wanted(), findings)
            else:
                judge(connection, read, books.bo)
    assert sum(ORGANIZATION_SETTINGS in one for one in seen) == 1
    assert {status(books, place.id) for place in read} == {"asked"}  # the name of our customer is not theirs


def judge(connection: Connection, read: Mapping[RecordRef, dict[str, str]], bo: Actor) -> None:
    there = {("Customer", entity["Id"]): entity for entity in read.values()}
    named = {place: ("customer", entity["Id"]) for place, entity in read.items()}
    gone.judge(connection, named, gone.Seen(there=dict(there)), bo)  # type: ignore[arg-type]  # a kind is text here


def status(books: Books, place: uuid.UUID) -> str:
    with books.working():
        return str(db.session.get_one(distributor.Location, place).integration_status)


@pytest.mark.parametrize("to_this_one", [True, False])
def test_an_update_that_went_to_a_document_linked_before_is_no_news_of_this_one(
    books: Books, to_this_one: bool
) -> None:
    order = books.synced_order()
    with books.working():
        link = link_of(books.connection_id, RecordRef("order", order))
        assert link is not None
        lost = Push(
            **distributor.owner(),
            connection_id=books.connection_id,
            record_kind="order",
            record_id=order,
            revision=2,
            reason="retry",
            kind="invoice",
            operation="update",
            state="superseded",
            ever_unsure=True,
            payload={"Id": link.external_id if to_this_one else "99999"},
        )
        db.session.add(lost)
        db.session.flush()
        assert unanswered_updates(link) == ([lost] if to_this_one else [])
