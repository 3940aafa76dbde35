"""One decision about many that differ: what was shown is decided about, told by the simulator's books."""

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal import clock, outbox
from portal.connect import switch
from portal.decisions import CantDecide, decide_many, differing_records
from portal.decisions.differing_records import ListPage, Narrowed
from portal.extensions import db
from portal.mapping import sync_settings
from portal.models import BulkDecision, Connection, DecidedRecord, Event, Link, Location
from portal.models.base import now
from portal.outbox import bell
from portal.push import agreement
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.connected import text_of

OURS, THEIRS = "(416) 555-0100", "(905) 555-7777"
WAITS, MARKED, OVERWRITTEN = (Narrowed(stand) for stand in ("waits", "marked", "overwritten"))


class TestWhatWaits:
    def test_it_is_listed_with_both_sides(self, books: Books) -> None:
        place = asked(books)
        [one] = listed(books, WAITS).records
        assert one.ref.id == place
        assert ("Payment term", "Net 30", "Due on receipt") in [
            (field.word, field.ours, field.theirs) for field in one.fields
        ]

    def test_kept_as_they_are_nothing_is_sent_and_they_are_marked(self, books: Books) -> None:
        place = asked(books)
        before = len(books.writes())
        assert ticked(books, "keep").decided == 1
        books.carry()
        assert len(books.writes()) == before
        assert standing(books, place) == "marked"
        assert listed(books, WAITS).total == 0
        assert listed(books, MARKED).total == 1

    def test_quickbooks_is_changed_where_that_is_chosen(self, books: Books) -> None:
        place = asked(books)
        assert ticked(books, "change").decided == 1
        books.carry()
        assert theirs(books, place)["SalesTermRef"]["value"] == "3"
        assert theirs(books, place)["DisplayName"] == "ELM STREET"
        assert listed(books, WAITS).total == 0

    def test_what_is_marked_is_changed_in_the_one_field_that_was_looked_for(self, books: Books) -> None:
        place = matched(books, customers_details="keep", customers_money="keep")
        assert standing(books, place) == "marked"
        only = Narrowed("marked", field="PrimaryPhone")
        assert ticked(books, "change", only).decided == 1
        books.carry()
        assert theirs(books, place)["PrimaryPhone"]["FreeFormNumber"] == OURS
        assert theirs(books, place)["SalesTermRef"]["value"] == "1"

    def test_nobody_is_renamed_there_unless_renaming_is_on(self, books: Books) -> None:
        place = matched(books, customers_details="keep", customers_money="keep")
        name = Narrowed("marked", field="DisplayName")
        made = ticked(books, "change", name)
        assert (made.decided, made.left_out) == (0, 1)
        books.carry()
        assert theirs(books, place)["DisplayName"] == "ELM STREET"

    @pytest.mark.parametrize(
        ("narrowed", "found"),
        [
            (Narrowed(field="SalesTermRef"), 1),
            (Narrowed(field="PrimaryPhone"), 0),
            (Narrowed(kind="sku"), 0),
            (Narrowed(kind="location"), 1),
            (Narrowed(field="nonsense"), 0),
            (Narrowed(kind="order"), 0),
            (Narrowed("nonsense"), 0),
        ],
    )
    def test_it_is_narrowed_by_kind_and_field(self, books: Books, narrowed: Narrowed, found: int) -> None:
        asked(books)
        assert listed(books, narrowed).total == len(listed(books, narrowed).records) == found


class TestWhatHasMovedOn:
    @pytest.mark.parametrize("side", ["here", "there"])
    def test_it_is_left_out(self, books: Books, side: str) -> None:
        """Whoever ticked it saw other values."""
        place = asked(books)
        seen = [one.seen for one in listed(books, WAITS).records]
        with books.working():
            if side == "here":
                db.session.execute(update(Location).where(Location.id == place).values(revision=9))
            else:
                db.session.scalars(select(Link).where(Link.record_id == place)).one().theirs.sync_token = "9"
        made = ticked(books, "keep", WAITS, seen)
        assert (made.decided, made.left_out) == (0, 1)
        assert listed(books, WAITS).total == 1

    def test_what_can_not_be_read_of_a_form_is_no_record(self, books: Books) -> None:
        with pytest.raises(CantDecide, match="Tick"):
            ticked(
                books, "keep", WAITS, ["", "location", f"order/{uuid.uuid4()}/1/0", "sku/x/1/0", "x" * 999]
            )

    def test_what_is_not_offered_for_a_list_is_refused(self, books: Books) -> None:
        asked(books)
        for what, narrowed in (("put_back", WAITS), ("keep", MARKED), ("change", OVERWRITTEN)):
            with pytest.raises(CantDecide):
                ticked(books, what, narrowed, [f"location/{books.place}/1/0"])


