"""What is inactive, gone or merged in QuickBooks is named: a problem of that customer, item or choice, under
which the orders that need it stand (Q10).
"""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from portal import decisions, outbox, problems
from portal.company import current
from portal.extensions import db
from portal.mapping import refresh
from portal.mapping.keys import save_keys
from portal.models import Connection, Link, Location, Mapping, Problem, Sku
from portal.models.kinds import RecordKind, RecordRef, ref_of
from portal.outbox import badge
from portal.push import agreement
from portal.push.links import link_to
from portal.sales import records
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.on_the_way import Said


def test_orders_of_an_inactive_customer_stand_under_it_and_flow_once_it_is_active_again(books: Books) -> None:
    theirs = books.link(books.place).external_id
    orders = [books.order(), books.order()]
    ready = ready_order(books)
    books.person("deactivate", "Customer", id=theirs)
    books.carry()
    assert [books.problems(one) for one in (books.place, *orders, ready)] == [["customer_inactive"]] * 4
    assert [books.status(one) for one in orders] == ["failed", "failed"]
    assert (books.status(ready), badge_of(books, "location")) == ("blocked", "failed")
    assert causes(books) == {f"match:location:{books.place}": 4}
    writes = len(books.writes())
    push(books, "order", orders[0])
    assert (books.status(orders[0]), len(books.writes())) == ("failed", writes)  # known without being refused
    assert "is inactive in QuickBooks" in look_again(books)
    books.person("reactivate", "Customer", id=theirs)
    assert look_again(books) == "It can be used in QuickBooks. 3 orders are ready to push now."
    assert badge_of(books, "location") == "synced"
    push(books, "order", orders[0])
    assert books.status(orders[0]) == "synced"
    assert causes(books) == {}


def test_pushed_again_after_it_was_put_right_an_order_goes_without_a_word_from_anybody(books: Books) -> None:
    theirs = books.link(books.place).external_id
    order = books.order()
    books.person("deactivate", "Customer", id=theirs)
    books.carry()
    books.person("reactivate", "Customer", id=theirs)
    push(books, "order", order)
    assert books.status(order) == "synced"
    assert books.problems(books.place) == []


def test_a_merged_customer_says_into_which_one_and_orders_flow_once_it_is_linked(books: Books) -> None:
    books.synced_order()
    theirs = books.link(books.place).external_id
    kept = str(books.person("create", "Customer", object={"DisplayName": "Bloor Street Pub"})["Id"])
    books.person("merge", "Customer", id=theirs, into=kept)
    order = books.order()
    books.carry()
    assert (books.problems(books.place), books.problems(order)) == (["customer_merged"], ["customer_merged"])
    with books.working():
        [problem] = problems.open_for(RecordRef("location", books.place))
        assert problem.values["candidates"] == [{"id": kept, "name": "Bloor Street Pub"}]
    books.decide(lambda: decisions.link(db.session.get_one(Location, books.place), kept, books.bo))
    assert books.status(order) == "ready"
    push(books, "order", order)
    assert (books.status(order), books.document(order)["CustomerRef"]["value"]) == ("synced", kept)


def test_a_customer_that_is_gone_without_a_trace_is_told_as_gone(books: Books) -> None:
    with books.working():
        place = distributor.location(name="Never invoiced")
        own, books.place = books.place, place.id
    push(books, "location", books.place)
    theirs = books.link(books.place).external_id
    kept = str(books.person("create", "Customer", object={"DisplayName": "Another"})["Id"])
    books.person("merge", "Customer", id=theirs, into=kept)
    order = books.order()
    books.carry()
    assert (books.problems(books.place), books.problems(order)) == (["customer_gone"], ["customer_gone"])
    assert "QuickBooks has the customer" in look_again(books)
    with books.working():
        save_keys.save({"customer_ours": "number"}, books.bo)
    assert books.problems(books.place) == ["customer_gone"]  # no key puts that right
    books.place = own


