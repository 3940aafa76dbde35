"""A document that is not in the home currency names its exchange rate, told by the simulator's books: there
it is booked at 1 where none is sent.
"""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from portal.decisions import send_again
from portal.extensions import db
from portal.models import Call, Connection
from portal.models.kinds import RecordRef
from portal.plan.rates import RateWanted
from portal.push.exchange_rates import Rates
from portal.push.links import link_to
from tests.support import distributor
from tests.support.bookkeeping import TODAY, Books
from tests.support.foreign import RATES, YESTERDAY, Foreign
from tests.support.on_the_way import Said


@pytest.fixture
def foreign(books: Books) -> Foreign:
    return Foreign(books)


def calls(books: Books) -> int:
    with books.working():
        return db.session.scalar(select(func.count(Call.id)).where(Call.kind == "read")) or 0


class TestNewDocuments:
    def test_they_are_booked_at_the_rate_of_their_date(self, books: Books, foreign: Foreign) -> None:
        order = foreign.synced()
        assert books.document(order)["CurrencyRef"]["value"] == "USD"
        assert foreign.booked(order) == ("1.4012", "79.17")  # 56.50 × 1.4012 = 79.1678
        assert foreign.kept(order) == (Decimal("1.4012"), "USD/CAD", TODAY)
        assert books.link(order).variance == {}

    def test_a_batch_holds_foreign_ones_and_others_and_reads_once_for_a_day(
        self, books: Books, foreign: Foreign
    ) -> None:
        foreign.synced()
        before, metered, sent = foreign.reads(), calls(books), len(books.writes())
        foreign.enters("1.3000", YESTERDAY)
        at_home, first, second = books.order(), foreign.order(), foreign.order("2")
        earlier = foreign.order("1", YESTERDAY)
        foreign.carry_until_synced(at_home, first, second, earlier)
        assert len(books.writes()) == sent + 1
        assert [foreign.booked(one)[0] for one in (at_home, first, second, earlier)] == [
            "1", "1.4012", "1.4012", "1.3",
        ]  # fmt: skip
        assert foreign.kept(at_home) == (None, None, None)
        assert foreign.reads() == before + 2
        assert calls(books) >= metered + 2

    def test_what_is_sent_again_names_the_rate_that_was_read_first(
        self, books: Books, foreign: Foreign
    ) -> None:
        foreign.synced()
        order, before = foreign.order(), foreign.reads()
        books.fault("throttle", match={"path": "batch"})
        with books.before_a_write(lambda: foreign.enters("1.5000")):
            books.carry()
        assert books.status(order) == "queued"
        foreign.carry_until_synced(order)
        assert (foreign.booked(order)[0], foreign.reads()) == ("1.4012", before + 1)

    def test_one_of_which_none_was_read_yet_goes_in_no_round_before(
        self, books: Books, foreign: Foreign
    ) -> None:
        """Somebody links its customer while the rate is read for another order."""
        foreign.synced()
        books.refused_a_number(
            days_ago=0
        )  # else what had no customer yet waits for its number to be looked up
        there = books.person(
            "create", "Customer", object={"DisplayName": "X", "CurrencyRef": {"value": "USD"}}
        )
        with books.working():
            new = distributor.location(name="Erie", third_party_id="Erie", currency="USD").id

        def link_by_hand() -> None:
            with books.working():
                company = db.session.scalars(select(Connection)).one()
                linked = link_to(
                    company, RecordRef("location", new), "customer", there, revision=1, how="person"
                )
                linked.differs = {}  # nothing that would have to be brought up to date first

        first, second = foreign.order(), foreign.order(place=new)
        with books.before_a_call(RATES, link_by_hand):
            foreign.carry_until_synced(first, second)
        assert [foreign.booked(one)[0] for one in (first, second)] == ["1.4012", "1.4012"]

    def test_in_a_company_of_one_currency_nothing_is_read(self, books: Books) -> None:
        books.synced_order()
        assert not [entry for entry in books.simulated.ledger() if RATES in str(entry["query"])]