class TestAllThatMatch:
    def test_they_are_offered_first_and_decided_about_once_confirmed(self, books: Books) -> None:
        asked(books)
        offered = books.decide(id_of, decide_many.offer_all, "keep", WAITS, books.bo)
        assert listed(books, WAITS).total == 1
        books.decide(decide_many.confirm, offered, books.bo)
        assert listed(books, WAITS).total == 0

    def test_one_that_matches_later_is_not_among_them(self, books: Books) -> None:
        """What was confirmed is what is decided about."""
        asked(books)
        offered = books.decide(id_of, decide_many.offer_all, "keep", WAITS, books.bo)
        another = asked(books, "Oak Street", "OAK STREET")
        books.decide(decide_many.confirm, offered, books.bo)
        assert [one.ref.id for one in listed(books, WAITS).records] == [another]

    def test_many_are_left_to_a_job_that_the_clock_rings_for(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(decide_many, "AT_ONCE", 0)
        rung: list[str] = []
        monkeypatch.setattr(bell, "ring", lambda job, key, *args: rung.append(job))
        asked(books)
        offered = books.decide(id_of, decide_many.offer_all, "keep", WAITS, books.bo)
        with books.app.app_context():
            clock.tick()
        assert decide_many.JOB not in rung
        books.decide(decide_many.confirm, offered, books.bo)
        assert listed(books, WAITS).total == 1
        rung.clear()
        with books.app.app_context():
            clock.tick()
        assert decide_many.JOB in rung
        go_on(books, offered)
        assert listed(books, WAITS).total == 0
        with books.app.app_context():
            assert decide_many.unfinished() == []

    def test_a_job_begun_again_goes_on_where_it_was_and_decides_nothing_twice(
        self, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(decide_many, "AT_ONCE", 0)
        monkeypatch.setattr(decide_many, "SOME", 1)
        asked(books)
        asked(books, "Oak Street", "OAK STREET")
        offered = books.decide(id_of, decide_many.offer_all, "keep", WAITS, books.bo)
        books.decide(decide_many.confirm, offered, books.bo)
        with books.working():
            assert decide_many._decide_some(offered)
        assert listed(books, WAITS).total == 1
        for _ in range(2):
            go_on(books, offered)
        with books.working():
            made = db.session.get_one(BulkDecision, offered)
            assert (made.decided, made.left_out, made.total) == (2, 0, 2)
            told = db.session.scalars(select(Event.record_id).where(Event.what == "kept_both")).all()
            assert len(told) == len(set(told)) == 2

    def test_an_offer_is_kept_for_a_day(self, books: Books) -> None:
        asked(books)
        offered = books.decide(id_of, decide_many.offer_all, "keep", WAITS, books.bo)
        with books.working():
            db.session.execute(update(BulkDecision).values(created_at=now() - timedelta(days=2)))
        with pytest.raises(CantDecide, match="kept for a day"):
            books.decide(decide_many.confirm, offered, books.bo)
        with books.app.app_context():
            clock.prune()
        with books.working():
            assert (distributor.count(BulkDecision), distributor.count(DecidedRecord)) == (0, 0)

    def test_once_another_company_is_connected_nothing_is_decided(self, books: Books) -> None:
        asked(books)
        offered = books.decide(id_of, decide_many.offer_all, "keep", WAITS, books.bo)
        with books.working():
            db.session.execute(update(Connection).values(status="closed"))
            distributor.connection()
            db.session.flush()
            switch.restate_all()
        books.decide(decide_many.confirm, offered, books.bo)
        with books.working():
            made = db.session.get_one(BulkDecision, offered)
            assert (made.decided, made.left_out) == (0, 1)


class TestPutBack:
    def test_what_a_first_match_overwrote_is_put_back_and_then_both_are_kept(self, books: Books) -> None:
        place = matched(books, customers_details="update", customers_money="update")
        assert theirs(books, place)["PrimaryPhone"]["FreeFormNumber"] == OURS
        [one] = listed(books, OVERWRITTEN).records
        assert ("Phone", OURS, THEIRS) in [(f.word, f.ours, f.theirs) for f in one.fields]
        assert ticked(books, "put_back", OVERWRITTEN).decided == 1
        books.carry()
        assert theirs(books, place)["PrimaryPhone"]["FreeFormNumber"] == THEIRS
        assert theirs(books, place)["SalesTermRef"]["value"] == "1"
        assert standing(books, place) == "marked"
        assert listed(books, OVERWRITTEN).total == 0

    def test_nothing_is_said_to_be_put_back_before_quickbooks_was_asked(self, books: Books) -> None:
        place = matched(books, customers_details="update", customers_money="update")
        ticked(books, "put_back", OVERWRITTEN)
        with books.working():
            told = db.session.scalars(select(Event.text).where(Event.record_id == place)).all()
        assert told == ["To be put back in QuickBooks, as it stood there before: phone, payment term."]
        page = text_of(books.sign_in("viewer").get("/settings/integrations/differences?stand=overwritten"))
        assert "1 of 1 to be put back in QuickBooks" in page

    def test_one_that_is_kept_back_is_left_out_and_can_be_put_back_later(self, books: Books) -> None:
        place = matched(books, customers_details="update", customers_money="update")
        for reason, decided in (("Pays in cash", 0), (None, 1)):
            with books.working():
                db.session.get_one(Location, place).not_to_be_sent = reason
            assert ticked(books, "put_back", OVERWRITTEN).decided == decided
        books.carry()
        assert theirs(books, place)["PrimaryPhone"]["FreeFormNumber"] == THEIRS

    def test_what_was_changed_there_since_stays(self, books: Books) -> None:
        place = matched(books, customers_details="update", customers_money="ask")
        there = books.link(place).external_id
        newer = {"PrimaryPhone": {"FreeFormNumber": "(613) 555-1111"}}
        shown = books.person("update", "Customer", id=there, changes=newer)
        with books.working():
            link = db.session.scalars(select(Link).where(Link.record_id == place)).one()
            link.theirs.fields = link.theirs.fields | newer
            link.theirs.sync_token = str(shown["SyncToken"])
        made = ticked(books, "put_back", OVERWRITTEN)
        assert (made.decided, made.left_out) == (0, 1)
        books.carry()
        assert theirs(books, place)["PrimaryPhone"]["FreeFormNumber"] == "(613) 555-1111"


def asked(books: Books, name: str = "Elm Street", there: str = "ELM STREET") -> uuid.UUID:
    """A customer that waits for a choice about its payment term alone."""
    return matched(books, name, there, customers_details="update", customers_money="ask", phone=OURS)


def matched(
    books: Books, name: str = "Elm Street", there: str = "ELM STREET", phone: str = THEIRS, **answers: Any
) -> uuid.UUID:
    """A customer that QuickBooks had, with another term and phone, and that was pushed by these answers."""
    body = {"DisplayName": there, "SalesTermRef": {"value": "1"}, "PrimaryPhone": {"FreeFormNumber": phone}}
    books.person("create", "Customer", object=body)
    with books.working():
        sync_settings.save(answers, books.bo)
        term = db.session.scalar(select(Location.payment_term_id).where(Location.id == books.place))
        place = distributor.location(name=name, phone=OURS, payment_term_id=term)
        outbox.ask("location", [place.id], reason="bulk", actor=books.bo)
        place_id: uuid.UUID = place.id
    books.carry()
    books.carry()
    with books.working():
        agreement.compare_pending(books.connection_id)
    return place_id


def ticked(
    books: Books, what: Any, narrowed: Narrowed = WAITS, seen: Collection[str] | None = None
) -> BulkDecision:
    """Tick all that are listed, or these, and press the button."""
    texts = [one.seen for one in listed(books, narrowed).records] if seen is None else seen
    decision_id = books.decide(id_of, decide_many.decide_ticked, what, narrowed, texts, books.bo)
    with books.working():
        made = db.session.get_one(BulkDecision, decision_id)
        db.session.expunge(made)
        return made


def id_of(decide: Any, *args: Any) -> uuid.UUID:
    return uuid.UUID(str(decide(*args).id))


def go_on(books: Books, decision_id: uuid.UUID) -> None:
    with books.app.app_context():
        decide_many.go_on(decision_id)


def listed(books: Books, narrowed: Narrowed) -> ListPage:
    with books.working():
        return differing_records.list_page(narrowed, 1)


def standing(books: Books, place: uuid.UUID) -> str:
    with books.working():
        return str(db.session.get_one(Location, place).integration_status)


def theirs(books: Books, place: uuid.UUID) -> dict[str, Any]:
    external_id = books.link(place).external_id
    return next(one for one in books.all("Customer") if one["Id"] == external_id)