def test_a_changed_order_whose_customer_is_inactive_stands_under_it_too(books: Books) -> None:
    """The update names no customer, and QuickBooks judges the whole document."""
    order = books.synced_order()
    books.person("deactivate", "Customer", id=books.link(books.place).external_id)
    books.change(order, "6")
    books.carry()
    assert (books.problems(order), books.problems(books.place)) == (
        ["customer_inactive"],
        ["customer_inactive"],
    )


def test_the_update_of_a_customer_that_is_gone_says_so_itself(books: Books) -> None:
    books.synced_order()
    theirs = books.link(books.place).external_id
    kept = str(books.person("create", "Customer", object={"DisplayName": "Bloor Street Pub"})["Id"])
    books.person("merge", "Customer", id=theirs, into=kept)
    with books.working():
        place = db.session.get_one(Location, books.place)
        place.phone = "416 555 0100"
        records.save_location(place, books.bo)
    push(books, "location", books.place)
    books.settle()
    assert (books.problems(books.place), badge_of(books, "location")) == (["customer_merged"], "failed")


def deactivated(books: Books, item: str) -> None:
    books.person("deactivate", "Item", id=item)


def made_a_category(books: Books, item: str) -> None:
    books.person("update", "Item", id=item, changes={"Type": "Category"})


def on_an_inactive_account(books: Books, item: str) -> None:
    books.switch(items_on_inactive_accounts="refused")
    [theirs] = [one for one in books.all("Item") if str(one["Id"]) == item]
    books.person("deactivate", "Account", id=theirs["IncomeAccountRef"]["value"])


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (deactivated, "item_inactive"),
        (made_a_category, "item_is_category"),
        (on_an_inactive_account, "item_account_inactive"),
    ],
)
def test_an_item_that_can_not_be_sold_any_more_is_the_problem_of_its_sku(
    books: Books, happens: Callable[[Books, str], None], code: str
) -> None:
    order = books.order()
    happens(books, books.link(books.goods).external_id)
    books.carry()
    assert (books.problems(books.goods), books.problems(order)) == ([code], [code])
    assert (badge_of(books, "sku"), badge_of(books, "location")) == ("failed", "synced")
    assert causes(books) == {f"match:sku:{books.goods}": 2}
    other = another_item(books)
    books.decide(lambda: decisions.link(db.session.get_one(Sku, books.goods), other, books.bo))
    push(books, "order", order)
    assert books.status(order) == "synced"


