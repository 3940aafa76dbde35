"""A link that a person changes or takes back: what was sent stays, nothing is joined or made by itself."""

import uuid

import pytest
from sqlalchemy import select

from portal import decisions
from portal.extensions import db
from portal.mapping.keys import save_keys
from portal.models import Event, Link, Location, Push, Sku, Unlinked
from portal.models.kinds import RecordRef
from portal.outbox import badge
from portal.sales import records
from tests.support import distributor
from tests.support.bookkeeping import Books


def test_an_unlinked_customer_is_neither_matched_nor_created_until_a_person_chooses(books: Books) -> None:
    theirs, before = books.link(books.place).external_id, books.all("Customer")
    waiting = books.order()
    assert unlink(books) == "Bloor St"
    assert books.problems(books.place) == ["unlinked"]
    assert badge_of(books) == "blocked"
    books.decide(decisions.push_again, RecordRef("location", books.place), books.bo)
    books.carry()
    books.settle()
    with books.working():
        save_keys.save({"customer_ours": "third_party_id"}, books.bo)
    assert (books.problems(books.place), books.status(waiting)) == (["unlinked"], "failed")
    assert books.all("Customer") == before
    assert not linked(books)
    with books.working():
        [row] = db.session.scalars(select(Unlinked)).all()
        assert (row.external_id, row.by, row.ref) == (
            theirs,
            books.bo.name,
            RecordRef("location", books.place),
        )
        told = db.session.scalars(select(Event.text).where(Event.what == "unlinked")).one()
        assert told == f"Unlinked from “Bloor St” ({theirs})."


def test_said_to_be_new_it_is_not_joined_to_the_one_that_it_was_parted_from(books: Books) -> None:
    """That one still holds the name and our marker: a person chooses again."""
    theirs = books.link(books.place).external_id
    unlink(books)
    books.decide(decisions.create_anyway, RecordRef("location", books.place), books.bo)
    books.decide(decisions.push_again, RecordRef("location", books.place), books.bo)
    books.carry()
    books.settle()
    assert books.problems(books.place) == ["name_taken"]
    assert not linked(books)
    link(books, theirs)
    assert linked(books) == [theirs]
    with books.working():
        assert db.session.scalars(select(Unlinked)).all() == []


def test_linked_to_another_one_what_was_sent_stays_and_what_comes_goes_there(books: Books) -> None:
    sent = books.synced_order()
    was = books.link(books.place).external_id
    other = str(books.person("create", "Customer", object={"DisplayName": "Bloor Street"})["Id"])
    writes = len(books.writes())
    link(books, other)
    assert len(books.writes()) == writes
    assert (linked(books), books.status(sent), badge_of(books)) == ([other], "synced", "uncompared")
    standing = books.link(books.place)
    assert (standing.how, standing.by, standing.revision) == ("person", books.bo.name, 0)
    books.change(sent, "6")
    books.carry()
    assert books.document(sent)["CustomerRef"]["value"] == was
    assert books.document(books.synced_order())["CustomerRef"]["value"] == other


def test_linking_sends_nothing_even_where_an_update_had_failed(books: Books) -> None:
    """The customer was merged there: what was to go to it goes to no other one by itself."""
    books.synced_order()
    other = books.person("create", "Customer", object={"DisplayName": "Bloor Street", "Notes": "by hand"})
    books.person("merge", "Customer", id=books.link(books.place).external_id, into=other["Id"])
    with books.working():
        place = db.session.get_one(Location, books.place)
        place.phone = "416 555 0100"
        records.save_location(place, books.bo)
    books.decide(decisions.push_again, RecordRef("location", books.place), books.bo)
    books.carry()
    books.settle()
    assert badge_of(books) == "failed"
    before, writes = books.all("Customer"), len(books.writes())
    link(books, str(other["Id"]))
    books.carry()
    assert (books.all("Customer"), len(books.writes())) == (before, writes)
    assert (books.problems(books.place), badge_of(books)) == ([], "asked")


def test_what_belongs_to_another_record_is_refused_by_name(books: Books) -> None:
    with books.working():
        other = distributor.location(name="Other").id
    theirs = books.link(books.place).external_id
    with pytest.raises(decisions.CantDecide, match=r"is linked already, to Pub \d+ · Bloor St"):
        link(books, theirs, place=other)
    assert linked(books) == [theirs]


def test_while_it_is_on_its_way_it_is_refused(books: Books) -> None:
    with books.working():
        place = db.session.get_one(Location, books.place)
        place.phone, place.revision = "416 555 0100", place.revision + 1
    books.decide(decisions.push_again, RecordRef("location", books.place), books.bo)
    with books.losing_writes() as underway:
        books.carry()
    with books.working():
        assert "unsure" in [one.state for one in db.session.scalars(select(Push))]
    for change in (lambda: unlink(books), lambda: link(books, "1")):
        with pytest.raises(decisions.CantDecide, match="on its way"):
            change()
    underway.land()


def test_one_that_is_not_linked_can_not_be_unlinked(books: Books) -> None:
    unlink(books)
    with pytest.raises(decisions.CantDecide, match="not linked"):
        unlink(books)


def test_a_look_up_on_its_way_does_not_join_what_a_person_parts(books: Books) -> None:
    """Linked by nobody, matched by its key: unlinked between the look and its answer being written down."""
    unlink(books)
    theirs = {one["DisplayName"]: str(one["Id"]) for one in books.all("Customer")}
    with books.working():
        db.session.query(Unlinked).delete()

    def part_again() -> None:
        with books.app.app_context():
            db.session.info["organization_id"] = books.organization_id
            db.session.add(
                Unlinked(
                    organization_id=books.organization_id,
                    connection_id=books.connection_id,
                    record_kind="location",
                    record_id=books.place,
                    external_id=theirs["Bloor St"],
                )
            )
            db.session.commit()

    books.decide(decisions.push_again, RecordRef("location", books.place), books.bo)
    with books.before_a_call("FROM Customer", part_again):
        books.carry()
    assert (linked(books), books.problems(books.place)) == ([], ["unlinked"])


def test_an_item_is_unlinked_too(books: Books) -> None:
    books.decide(lambda: decisions.unlink(db.session.get_one(Sku, books.goods), books.bo))
    assert books.problems(books.goods) == ["unlinked"]
    order = books.order()
    books.carry()
    assert books.status(order) == "failed"


def unlink(books: Books) -> str:
    said: str = books.decide(lambda: decisions.unlink(db.session.get_one(Location, books.place), books.bo))
    return said


def link(books: Books, external_id: str, place: uuid.UUID | None = None) -> str:
    record = place or books.place
    said: str = books.decide(
        lambda: decisions.link(db.session.get_one(Location, record), external_id, books.bo)
    )
    return said


def linked(books: Books) -> list[str]:
    with books.working():
        return list(db.session.scalars(select(Link.external_id).where(Link.record_id == books.place)))


def badge_of(books: Books) -> str:
    with books.working():
        return badge.badges("location", [books.place])[books.place].status
