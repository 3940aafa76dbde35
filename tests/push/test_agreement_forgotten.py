"""A setting, a key or a mapping is saved: what was judged by the one before is told no longer, but anew.

Each on books in which a customer and a product are green, and told by what then stands in the simulator's.
"""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import func, insert, select, update

from portal.extensions import db
from portal.mapping import save_choices, sync_settings
from portal.mapping.keys import save_keys
from portal.mapping.refresh import refresh_facts, refresh_lists
from portal.mapping.slots import Key, Slot, slots
from portal.models import Call, Connection, Link, ListEntry, Location, Mapping, Sku, Theirs
from portal.models.kinds import BECOMES, RECORDS, RecordKind, ref_of
from portal.outbox import badge
from portal.push import agreement, drain
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.queries import queries

Saving = Callable[[Books], object]


def choose(page: str, section: str, external_id: str, ours: str = "default") -> Saving:
    def save(books: Books) -> None:
        every = slots(page)
        wanted = next(slot for slot in every if slot.section == section and ours in (slot.ours, ""))
        save_choices.save(every, {**chosen(every), wanted.key: external_id}, books.bo)

    return save


def choose_term(books: Books) -> None:
    term = str(db.session.get_one(Location, books.place).payment_term_id)
    choose("payment-terms", "payment_terms", "1", term)(books)


def choose_deposits_of_a_province(books: Books) -> None:
    """Which no item says."""
    distributor.sku(kind="container_deposit")
    distributor.location(delivery_address={"province": "BC"})
    every = slots("product-tax")
    there: Key = ("product_tax", "container_deposit", "BC")
    assert save_choices.save(every, {**chosen(every), there: "9"}, books.bo).changes


def chosen(every: list[Slot]) -> dict[Key, str]:
    return {slot.key: slot.chosen for slot in every}


SAVINGS: dict[str, tuple[Saving, set[RecordKind]]] = {
    "term": (choose_term, {"location"}),
    "customer tax": (choose("customer-tax", "customer_tax", "3"), {"location"}),
    "product tax": (choose("product-tax", "product_tax", "3"), {"sku"}),
    "tax of deposits in one province": (choose_deposits_of_a_province, set()),
    "account": (choose("product-accounts", "product_accounts", "", "income"), set()),
    "customer key": (lambda books: save_keys.save({"customer_ours": "number"}, books.bo), {"location"}),
    "product key": (lambda books: save_keys.save({"sku_theirs": "Name"}, books.bo), {"sku"}),
    "answer": (lambda books: sync_settings.save({"customers_money": "keep"}, books.bo), {"location"}),
    "renaming": (lambda books: sync_settings.save({"products_names": True}, books.bo), {"sku"}),
    "another setting": (lambda books: sync_settings.save({"new_invoice": "print"}, books.bo), set()),
    "the same as silence": (lambda books: sync_settings.save({"customers_money": "ask"}, books.bo), set()),
}


@pytest.mark.parametrize("saved", SAVINGS)
def test_no_green_badge_outlives_what_it_was_judged_by(books: Books, saved: str) -> None:
    save, concerned = SAVINGS[saved]
    assert greens(books) == {"location", "sku"}
    with books.working():
        save(books)
    assert greens(books) == {"location", "sku"} - concerned
    with books.working():
        assert badges_are_as_derived()


READINGS: dict[str, tuple[Callable[[Books], object], set[RecordKind]]] = {
    "nothing": (lambda books: None, set()),
    "term inactive": (
        lambda books: books.person("deactivate", "Term", id=chosen_term(books)),
        {"location"},
    ),
    "tax code renamed": (lambda books: was_called("tax_codes", "5"), {"location", "sku"}),
    "account renamed": (lambda books: was_called("accounts"), set()),
    "automated tax": (lambda books: had(automated_tax=True), {"location", "sku"}),
    "multicurrency": (lambda books: had(multicurrency=None), {"location", "sku"}),
    "plan": (lambda books: had(plan="Simple Start"), set()),
}


@pytest.mark.parametrize("told", READINGS)
def test_nor_does_it_outlive_what_quickbooks_tells_of_the_company(books: Books, told: str) -> None:
    change, concerned = READINGS[told]
    with books.working():
        refresh_lists(db.session.get_one(Connection, books.connection_id))
    assert greens(books) == {"location", "sku"}
    with books.working():
        change(books)
    with books.working():
        refresh_lists(db.session.get_one(Connection, books.connection_id))
        refresh_facts(db.session.get_one(Connection, books.connection_id))
    assert greens(books) == {"location", "sku"} - concerned
    with books.working():
        assert badges_are_as_derived()