def test_a_bundle_is_named_too(books: Books) -> None:
    books.switch(bundles_in_lines="refused")
    bundle = {"Name": "Party pack", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": []}}
    theirs = books.person("create", "Item", object=bundle)
    with books.working():
        connection, goods = current.connection(), RecordRef("sku", books.goods)
        assert connection is not None
        db.session.execute(delete(Link).where(Link.record_id == books.goods))
        link_to(connection, goods, "item", theirs, revision=1, how="matched")
    order = books.order()
    books.carry()
    assert (books.problems(books.goods), books.problems(order)) == (["item_is_bundle"], ["item_is_bundle"])


def test_a_term_made_inactive_is_the_problem_of_what_is_mapped_to_it(books: Books) -> None:
    books.person("deactivate", "Term", id="3")
    order = books.order()
    books.carry()
    with books.working():
        [term] = db.session.scalars(select(Mapping.ours).where(Mapping.section == "payment_terms"))
    assert causes(books) == {f"term:{term}": 1}
    assert (books.problems(order), books.problems(books.place)) == (["term_inactive"], [])


def test_put_right_and_pushed_again_before_it_was_looked_at_it_is_sent_anew(books: Books) -> None:
    """What was refused is not what would be sent now."""
    books.person("deactivate", "Term", id="3")
    order = books.order()

    def map_another() -> None:
        with books.working():
            mine = update(Mapping).where(Mapping.section == "payment_terms")
            db.session.execute(mine.values(external_id="2"))
            outbox.ask("order", [order], reason="bulk", actor=books.bo)

    with books.before_a_call("Term", map_another):
        books.carry()
    assert (books.problems(order), books.status(order)) == ([], "synced")
    assert books.document(order)["SalesTermRef"]["value"] == "2"


def test_a_tax_code_made_inactive_is_the_problem_of_what_is_mapped_to_it(books: Books) -> None:
    books.person("deactivate", "TaxCode", id="5")
    order = books.order()
    books.carry()
    assert "tax_code_inactive" in books.problems(order)
    assert set(causes(books)) <= {"tax:default", "product_tax:default"}
    assert badge_of(books, "location") == "uncompared"
    books.person("reactivate", "TaxCode", id="5")
    with books.working():
        refresh.refresh_lists(db.session.get_one(Connection, books.connection_id))
    books.carry()
    assert badge_of(books, "location") == "synced"


def test_an_account_made_inactive_is_told_of_the_new_item_that_needs_it(books: Books) -> None:
    accounts = {one["Name"]: str(one["Id"]) for one in books.all("Account")}
    books.person("deactivate", "Account", id=accounts["Sales of Product Income"])
    with books.working():
        sku = ref_of(distributor.sku(code="NEW-1"))
    push(books, "sku", sku.id)
    assert books.problems(sku.id) == ["account_inactive"]
    assert causes(books) == {"account:product_accounts:income": 1}


def test_what_is_said_of_a_document_whose_parts_are_all_active_is_a_cause_of_its_own(books: Books) -> None:
    orders = [books.order(), books.order()]
    said = {
        "Fault": {
            "Error": [
                {"Message": "Invalid Reference Id", "Detail": "Invalid Reference Id : x", "code": "2500"}
            ],
            "type": "ValidationFault",
        }
    }
    items = [{"bId": str(place), **said} for place in range(2)]
    with books.answering("/batch", Said({"BatchItemResponse": items})):
        books.carry()
    assert [books.problems(one) for one in orders] == [["reference_gone"]] * 2
    assert causes_of_orders(books) == {f"order:{one}" for one in orders}
    assert list(causes(books).values()) == [2]  # like ones are one line of the dashboard
    with books.working():
        words = db.session.scalars(select(Problem.qbo_words).where(Problem.record_id == orders[0])).one()
        assert words == "2500 Invalid Reference Id: Invalid Reference Id : x"
    assert (books.problems(books.place), books.problems(books.goods)) == ([], [])


def test_what_the_plan_finds_is_told_beside_what_is_gone(books: Books) -> None:
    """Nobody reactivates the customer only to be told of the next thing."""
    books.person("deactivate", "Customer", id=books.link(books.place).external_id)
    order = books.order()
    books.carry()
    with books.working():
        db.session.execute(delete(Mapping).where(Mapping.section == "payment_terms"))
        agreement.forget_all(db.session.get_one(Connection, books.connection_id), "location")
    push(books, "order", order)
    assert sorted(books.problems(order)) == ["customer_inactive", "term_not_mapped"]


def ready_order(books: Books) -> uuid.UUID:
    """One that nobody has pushed yet."""
    order = books.order()
    with books.working():
        outbox.withdraw(RecordRef("order", order))
    return order


def another_item(books: Books) -> str:
    account = next(one["Id"] for one in books.all("Account") if one["Name"] == "Services")
    item = {"Name": "Case", "Type": "Service", "IncomeAccountRef": {"value": account}}
    return str(books.person("create", "Item", object=item)["Id"])


def push(books: Books, kind: RecordKind, record_id: uuid.UUID) -> None:
    books.decide(decisions.push_again, RecordRef(kind, record_id), books.bo)
    books.carry()


def look_again(books: Books) -> str:
    place = books.place
    said: str = books.decide(lambda: decisions.look_again(db.session.get_one(Location, place), books.bo))
    return said


def badge_of(books: Books, kind: RecordKind) -> str:
    record = books.place if kind == "location" else books.goods
    with books.working():
        return badge.badges(kind, [record])[record].status


def causes_of_orders(books: Books) -> set[str]:
    with books.working():
        told = select(Problem.cause).where(Problem.record_kind == "order", Problem.resolved_at.is_(None))
        return set(db.session.scalars(told))


def causes(books: Books) -> dict[str, int]:
    with books.working():
        return {one.cause: one.records for one in problems.ranked(20).causes}
