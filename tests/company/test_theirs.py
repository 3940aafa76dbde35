"""What QuickBooks last said of a record is kept once, and only ever replaced by something newer."""

import uuid
from typing import Any

import pytest

from portal.company import theirs
from portal.models import Connection
from tests.support import distributor as given


@pytest.fixture
def company(ours: uuid.UUID) -> Connection:
    return given.connection()


def customer(token: str = "1", **fields: Any) -> dict[str, Any]:
    return {"Id": "58", "SyncToken": token, "DisplayName": "Pub", "Active": True} | fields


def test_an_older_version_never_replaces_a_newer_one(company: Connection) -> None:
    theirs.take_in(company, "customer", customer("3", Notes="new"))
    row = theirs.take_in(company, "customer", customer("2", Notes="old"))
    assert (row.sync_token, row.fields["Notes"]) == ("3", "new")


def test_what_changes_by_itself_is_not_kept(company: Connection) -> None:
    row = theirs.take_in(company, "customer", customer(Balance=12, MetaData={}, sparse=False, domain="QBO"))
    assert row.fields == {"Id": "58", "DisplayName": "Pub", "Active": True}


def test_a_name_is_the_whole_one_with_its_parents(company: Connection) -> None:
    row = theirs.take_in(company, "customer", customer(FullyQualifiedName="Acme:Pub"))
    assert row.name == "Acme:Pub"


class TestLists:
    """A list leaves fields out: what it does not tell is not empty there."""

    def test_what_a_list_leaves_out_is_unread(self, company: Connection) -> None:
        row = theirs.take_in(company, "customer", customer(), listed=True)
        assert (row.unread, "DefaultTaxCodeRef" in row.fields) == (["DefaultTaxCodeRef"], False)

    def test_what_was_read_of_this_version_stays_known(self, company: Connection) -> None:
        theirs.take_in(company, "customer", customer(DefaultTaxCodeRef={"value": "5"}))
        row = theirs.take_in(company, "customer", customer(), listed=True)
        assert (row.unread, row.fields["DefaultTaxCodeRef"]) == ([], {"value": "5"})

    def test_what_was_read_and_empty_in_this_version_stays_empty(self, company: Connection) -> None:
        theirs.take_in(company, "customer", customer())
        row = theirs.take_in(company, "customer", customer(), listed=True)
        assert row.unread == []

    def test_of_a_newer_version_it_is_unread_again(self, company: Connection) -> None:
        theirs.take_in(company, "customer", customer("1", DefaultTaxCodeRef={"value": "5"}))
        row = theirs.take_in(company, "customer", customer("2"), listed=True)
        assert (row.unread, "DefaultTaxCodeRef" in row.fields) == (["DefaultTaxCodeRef"], False)

    def test_a_single_read_tells_all(self, company: Connection) -> None:
        theirs.take_in(company, "customer", customer(), listed=True)
        assert theirs.take_in(company, "customer", customer()).unread == []


class TestDocuments:
    def test_number_and_amounts_are_its_own(self, company: Connection) -> None:
        row = theirs.take_in(
            company, "invoice", invoice(TotalAmt="113.01", TxnTaxDetail={"TotalTax": "13.01"})
        )
        assert (row.number, row.total, row.tax, row.counts) == ("1043", 11301, 1301, True)

    def test_a_voided_one_counts_no_more(self, company: Connection) -> None:
        row = theirs.take_in(company, "invoice", invoice(TotalAmt=0, PrivateNote="Voided"))
        assert (row.voided, row.counts) == (True, False)

    def test_one_that_is_gone_counts_no_more_until_it_is_seen_again(self, company: Connection) -> None:
        row = theirs.take_in(company, "invoice", invoice(TotalAmt=5))
        theirs.mark_gone(row)
        assert not row.counts
        assert theirs.take_in(company, "invoice", invoice(TotalAmt=5)).counts


def invoice(**fields: Any) -> dict[str, Any]:
    return {"Id": "145", "SyncToken": "0", "DocNumber": "1043"} | fields
