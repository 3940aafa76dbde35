"""The status in the column is the one that the badge function derives, for every record, after every step."""

import uuid
from collections.abc import Callable

from sqlalchemy import select, update

from portal import decisions, outbox
from portal.company import current
from portal.connect import connections
from portal.mapping import save_choices
from portal.mapping.slots import slots
from portal.models import Delivery, Location, Order, PaymentTerm
from portal.models.kinds import RECORDS, RecordRef
from portal.outbox import badge
from portal.sales import orders as verbs
from portal.sales import records as sales_records
from tests.flows.conftest import on_sqlite
from tests.support import distributor, records
from tests.support.stack import CANADA, Stack

House = Callable[..., Stack]
UNSURE = select(Delivery).where(Delivery.state == "unsure")


@on_sqlite
def test_after_every_step_of_a_mixed_day(house: House, database: str) -> None:
    day = Day(house(database))
    seen: set[str] = set()
    for step in Day.STEPS:
        step(day)
        stored, derived = statuses(day.stack)
        assert stored == derived, f"after {step.__name__}"
        seen |= set(stored.values())
    assert seen >= {
        "not_sent", "ready", "queued", "waiting", "sending", "synced", "changed", "failed", "checking",
        "not_to_be_sent",
    }  # fmt: skip


def test_a_column_that_is_left_behind_would_be_seen(sqlite: Stack) -> None:
    order = records.order(sqlite, records.location(sqlite), [(records.sku(sqlite), "1", "10")])
    with sqlite.database() as session:
        session.execute(update(Order).values(status="finalized", revision=1))
    stored, derived = statuses(sqlite)
    assert (stored["order", order], derived["order", order]) == ("not_sent", "ready")


class Day:
    """Orders that arrive, fail, wait and are lost; each step is one thing that happened."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.place, self.goods = records.location(stack), records.sku(stack)
        with stack.database() as session:
            term = PaymentTerm(organization_id=stack.organization_id, name="Net 45", days=45)
            session.add(term)
            session.flush()
            self.term = term.id
        self.first = self._order()
        self.unmapped = self.refused = self.first
        self.taken = self.place

    def nothing_happened_yet(self) -> None:
        """Locations and SKUs are there, and orders that nobody finalized."""

    def something_is_finalized(self) -> None:
        records.finalize(self.stack, self.first)

    def it_arrives(self) -> None:
        assert self.stack.drain() == 0

    def one_fails_at_its_own_mapping_and_one_at_its_customers_name(self) -> None:
        with self.stack.database() as session:
            session.execute(
                update(Location).where(Location.id == self.place).values(payment_term_id=self.term)
            )
        self.unmapped = self._finalized(self.place)
        self.stack.simulator.control(
            "POST", f"person/{CANADA}", action="create", entity="Vendor", object={"DisplayName": "Taken"}
        )
        self.taken = records.location(self.stack, name="Taken", third_party_id="Taken")
        self.refused = self._finalized(self.taken)
        records.location(self.stack)  # nobody ordered there yet
        assert self.stack.drain() == 0

    def one_is_sent_and_its_drain_dies(self) -> None:
        with self.stack.database() as session:
            session.execute(update(Location).where(Location.id == self.place).values(payment_term_id=None))
        self._finalized(self.place)
        assert self.stack.drain(CRASH_AT="armed:1") == -9

    def it_is_known_to_be_unsure(self) -> None:
        """At the real pace nobody looks for it in the next seconds."""
        self.stack.let_lease_run_out()
        assert self.stack.drain(TIME_SCALE="1") == 0
        assert self.stack.read(UNSURE)

    def two_need_a_customer_that_is_unsure(self) -> None:
        place = records.location(self.stack)
        self._finalized(place)
        self._finalized(place)
        self.stack.simulator.fault("commit_then_drop", match={"path": "batch", "body": '"Customer"'})
        assert self.stack.drain(TIME_SCALE="1") == 0

    def the_failed_terms_mapping_is_saved(self) -> None:
        with self.stack.database():
            shown = slots("payment-terms")
            chosen = {slot.key: slot.chosen or "4" for slot in shown}
            save_choices.save(shown, chosen, distributor.bo())

    def the_refused_customer_is_renamed(self) -> None:
        with self.stack.database() as session:
            location = session.get_one(Location, self.taken)
            location.name = location.third_party_id = "Free"
            sales_records.save_location(location, distributor.bo())
            session.flush()
            assert session.get_one(Order, self.refused).integration_status == "waiting"

    def one_is_kept_back_and_one_reopened(self) -> None:
        with self.stack.database() as session:
            decisions.keep_back(session.get_one(Order, self.unmapped), "entered by hand", distributor.bo())
            verbs.reopen(session.get_one(Order, self.refused), distributor.bo())

    def the_first_is_changed_and_goes_again(self) -> None:
        records.reopen(self.stack, self.first)
        with self.stack.database() as session:
            verbs.finalize(session.get_one(Order, self.first), distributor.bo())

    def its_wish_is_taken_back(self) -> None:
        with self.stack.database() as session:
            outbox.withdraw(RecordRef("order", self.first))
            badge.restate("order", [self.first])
            assert session.get_one(Order, self.first).integration_status == "changed"

    def all_that_was_lost_is_found(self) -> None:
        self.stack.let_it_settle()
        self.stack.recover()

    def the_company_is_disconnected(self) -> None:
        with self.stack.database():
            connection = current.connection()
            assert connection is not None
            connections.disconnect(connection, distributor.bo())

    STEPS = (
        nothing_happened_yet,
        something_is_finalized,
        it_arrives,
        one_fails_at_its_own_mapping_and_one_at_its_customers_name,
        one_is_sent_and_its_drain_dies,
        it_is_known_to_be_unsure,
        two_need_a_customer_that_is_unsure,
        the_failed_terms_mapping_is_saved,
        the_refused_customer_is_renamed,
        one_is_kept_back_and_one_reopened,
        the_first_is_changed_and_goes_again,
        its_wish_is_taken_back,
        all_that_was_lost_is_found,
        the_company_is_disconnected,
    )

    def _order(self) -> uuid.UUID:
        return records.order(self.stack, self.place, [(self.goods, "1", "10")])

    def _finalized(self, place: uuid.UUID) -> uuid.UUID:
        order = records.order(self.stack, place, [(self.goods, "1", "10")])
        records.finalize(self.stack, order)
        return order


def statuses(stack: Stack) -> tuple[dict[tuple[str, uuid.UUID], str], dict[tuple[str, uuid.UUID], str]]:
    """What the column says and what the badge function derives, of every location, SKU and order."""
    stored: dict[tuple[str, uuid.UUID], str] = {}
    derived: dict[tuple[str, uuid.UUID], str] = {}
    with stack.database() as session:
        for kind, ours in RECORDS.items():
            table = ours.model
            column = dict(session.execute(select(table.id, table.integration_status)).all())
            stored |= {(kind, record_id): status for record_id, status in column.items()}
            for record_id, facts in badge.facts_of(kind, list(column)).items():
                derived[kind, record_id] = badge.derive(facts)
    return stored, derived