def test_a_table_is_read_again_only_for_a_currency_that_it_lacks() -> None:
    usd, eur = RateWanted("USD", TODAY), RateWanted("EUR", TODAY)
    tables = [{"USD": Decimal("1.4")}, {"USD": Decimal("1.5"), "EUR": Decimal("1.6")}]
    rates = Rates(lambda day: tables.pop(0))
    assert rates.of([usd]) == {("USD", TODAY): Decimal("1.4")}
    assert rates.of([usd]) == {("USD", TODAY): Decimal("1.4")}
    assert rates.of([usd, eur]) == {("USD", TODAY): Decimal("1.5"), ("EUR", TODAY): Decimal("1.6")}


class TestNoRate:
    def test_without_one_nothing_is_sent_until_it_is_entered_in_quickbooks(
        self, books: Books, foreign: Foreign
    ) -> None:
        foreign.synced()
        order, sent = foreign.order(day=YESTERDAY), len(books.writes())
        books.carry()
        assert (books.status(order), books.problems(order)) == ("failed", ["exchange_rate_missing"])
        assert len(books.writes()) == sent
        foreign.enters("1.3000", YESTERDAY)
        books.decide(send_again.push_again, RecordRef("order", order), books.bo)
        foreign.carry_until_synced(order)
        assert (foreign.booked(order)[0], books.problems(order)) == ("1.3", [])

    def test_while_it_cannot_be_read_the_order_waits_and_has_no_problem(
        self, books: Books, foreign: Foreign
    ) -> None:
        foreign.synced()
        order, sent = foreign.order(), len(books.writes())
        with books.answering(RATES, Said({}, 503)) as asked:
            books.carry()
            assert asked.left == 0
        assert (books.status(order), books.problems(order)) == ("queued", [])
        assert len(books.writes()) == sent
        foreign.carry_until_synced(order)
        assert foreign.booked(order)[0] == "1.4012"


class TestUpdates:
    @pytest.mark.parametrize("unnamed", ["stands", "as_not_sent"])
    def test_they_send_the_rate_that_stands_there_whoever_wrote_it(
        self, books: Books, foreign: Foreign, unnamed: str
    ) -> None:
        books.switch(rate_of_updates=unnamed)
        order = foreign.synced()
        books.edit(order, ExchangeRate=1.41)
        before = foreign.reads()
        books.change(order, "6")
        books.carry()
        assert foreign.booked(order) == ("1.41", "119.50")  # 84.75 × 1.41 = 119.4975
        assert foreign.reads() == before
        # 84.75 × 1.4012 = 118.7517
        assert (books.status(order), books.link(order).variance) == ("variance", {"home": [11875, 11950]})

    def test_a_new_date_brings_a_new_rate_while_nothing_is_paid(self, books: Books, foreign: Foreign) -> None:
        foreign.enters("1.3000", YESTERDAY)
        order = foreign.synced()
        foreign.redate(order, YESTERDAY)
        foreign.carry_until_synced(order)
        assert books.document(order)["TxnDate"] == YESTERDAY.isoformat()
        assert foreign.booked(order) == ("1.3", "73.45")
        assert foreign.kept(order) == (Decimal("1.3"), "USD/CAD", YESTERDAY)

    def test_once_something_is_paid_it_keeps_the_one_that_stands(
        self, books: Books, foreign: Foreign
    ) -> None:
        foreign.enters("1.3000", YESTERDAY)
        order, before = foreign.synced(), foreign.reads()
        foreign.pays(order)
        foreign.redate(order, YESTERDAY)
        foreign.carry_until_synced(order)
        assert books.document(order)["TxnDate"] == YESTERDAY.isoformat()
        assert (foreign.booked(order)[0], foreign.reads()) == ("1.4012", before)


class TestCompared:
    def test_another_total_at_home_is_amber_with_both_figures(self, books: Books, foreign: Foreign) -> None:
        foreign.synced()
        books.switch(fields_ignored="Invoice.ExchangeRate")
        order = foreign.order()
        books.carry()
        assert foreign.booked(order) == ("1", "56.50")
        assert (books.status(order), books.link(order).variance) == ("variance", {"home": [7917, 5650]})
