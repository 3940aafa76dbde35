"""QuickBooks answers what nobody asked for, or refuses to look something up: nothing is taken for proof."""

from typing import Any

from sqlalchemy import update

from portal import outbox
from portal.extensions import db
from portal.models import Connection
from portal.models.kinds import ref_of
from tests.support import distributor
from tests.support.bookkeeping import Books
from tests.support.on_the_way import Said

ANOTHER = Said({"QueryResponse": {}, "time": "2026-11-22T08:00:00.000-08:00"})
UNREADABLE_QUERY = Said(
    {
        "Fault": {
            "Error": [{"Message": "Error parsing query", "Detail": "QueryParserError", "code": "4000"}],
            "type": "ValidationFault",
        }
    },
    status=400,
)


def test_another_answer_to_a_read_does_not_say_that_a_document_is_gone(books: Books) -> None:
    order = books.synced_order()
    books.change(order, "5")
    with books.answering("/invoice/", ANOTHER):
        books.carry()
    assert (books.status(order), books.problems(order)) == ("queued", [])
    books.carry()
    assert books.status(order) == "synced"


def test_another_answer_to_a_read_does_not_say_that_a_credit_memo_is_deleted(books: Books) -> None:
    """Else the invoice that takes its place would stand beside it."""
    order = books.synced_order("-4")
    books.change(order, "4")
    with books.answering("operation=delete", Said("", status=503)):
        books.carry()
    with books.answering("/creditmemo/", ANOTHER) as instead:
        books.settle()
    number = books.number(order)
    assert instead.left == 0
    assert [one["DocNumber"] for one in books.live()].count(number) == 0
    books.settle()
    assert [one["DocNumber"] for one in books.live()].count(number) == 1
    assert books.live("CreditMemo") == []


def test_another_answer_to_a_query_does_not_say_that_a_customer_is_new(books: Books) -> None:
    place = asked_for(books, distributor.location, name="King St")
    books.person("create", "Customer", object={"DisplayName": "King St"})
    with books.answering("FROM Customer", Said({"QueryResponse": {"Item": [{"Id": "1"}]}})):
        books.carry()
    assert books.pushes(place) == ["queued"]
    books.carry()
    assert [one["DisplayName"] for one in books.all("Customer")].count("King St") == 1
    assert books.link(place).how == "matched"


def test_a_refused_look_up_fails_its_own_record_and_holds_up_no_other(books: Books) -> None:
    good = asked_for(books, distributor.location, name="King St")
    bad = asked_for(books, distributor.sku, code="BAD-1")
    order = books.order()
    with books.answering("BAD-1", UNREADABLE_QUERY, calls=9):
        books.carry()
    assert (books.pushes(bad), books.problems(bad)) == (["failed"], ["rejected_by_qbo"])
    assert (books.pushes(good), books.status(order)) == (["synced"], "synced")


def test_a_key_that_quickbooks_can_not_have_is_not_asked_for(books: Books) -> None:
    place = asked_for(books, distributor.location, name="King\nSt")
    with books.answering("FROM Customer WHERE", UNREADABLE_QUERY, calls=9) as instead:
        books.carry()
    assert (instead.left, books.problems(place)) == (9, ["name_forbidden_character"])


def test_an_answer_that_breaks_settling_leaves_its_push_unsure(books: Books) -> None:
    order = books.synced_order()
    before = len(books.writes())
    books.change(order, "5")
    odd = {**books.document(order), "SyncToken": "seven"}
    items = [{"bId": "0", "Invoice": odd}, {"bId": ["odd"]}]
    with books.answering("/batch", Said({"BatchItemResponse": items}, lands=True)):
        books.carry()
    books.settle()
    assert books.pushes(order) == ["synced", "synced"]
    assert len(books.writes()) == before + 1


def test_a_401_after_it_landed_makes_no_second_invoice(books: Books) -> None:
    """The same bytes go again under the same requestid, also where QuickBooks checks no numbers."""
    books.switch(docnumber_check=False)
    order = books.order()
    expired = {"message": "AuthenticationFailed", "detail": "Token expired", "code": "3200"}
    fault = {"fault": {"error": [expired], "type": "AUTHENTICATION"}}
    with books.answering("/batch", Said(fault, status=401, lands=True)):
        books.carry()
    assert books.status(order) == "synced"
    assert [one["DocNumber"] for one in books.live()].count(books.number(order)) == 1


def test_where_quickbooks_numbers_documents_itself_names_still_prove_absence(books: Books) -> None:
    """Two customers travelled together and one of them landed: the other is not taken for held by it."""
    with books.working():
        db.session.execute(update(Connection).values(renumbers=True))
    places = [asked_for(books, distributor.location, name=name) for name in ("King St", "Queen St")]
    books.fault("abort_after_k", k=1, match={"path": "batch"})
    books.carry()
    books.settle()
    assert [books.pushes(place)[-1] for place in places] == ["synced", "synced"]


def asked_for(books: Books, make: Any, **values: Any) -> Any:
    """A new location or SKU whose push a person has asked for; its id."""
    with books.working():
        record = make(**values)
        outbox.ask(ref_of(record).kind, [record.id], reason="bulk", actor=books.bo)
        return record.id