def chosen_term(books: Books) -> str:
    return db.session.scalars(select(Mapping.external_id).where(Mapping.section == "payment_terms")).one()


def was_called(name: str, *ids: str) -> None:
    """What we know of it is what it was called before."""
    which = ListEntry.list == name, *([ListEntry.external_id.in_(ids)] if ids else [])
    db.session.execute(update(ListEntry).where(*which).values(name="Another name"))


def had(**facts: object) -> None:
    """What we know of the company is how it was before; None: the other way."""
    company = db.session.scalars(select(Connection)).one()
    for name, value in facts.items():
        setattr(company, name, not getattr(company, name) if value is None else value)


def test_the_next_drain_compares_them_and_calls_nobody(books: Books) -> None:
    save, _ = SAVINGS["term"]
    with books.working():
        save(books)
        calls = distributor.count(Call)
    with books.app.app_context():
        assert books.connection_id in {connection_id for connection_id, _ in drain.due_connections()}
    books.carry()
    with books.working():
        assert distributor.count(Call) == calls
        assert db.session.get_one(Location, books.place).integration_status == "changed"
    [link] = [books.link(books.place)]
    assert link.differs == {"SalesTermRef": "send"}
    assert [
        one["SalesTermRef"]["value"] for one in books.all("Customer") if one["Id"] == link.external_id
    ] == ["3"]


def test_only_customers_with_the_term_are_compared_anew(books: Books) -> None:
    with books.working():
        other = distributor.location(integration_status="synced")
        connection = db.session.get_one(Connection, books.connection_id)
        distributor.link(connection, "location", other.id, kind="customer", differs={})
        other_id = other.id
        choose_term(books)
    with books.working():
        assert db.session.get_one(Location, other_id).integration_status == "synced"
        connection = db.session.get_one(Connection, books.connection_id)
        agreement.forget_all(connection, "location", Location.id == other_id)


def test_however_many_are_forgotten_in_two_statements(books: Books) -> None:
    """Restating each by itself would take seconds, which whoever saved would wait."""
    with books.working():
        connection = db.session.get_one(Connection, books.connection_id)
        many(connection, 600)
        with queries() as statements:
            agreement.forget_all(connection, "location")
        changing = [one for one in statements if one.startswith("UPDATE")]
        assert len(changing) == 2
        green = select(func.count()).where(Location.integration_status == "synced")
        assert db.session.scalar(green) == 0
        assert badges_are_as_derived()


def many(connection: Connection, number: int) -> None:
    owner, customer = distributor.owner(), distributor.customer()
    ids = [uuid.uuid4() for _ in range(number)]
    rows = enumerate(ids)
    place = {"customer_id": customer.id, "integration_status": "synced", "revision": 1}
    db.session.execute(
        insert(Location), [{**owner, **place, "id": id, "number": f"Z{n}", "name": f"Z{n}"} for n, id in rows]
    )
    of_company = {**owner, "connection_id": connection.id, "kind": "customer"}
    db.session.execute(insert(Theirs), [{**of_company, "external_id": f"Z{n}"} for n in range(number)])
    link = {**of_company, "record_kind": "location", "differs": {}, "revision": 1}
    db.session.execute(
        insert(Link), [{**link, "record_id": id, "external_id": f"Z{n}"} for n, id in enumerate(ids)]
    )


def greens(books: Books) -> set[RecordKind]:
    with books.working():
        place, goods = db.session.get_one(Location, books.place), db.session.get_one(Sku, books.goods)
        return {ref_of(one).kind for one in (place, goods) if one.integration_status == "synced"}


def badges_are_as_derived() -> bool:
    """Each as its rows amount to, for all customers and products."""
    for kind in BECOMES:
        model = RECORDS[kind].model
        columns = model.id, model.integration_status, model.integration_reason
        stored = {one: said for one, *said in db.session.execute(select(*columns))}
        found = badge.facts_of(kind, stored).items()
        derived = {one: [badge.derive(facts), badge.reason_of(facts)] for one, facts in found}
        if stored != derived:
            return False
    return True
