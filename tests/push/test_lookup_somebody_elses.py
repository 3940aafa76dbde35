"""Nobody else's customer: one of theirs that stands below, or carries the name of, somebody who isn't our
customer is never linked by itself.
"""

import uuid

from sqlalchemy import select

from portal import decisions
from portal.company import current
from portal.extensions import db
from portal.mapping.keys import match_counts
from portal.models import KeySettings, Link, Location, Problem, SyncSettings
from portal.models.kinds import RecordRef
from portal.outbox import badge
from tests.support import distributor
from tests.support.bookkeeping import Books


def test_a_place_below_another_customer_is_a_choice_and_told_by_its_full_name(books: Books) -> None:
    acme = named(books, "Acme Restaurants")
    theirs = named(books, "Downtown", ParentRef={"value": acme}, Job=True)
    ours = location(books, "Downtown", of="The Pub")
    order = ordered(books, ours)
    push(books, ours)
    assert told(books, ours) == [("customer_of_another", "Acme Restaurants:Downtown", "Acme Restaurants")]
    assert links(books, ours) == []
    assert books.status(order) == "failed"
    assert badge_of(books, ours) == "failed"
    with books.working():
        connection = current.connection()
        assert connection is not None
        seen = match_counts.compare(connection, "location")
        assert [(one.name, one.theirs) for one in seen.anothers] == [
            ("The Pub – Downtown", ("Acme Restaurants:Downtown",))
        ]
    said = books.decide(link, ours, theirs, books)
    assert said == "Acme Restaurants:Downtown"
    assert links(books, ours) == [theirs]


def test_one_that_carries_another_customers_company_is_a_choice_too(books: Books) -> None:
    named(books, "Acme Restaurants")
    named(books, "Uptown", CompanyName="Acme Restaurants Inc.")
    ours = location(books, "Uptown", of="The Pub")
    push(books, ours)
    assert told(books, ours) == [("customer_of_another", "Uptown", "Acme Restaurants Inc.")]


def test_a_company_that_nobody_else_is_called_by_holds_a_match_by_name_alone(books: Books) -> None:
    """By a code it is linked, and the company's name stays there until somebody chooses."""
    theirs = named(books, "Uptown", CompanyName="Acme Restaurants Inc.")
    ours = location(books, "Uptown", of="The Pub", third_party_id="TP-1")
    push(books, ours)
    assert told(books, ours) == [("customer_of_another", "Uptown", "Acme Restaurants Inc.")]
    code = named(books, "TP-2", CompanyName="123 Ontario Inc.")
    other = location(books, "Elm", of="The Pub", third_party_id="TP-2")
    with books.working():
        db.session.scalars(select(KeySettings)).one().customer_ours = "third_party_id"
        db.session.scalars(select(SyncSettings)).one().customers_details = "update"
    push(books, other)
    assert (told(books, other), links(books, other)) == ([], [code])
    uptown, there = (one for one in books.all("Customer") if one["Id"] in (theirs, code))
    assert (there["CompanyName"], badge_of(books, other)) == ("123 Ontario Inc.", "asked")
    assert (links(books, ours), uptown["SyncToken"]) == ([], "0")


def test_one_below_our_own_customer_is_linked(books: Books) -> None:
    acme = named(books, "Acme Restaurants Inc.")
    theirs = named(books, "Midtown", ParentRef={"value": acme}, Job=True, CompanyName="Acme Holding")
    ours = location(books, "Midtown", of="Acme Restaurants")
    push(books, ours)
    assert (told(books, ours), links(books, ours)) == ([], [theirs])


def test_a_person_may_say_that_it_is_new(books: Books) -> None:
    acme = named(books, "Acme Restaurants")
    theirs = named(books, "Downtown", ParentRef={"value": acme}, Job=True)
    ours = location(books, "Downtown", of="The Pub")
    push(books, ours)
    books.decide(decisions.create_anyway, RecordRef("location", ours), books.bo)
    books.carry()
    [made] = links(books, ours)
    assert made != theirs
    assert badge_of(books, ours) == "synced"


def test_a_full_name_as_the_key_is_found_below_another_and_never_created(books: Books) -> None:
    with books.working():
        keys = db.session.scalars(select(KeySettings)).one()
        keys.customer_ours, keys.customer_theirs = "third_party_id", "FullyQualifiedName"
    acme = named(books, "Acme Restaurants")
    theirs = named(books, "Downtown", ParentRef={"value": acme}, Job=True)
    ours = location(books, "Place 7", of="The Pub", third_party_id="ACME Restaurants:downtown")
    other = location(books, "Place 8", of="The Pub", third_party_id="Acme Restaurants:Uptown")
    push(books, ours)
    push(books, other)
    assert (told(books, ours), links(books, ours)) == ([], [theirs])
    assert [code for code, *_ in told(books, other)] == ["customer_no_full_name"]
    assert not [one for one in books.all("Customer") if "Uptown" in one["DisplayName"]]


def test_a_full_name_without_a_colon_becomes_the_display_name(books: Books) -> None:
    with books.working():
        keys = db.session.scalars(select(KeySettings)).one()
        keys.customer_ours, keys.customer_theirs = "third_party_id", "FullyQualifiedName"
    ours = location(books, "Place 9", of="The Pub", third_party_id="TP-9")
    push(books, ours)
    [made] = links(books, ours)
    [stands] = [one for one in books.all("Customer") if one["Id"] == made]
    assert (stands["DisplayName"], stands["FullyQualifiedName"]) == ("TP-9", "TP-9")


def named(books: Books, name: str, **others: object) -> str:
    return str(books.person("create", "Customer", object={"DisplayName": name, **others})["Id"])


def location(books: Books, name: str, of: str, **values: object) -> uuid.UUID:
    with books.working():
        customer = distributor.customer(name=of)
        made: uuid.UUID = distributor.location(name=name, customer=customer, **values).id
        return made


def ordered(books: Books, place: uuid.UUID) -> uuid.UUID:
    own, books.place = books.place, place
    try:
        return books.order()
    finally:
        books.place = own


def push(books: Books, place: uuid.UUID) -> None:
    books.decide(decisions.push_again, RecordRef("location", place), books.bo)
    books.carry()


def link(place: uuid.UUID, external_id: str, books: Books) -> str:
    return decisions.link(db.session.get_one(Location, place), external_id, books.bo)


def told(books: Books, place: uuid.UUID) -> list[tuple[str, str, str]]:
    with books.working():
        open_ones = select(Problem).where(Problem.record_id == place, Problem.resolved_at.is_(None))
        return [
            (
                one.code,
                "".join(each["name"] for each in one.values.get("candidates", [])),
                one.values.get("whose", ""),
            )
            for one in db.session.scalars(open_ones)
        ]


def links(books: Books, place: uuid.UUID) -> list[str]:
    with books.working():
        return list(db.session.scalars(select(Link.external_id).where(Link.record_id == place)))


def badge_of(books: Books, place: uuid.UUID) -> str:
    with books.working():
        return badge.badges("location", [place])[place].status
