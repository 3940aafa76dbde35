"""Both sides of a customer or item are judged anew whenever either may have changed, without a call."""

import pytest
from sqlalchemy import update

from portal.company import theirs
from portal.extensions import db
from portal.models import Connection, Link, Location, Push
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.push import agreement, plan_context
from portal.push.links import link_of
from tests.support.bookkeeping import Books


def test_what_was_forgotten_is_grey_until_the_next_drain_has_compared_it(books: Books) -> None:
    assert status(books) == "synced"
    with books.working():
        connection = db.session.get_one(Connection, books.connection_id)
        agreement.forget_all(connection, "location", Location.id == books.place)
    assert status(books) == "uncompared"
    before = len(books.simulated.ledger())
    books.carry()
    assert (status(books), len(books.simulated.ledger())) == ("synced", before)


def test_a_record_of_which_the_link_outlived_it_is_compared_once(books: Books) -> None:
    with books.working():
        gone = update(Link).where(Link.record_id == books.place).values(differs=None)
        db.session.execute(gone)
        db.session.execute(update(Link).where(Link.record_id == books.place).values(record_id=books.goods))
        badge.restate("location", [books.place])
    with books.working():
        assert agreement.compare_pending(books.connection_id)
        assert not agreement.compare_pending(books.connection_id)


@pytest.mark.parametrize(
    ("landed", "elsewhere", "told"),
    [(True, False, "send"), (False, False, "send"), (True, True, "both")],
    ids=["it landed", "it did not", "it went to another one"],
)
def test_what_an_unanswered_update_carried_counts_as_ours_where_it_landed(
    books: Books, landed: bool, elsewhere: bool, told: str
) -> None:
    ref = RecordRef("location", books.place)
    with books.working():
        place = db.session.get_one(Location, books.place)
        link = link_of(books.connection_id, ref)
        assert link is not None
        phone = {"FreeFormNumber": "416 555 0100"}
        lost = Push(
            organization_id=books.organization_id,
            connection_id=books.connection_id,
            record_kind="location",
            record_id=place.id,
            revision=2,
            reason="record_changed",
            kind="customer",
            operation="update",
            state="superseded",
            ever_unsure=True,
            payload={"Id": "999" if elsewhere else link.external_id, "PrimaryPhone": phone},
            expected={"sent": {"PrimaryPhone": phone}},
        )
        db.session.add(lost)
        db.session.flush()
        if landed:
            link.theirs.fields = {**link.theirs.fields, "PrimaryPhone": phone}
        place.phone = "416 555 0999"  # changed once more since
        agreement.absorb(link)
        agreement.compare(db.session.get_one(Connection, books.connection_id), "location", [place.id])
        assert link.differs == {"PrimaryPhone": told}  # not “changed on both sides”


def status(books: Books) -> str:
    with books.working():
        return db.session.get_one(Location, books.place).integration_status


def test_an_edit_that_was_seen_before_our_answer_came_is_an_edit_and_no_echo(books: Books) -> None:
    """Somebody looks at the customer between our update and its answer, and finds a phone entered there."""
    ref = RecordRef("location", books.place)
    with books.working():
        link = link_of(books.connection_id, ref)
        assert link is not None
        connection = db.session.get_one(Connection, books.connection_id)
        answered = {
            **link.theirs.fields,
            "SyncToken": "1",
            "PrimaryPhone": {"FreeFormNumber": "416 555 0100"},
        }
        edited = {**answered, "SyncToken": "2", "PrimaryPhone": {"FreeFormNumber": "905 555 0100"}}
        place = db.session.get_one(Location, books.place)
        place.phone = "416 555 0100"
        theirs.take_in(connection, "customer", edited)
        theirs.take_in(connection, "customer", answered)
        said = agreement.sides_of(place, plan_context.load(connection, [place]))
        agreement.agree(
            link, said, carried={"PrimaryPhone": {"FreeFormNumber": "416 555 0100"}}, answer=answered
        )
        agreement.compare(connection, "location", [place.id])
        assert link.differs == {"PrimaryPhone": "there"}
