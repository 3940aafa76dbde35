"""A customer or item edited in QuickBooks: ours or theirs stands, field by field."""

from typing import Any

from portal import decisions, problems
from portal.extensions import db
from portal.models import Sku
from portal.models.kinds import RecordRef
from tests.support.bookkeeping import Books


class TestNames:
    """An edit of a customer or item that stops an update of all fields."""

    def test_ours_replaces_theirs_field_by_field(self, books: Books) -> None:
        edited_item(books)
        books.decide(decisions.replace_with_ours, RecordRef("sku", books.goods), books.bo)
        books.carry()
        assert item_now(books)["UnitPrice"] == 12.5
        with books.working():
            assert db.session.get_one(Sku, books.goods).integration_status == "synced"

    def test_an_edit_before_the_update_stops_it_again(self, books: Books) -> None:
        edited_item(books)
        books.decide(decisions.replace_with_ours, RecordRef("sku", books.goods), books.bo)
        external_id = books.link(books.goods).external_id
        books.person("update", "Item", id=external_id, changes={"UnitPrice": 15})
        books.carry()
        assert item_now(books)["UnitPrice"] == 15
        assert books.problems(books.goods) == ["edited_in_qbo"]

    def test_an_update_to_a_name_that_another_holds_stops_and_names_it(self, books: Books) -> None:
        account = {"value": next(one["Id"] for one in books.all("Account") if one["Name"] == "Services")}
        item = {"Name": "Amber Ale", "Type": "Service", "IncomeAccountRef": account}
        other = str(books.person("create", "Item", object=item)["Id"])
        with books.working():
            goods = db.session.get_one(Sku, books.goods)
            goods.product.name = goods.name = "Amber Ale"
            goods.revision += 1
        books.decide(decisions.push_again, RecordRef("sku", books.goods), books.bo)
        books.carry()
        before = len(books.writes())
        books.settle()
        assert len(books.writes()) == before
        with books.working():
            [problem] = problems.open_for(RecordRef("sku", books.goods))
            assert problem.code == "name_taken"
            assert [one["id"] for one in problem.values["candidates"]] == [other]

    def test_theirs_is_kept_and_only_later_changes_go(self, books: Books) -> None:
        edited_item(books)
        books.decide(decisions.keep_theirs, RecordRef("sku", books.goods), books.bo)
        with books.working():
            goods = db.session.get_one(Sku, books.goods)
            assert goods.integration_status == "synced"
            goods.product.description, goods.revision = "Cold", goods.revision + 1
        books.decide(decisions.push_again, RecordRef("sku", books.goods), books.bo)
        books.carry()
        assert (item_now(books)["Description"], item_now(books)["UnitPrice"]) == ("Cold", 14)


def edited_item(books: Books) -> None:
    external_id = books.link(books.goods).external_id
    books.person("update", "Item", id=external_id, changes={"UnitPrice": 14})
    with books.working():
        found = problems.Found("edited_in_qbo", {"number": "", "fields": []}, "test")
        problems.replace(RecordRef("sku", books.goods), None, [found])


def item_now(books: Books) -> dict[str, Any]:
    external_id = books.link(books.goods).external_id
    return next(one for one in books.all("Item") if one["Id"] == external_id)
