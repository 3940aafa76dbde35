"""QuickBooks' query language: grammar, escapes, and what is listed in which order."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.simulator.company import Body, Control, fault, loads
from tests.simulator.conformance.books import Books, named

SELECT = "select * from Customer where"


WORDS = (
    "select", "*", ",", "from", "Customer", "Term", "where", "Id", "=", "'a'", "(", ")", "in", "and", "or",
    "like", "7", "-1", "true", "order", "by", "orderby", "Name", "desc", "startposition", "maxresults",
    "count", "\\", "'", '"', ";", "é", "%", "<", ">=", "!=",
)  # fmt: skip


def names(found: Body, entity: str = "Customer", key: str = "DisplayName") -> list[Any]:
    return [each[key] for each in found.get(entity, [])]


def refusal(books: Books, statement: str) -> tuple[str, str, str]:
    answer = books.get("query", query=statement)
    code, detail = fault(answer)
    return code, answer.json()["Fault"]["Error"][0]["Message"], detail


class TestGrammar:
    def test_keywords_entities_and_properties_ignore_case(self, books: Books) -> None:
        made = books.customer()
        found = books.query(f"sElEcT * fRoM cUsToMeR wHeRe dIsPlAyNaMe = '{made['DisplayName'].upper()}'")
        assert names(found) == [made["DisplayName"]]

    @pytest.mark.parametrize("count", ["count(*)", "COUNT(*)", "Count ( * )"])
    def test_a_count_may_be_written_in_many_ways(self, books: Books, count: str) -> None:
        assert books.query(f"select {count} from Term")["totalCount"] >= 1

    @pytest.mark.parametrize(
        "condition",
        [
            "Id = '{id}'",
            "Id IN ('{id}')",
            "Id IN ( '{id}', '99999999' )",
            "DisplayName = '{name}' AND Id NOT IN ('99999999')",
            "DisplayName = '{name}' AND MiddleName not in ('nobody')",
            "DisplayName = '{name}'",
            "DisplayName LIKE '{name}'",
            "DisplayName LIKE '%{tail}'",
            "DisplayName >= '{name}' AND DisplayName <= '{name}'",
            "DisplayName IN ('{name}')",
            "DisplayName = '{name}' AND Active = true",
            "DisplayName = '{name}' AND Active IN (true, false)",
            "DisplayName = '{name}' AND Active IN ( true,false )",
            "DisplayName = '{name}' AND MetaData.CreateTime > '2015-01-01'",
            "DisplayName = '{name}' AND Metadata.LastUpdatedTime >= '2015-01-01T00:00:00-08:00'",
            "DisplayName = '{name}' AND FullyQualifiedName = '{name}'",
            "CompanyName = '{name} Ltd'",
            "GivenName = 'Zoë' AND FamilyName = '{tail}'",
            "PrimaryEmailAddr = '{tail}@example.com'",
            "PrintOnCheckName = '{name}' AND MiddleName = ' '",
        ],
    )
    def test_a_customer_is_found_by(self, books: Books, condition: str) -> None:
        name = books.new("Bistro")
        tail = name.rpartition(" ")[2]
        made = books.create(
            "Customer",
            {
                "DisplayName": name,
                "CompanyName": f"{name} Ltd",
                "GivenName": "Zoë",
                "FamilyName": tail,
                "PrimaryEmailAddr": {"Address": f"{tail}@example.com"},
            },
        )
        found = books.query(f"{SELECT} {condition.format(id=made['Id'], name=name, tail=tail)}")
        assert names(found, key="Id") == [made["Id"]]

    def test_like_knows_the_percent_sign_and_no_underscore(self, books: Books) -> None:
        tail = books.new("").strip()
        for name in (f"a_{tail}", f"ab{tail}"):
            books.create("Customer", {"DisplayName": name})
        assert names(books.query(f"{SELECT} DisplayName LIKE 'a_{tail}'")) == [f"a_{tail}"]
        assert names(books.query(f"{SELECT} DisplayName LIKE 'a%{tail}'")) == [f"a_{tail}", f"ab{tail}"]

    def test_a_number_may_stand_in_quotes(self, books: Books) -> None:
        sold = books.sell(books.sale(300.5))
        found = books.query(f"select * from Invoice where TotalAmt > '300.00' and Id = '{sold['Id']}'")
        assert names(found, "Invoice", "Id") == [sold["Id"]]
        assert books.query(f"select * from Invoice where TotalAmt > 300.50 and Id = '{sold['Id']}'") == {}

    @pytest.mark.parametrize(
        "condition",
        [
            "DocNumber = '{lower}'",
            "DocNumber LIKE '%{tail}'",
            "TotalAmt >= 300",
            "Balance >= '299.99'",
            "TxnDate > '2026-11-01'",
            "TxnDate >= '2026-11-20' AND TxnDate <= '2026-11-20'",
            "DueDate > '2026-12-02'",
            "MetaData.CreateTime > '2015-01-01'",
        ],
    )
    def test_an_invoice_is_found_by(self, books: Books, condition: str) -> None:
        number = books.new("N")[:21]
        customer = books.customer()["Id"]
        books.sell(books.sale(10.0), customer=customer, TxnDate="2026-11-01", DueDate="2026-11-02")
        wanted = books.sell(books.sale(300.0), customer=customer, TxnDate="2026-11-20", DocNumber=number)
        asked = condition.format(lower=number.lower(), tail=number.rpartition(" ")[2])
        found = books.query(f"select * from Invoice where CustomerRef = '{customer}' and {asked}")
        assert wanted["Id"] in names(found, "Invoice", "Id")
        assert ("CreateTime" in condition) == (len(found["Invoice"]) == 2)

    def test_nothing_is_a_blank_in_quotes(self, books: Books) -> None:
        made = books.customer()
        found = books.query(f"{SELECT} CompanyName = ' ' and DisplayName = '{made['DisplayName']}'")
        assert names(found, key="Id") == [made["Id"]]

    def test_current_date_is_todays(self, books: Books) -> None:
        sold = books.sell()
        found = books.query(f"select * from Invoice where TxnDate <= CURRENT_DATE and Id = '{sold['Id']}'")
        assert names(found, "Invoice", "Id") == [sold["Id"]]

    @pytest.mark.parametrize("clauses", ["maxresults 1 startposition 2", "STARTPOSITION 2 MAXRESULTS 1"])
    def test_the_clauses_of_a_page_stand_in_either_order(self, books: Books, clauses: str) -> None:
        found = books.query(f"select * from Term orderby Id {clauses}")
        assert (found["startPosition"], found["maxResults"]) == (2, 1)

    @pytest.mark.parametrize("order", ["orderby DueDays desc", "ORDER BY DueDays DESC, Name ASC"])
    def test_an_order_may_be_one_word_or_two(self, books: Books, order: str) -> None:
        days = names(books.query(f"select * from Term where DueDays >= 0 {order}"), "Term", "DueDays")
        assert days == sorted(days, reverse=True)
        assert len(days) > 1

    def test_a_page_past_the_end_is_empty(self, books: Books) -> None:
        count = books.query("select count(*) from Term")["totalCount"]
        assert books.query(f"select * from Term startposition {count + 1}") == {}

    def test_a_page_has_100_rows_unless_said_otherwise(self, books: Books) -> None:
        tail = books.new("").strip()
        for start in (0, 30, 60, 90):
            books.batch(
                *[
                    {
                        "bId": str(number),
                        "operation": "create",
                        "Customer": {"DisplayName": f"{number} {tail}"},
                    }
                    for number in range(start, min(start + 30, 101))
                ]
            )
        assert books.query(f"{SELECT} DisplayName LIKE '% {tail}'")["maxResults"] == 100
        assert books.query(f"{SELECT} DisplayName LIKE '% {tail}' maxresults 1000")["maxResults"] == 101


class TestEscapes:
    def test_a_quote_is_escaped_by_a_backslash(self, books: Books) -> None:
        name = books.new("Amy's Bird Sanctuary")
        books.create("Customer", {"DisplayName": name})
        escaped = name.replace("'", "\\'")
        assert names(books.query(f"{SELECT} DisplayName = '{escaped}'")) == [name]

    def test_an_ampersand_needs_nothing_but_url_encoding(self, books: Books) -> None:
        name = books.new("Bars & Pubs")
        books.create("Customer", {"DisplayName": name})
        assert names(books.query(f"{SELECT} DisplayName = '{name}'")) == [name]

    def test_an_unescaped_quote_is_a_parse_error(self, books: Books) -> None:
        code, message, _ = refusal(books, f"{SELECT} DisplayName = 'Amy's'")
        assert (code, message) == ("4000", "Error parsing query")

    def test_doubling_a_quote_is_no_escape(self, books: Books) -> None:
        assert refusal(books, f"{SELECT} DisplayName = 'Amy''s'")[0] == "4000"

    def test_encoding_twice_is_a_lexical_error(self, books: Books) -> None:
        statement = f"{SELECT} Id = {quote(chr(39))}1{quote(chr(39))}"
        place = statement.index("%") + 1
        assert refusal(books, statement) == (
            "4000",
            "Error parsing query",
            f"QueryParserError: Invalid content. Lexical error at line 1, column {place}.  "
            'Encountered: "%" (37), after : ""',
        )

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        name=st.text(
            st.characters(codec="utf-8", exclude_characters=":", exclude_categories=["Cc", "Cs"]),
            min_size=1,
            max_size=100,
        )
    )
    def test_any_name_that_can_be_stored_can_be_found(self, books: Books, name: str) -> None:
        answer = books.post("customer", {"DisplayName": name})
        assume(answer.status_code == 200)
        made = loads(answer)["Customer"]
        escaped = made["DisplayName"].replace("\\", "\\\\").replace("'", "\\'")
        assert made["Id"] in names(books.query(f"{SELECT} DisplayName = '{escaped}'"), key="Id")
        assert made["Id"] in names(books.query(f"{SELECT} DisplayName IN ('{escaped}')"), key="Id")
        # Free the name for the next example.
        books.update("Customer", made, DisplayName=books.new("Bar"), GivenName="")

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        words=st.lists(
            st.sampled_from(WORDS),
            max_size=12,
        )
    )
    def test_any_words_at_all_are_rows_or_a_named_fault(self, books: Books, words: list[str]) -> None:
        answer = books.get("query", query=" ".join(words))
        if answer.status_code != 200:
            assert fault(answer)[0] in ("4000", "4001")


class TestWhatIsListed:
    def test_the_inactive_are_left_out_unless_active_is_mentioned(self, books: Books) -> None:
        made = books.customer()
        gone = books.update("Customer", made, Active=False)
        by_id = f"Id = '{made['Id']}'"
        assert books.query(f"{SELECT} {by_id}") == {}
        assert books.query(f"select count(*) from Customer where {by_id}") == {"totalCount": 0}
        found = books.query(f"{SELECT} {by_id} and Active IN (true, false)")
        assert names(found) == [gone["DisplayName"]]
        assert names(books.query(f"{SELECT} {by_id} and Active = false")) == [gone["DisplayName"]]

    def test_named_fields_come_without_a_sync_token_and_sparse(self, books: Books) -> None:
        sold = books.sell()
        [row] = books.query(f"SELECT Id, TotalAmt FROM Invoice WHERE Id = '{sold['Id']}'")["Invoice"]
        assert row == {"sparse": True, "Id": sold["Id"], "TotalAmt": sold["TotalAmt"]}

    def test_sku_may_be_asked_for_beside_everything(self, books: Books) -> None:
        made = books.create("Item", books.service(Sku=books.new("S")))
        [row] = books.query(f"SELECT *, Sku FROM Item WHERE Id = '{made['Id']}'")["Item"]
        assert (row["Sku"], row["SyncToken"]) == (made["Sku"], "0")

    def test_everything_may_lack_the_sku(self, books: Books, control: Control) -> None:
        control.switch(books.realm, sku_in_select_all=False)
        made = books.create("Item", books.service(Sku="S"))
        [row] = books.query(f"SELECT * FROM Item WHERE Id = '{made['Id']}'")["Item"]
        assert "Sku" not in row
        [row] = books.query(f"SELECT *, Sku FROM Item WHERE Id = '{made['Id']}'")["Item"]
        assert row["Sku"] == "S"

    def test_an_item_is_found_by_its_sku_whatever_the_case(self, books: Books) -> None:
        made = books.create("Item", books.service(Sku=books.new("Abc")))
        found = books.query(f"select * from Item where Sku = '{made['Sku'].upper()}'")
        assert names(found, "Item", "Id") == [made["Id"]]

    def test_names_come_by_full_name_with_children_after_their_parent(self, books: Books) -> None:
        tail = books.new("").strip()
        parent = books.create("Customer", {"DisplayName": f"A {tail}"})
        books.create("Customer", {"DisplayName": f"B {tail}"})
        books.create(
            "Customer", {"DisplayName": f"Z {tail}", "Job": True, "ParentRef": {"value": parent["Id"]}}
        )
        found = books.query(f"{SELECT} DisplayName LIKE '% {tail}'")
        assert [name[0] for name in names(found)] == ["A", "Z", "B"]

    def test_documents_come_latest_change_first(self, books: Books) -> None:
        first, second = books.sell(), books.sell()
        books.update("Invoice", first, PrivateNote="changed")
        ids = f"('{first['Id']}', '{second['Id']}')"
        found = names(books.query(f"select * from Invoice where Id in {ids}"), "Invoice", "Id")
        assert found == [first["Id"], second["Id"]]

    def test_the_pseudo_codes_of_the_us_come_on_top_of_a_page(self, america: Books) -> None:
        found = names(america.query("SELECT * FROM TaxCode MAXRESULTS 1"), "TaxCode", "Id")
        assert len(found) == 4
        assert {"TAX", "NON", "CustomSalesTax"} < set(found)

    def test_the_default_tax_code_of_a_customer_is_read_alone_and_not_in_lists(
        self, america: Books, control: Control
    ) -> None:
        made = america.customer()
        assert america.read("Customer", made["Id"])["DefaultTaxCodeRef"]
        [row] = america.query(f"{SELECT} Id = '{made['Id']}'")["Customer"]
        assert "DefaultTaxCodeRef" not in row
        control.switch(america.realm, default_tax_code_in_lists=True)
        [row] = america.query(f"{SELECT} Id = '{made['Id']}'")["Customer"]
        assert "DefaultTaxCodeRef" in row


def test_a_changed_document_is_found_by_its_new_number(books: Books) -> None:
    sold = books.sell(DocNumber=books.new("N")[:21])
    number = books.new("M")[:21]
    books.create("Invoice", named(sold, sparse=True, DocNumber=number))
    found = books.query(f"select * from Invoice where DocNumber = '{number}'")
    assert names(found, "Invoice", "Id") == [sold["Id"]]
