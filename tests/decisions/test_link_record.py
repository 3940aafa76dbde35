"""Finding which of theirs a customer or product of ours is, by name."""

from portal import decisions
from tests.support.bookkeeping import Books


class TestSearchingNames:
    def test_customers_by_part_of_their_name(self, books: Books) -> None:
        theirs = str(books.person("create", "Customer", object={"DisplayName": "Café O'Ole 100%"})["Id"])
        for text in ("café", "o'ole", "100%"):
            assert [(one.external_id, one.name) for one in names(books, "location", text)] == [
                (theirs, "Café O'Ole 100%")
            ]
        assert names(books, "location", "") == names(books, "location", " \x00 ") == []

    def test_items_by_name_or_sku_but_no_inactive_ones(self, books: Books) -> None:
        account = {"value": next(one["Id"] for one in books.all("Account") if one["Name"] == "Services")}
        item = {"Name": "Keg deposit", "Sku": "KD-30", "Type": "Service", "IncomeAccountRef": account}
        theirs = str(books.person("create", "Item", object=item)["Id"])
        for text in ("deposit", "kd-30"):
            assert [(one.external_id, one.name) for one in names(books, "sku", text)] == [
                (theirs, "Keg deposit (KD-30)")
            ]
        books.person("deactivate", "Item", id=theirs)
        assert names(books, "sku", "deposit") == []


def names(books: Books, record_kind: str, text: str) -> list[decisions.Suggestion]:
    found: list[decisions.Suggestion] = books.decide(decisions.search_names, record_kind, text)
    return found
