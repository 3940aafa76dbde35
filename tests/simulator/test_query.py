"""The query language: what is found, in which order and shape, and how mistakes are answered."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulator.company import CANADA, Body, Company, Control, invoice, sale


def names(found: Body, entity: str = "Customer", key: str = "DisplayName") -> list[str]:
    return [each[key] for each in found.get(entity, [])]


def test_nothing_found_is_an_empty_object(canada: Company) -> None:
    assert canada.query("select * from Invoice") == {}


def test_max_results_says_how_many_came_back(canada: Company) -> None:
    found = canada.query("SELECT * FROM Customer MAXRESULTS 50")
    assert (found["startPosition"], found["maxResults"]) == (1, 1)


def test_a_count_has_its_own_shape(canada: Company) -> None:
    assert canada.query("select COUNT(*) from Term") == {"totalCount": 4}


def test_a_quote_is_escaped_by_a_backslash(canada: Company) -> None:
    assert names(canada.query(r"SELECT * FROM Customer WHERE DisplayName = 'Amy\'s Bistro'")) == [
        "Amy's Bistro"
    ]


def test_doubling_a_quote_is_no_escape(canada: Company) -> None:
    assert canada.query_fault("SELECT * FROM Customer WHERE DisplayName = 'Amy''s'")[0] == "4000"


def test_text_keywords_and_properties_ignore_case(canada: Company) -> None:
    assert names(canada.query(r"sElEcT * fRoM cUsToMeR wHeRe displayname = 'AMY\'S bistro'"))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("DisplayName LIKE 'B%'", ["Bar 100%", "Bar_1", "Bistro É"]),
        ("DisplayName LIKE '%É'", ["Bistro É"]),
        ("DisplayName LIKE 'bar_1'", ["Bar_1"]),
        ("DisplayName IN ('bar_1', 'Bistro é', 'nobody')", ["Bar_1", "Bistro É"]),
        ("DisplayName > 'Bar 100%' AND DisplayName < 'Bistro'", ["Bar_1"]),
        ("Id IN ('1', '2')", ["Amy's Bistro", "Bar 100%"]),
        ("Id = '1'", ["Amy's Bistro"]),
        ("Active = true AND CompanyName = 'Bars Ltd'", ["Bar_1"]),
        ("CompanyName = ' '", ["Amy's Bistro", "Bar 100%", "Bistro É"]),
    ],
)
def test_conditions(canada: Company, where: str, found: list[str]) -> None:
    canada.create("Customer", {"DisplayName": "Bar 100%"})
    canada.create("Customer", {"DisplayName": "Bar_1", "CompanyName": "Bars Ltd"})
    canada.create("Customer", {"DisplayName": "Bistro É"})
    assert names(canada.query(f"SELECT * FROM Customer WHERE {where}")) == found


def test_invoices_are_found_by_number_amount_date_and_customer(canada: Company) -> None:
    for number, amount, day in (("A-1", "10.00", "2026-11-01"), ("A-2", "300.00", "2026-11-20")):
        canada.create("Invoice", invoice(sale(amount, "3"), DocNumber=number, TxnDate=day))
    for where in (
        "DocNumber = 'a-2'",
        "TotalAmt > '299.99'",
        "Balance >= 300",
        "TxnDate > '2026-11-01'",
        "CustomerRef = '1' AND TxnDate >= '2026-11-02'",
        "DueDate > '2026-12-02'",
        "MetaData.CreateTime > '2015-01-01' AND DocNumber LIKE '%2'",
    ):
        assert names(canada.query(f"SELECT * FROM Invoice WHERE {where}"), "Invoice", "DocNumber") == [
            "A-2"
        ], where


def test_inactive_ones_are_left_out_unless_active_is_mentioned(canada: Company, control: Control) -> None:
    control.person(CANADA, "deactivate", "Customer", id="1")
    assert canada.query("SELECT * FROM Customer") == {}
    assert canada.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 0}
    assert names(canada.query("SELECT * FROM Customer WHERE Active IN (true, false)")) == [
        "Amy's Bistro (deleted)"
    ]


def test_names_come_by_full_name_and_documents_latest_first(canada: Company) -> None:
    for name in ("Zoo", "Bar"):
        canada.create("Customer", {"DisplayName": name})
    assert names(canada.query("SELECT * FROM Customer")) == ["Amy's Bistro", "Bar", "Zoo"]
    for number in ("1", "2", "3"):
        canada.create("Invoice", invoice(DocNumber=number))
    found = canada.query("SELECT * FROM Invoice")
    assert names(found, "Invoice", "DocNumber") == ["3", "2", "1"]


def test_pages_start_at_one_and_end_with_an_empty_object(canada: Company) -> None:
    statement = "SELECT * FROM Term ORDERBY DueDays DESC MAXRESULTS 3 STARTPOSITION {}"
    assert names(canada.query(statement.format(1)), "Term", "Name") == ["Net 60", "Net 30", "Net 15"]
    assert names(canada.query(statement.format(4)), "Term", "Name") == ["Due on receipt"]
    assert canada.query(statement.format(5)) == {}


def test_named_fields_come_without_a_sync_token(canada: Company) -> None:
    [found] = canada.query("SELECT Id, DisplayName FROM Customer")["Customer"]
    assert found == {"sparse": True, "Id": "1", "DisplayName": "Amy's Bistro"}
    [whole] = canada.query("SELECT *, Sku FROM Item WHERE Name = 'Hours'")["Item"]
    assert whole["SyncToken"] == "0"


def test_a_query_may_be_posted(canada: Company) -> None:
    answer = canada.post_text("query", "select count(*) from Account")
    assert answer.json()["QueryResponse"] == {"totalCount": 27}


def test_pseudo_codes_come_on_top_of_a_page_in_the_us(america: Company) -> None:
    found = america.query("SELECT * FROM TaxCode MAXRESULTS 1")
    assert [code["Id"] for code in found["TaxCode"]] == ["TAX", "NON", "CustomSalesTax", "2"]
    assert not {"SyncToken", "domain", "sparse", "Active"} & set(found["TaxCode"][0])


@pytest.mark.parametrize(
    ("statement", "code", "detail"),
    [
        ("SELECT * FROM Custmoer", "4001", "QueryValidationError: invalid context declaration: Custmoer"),
        (
            "SELECT * FROM Vendor WHERE PrimaryEmailAddr = 'a'",
            "4001",
            "QueryValidationError: property 'PrimaryEmailAddr' is not queryable",
        ),
        (
            "SELECT * FROM Invoice WHERE PrivateNote = 'a'",
            "4001",
            "QueryValidationError: property 'PrivateNote' is not queryable",
        ),
        (
            "SELECT * FROM Item WHERE IncomeAccountRef = '1'",
            "4001",
            "QueryValidationError: property 'IncomeAccountRef' is not queryable",
        ),
        (
            "SELECT * FROM Customer WHERE Shoe = '1'",
            "4001",
            "QueryValidationError: Property Shoe not found for Entity Customer",
        ),
        (
            "SELECT * FROM Customer STARTPOSITION 0",
            "4001",
            "QueryValidationError: value 0 is too small. Min allowed value is 1",
        ),
        (
            "SELECT * FROM Customer MAXRESULTS 1001",
            "4001",
            "QueryValidationError: value 1001 is too large. Max allowed value is 1000",
        ),
        (
            "SELECT * FROM Customer WHERE Id = %271%27",
            "4000",
            "QueryParserError: Invalid content. Lexical error at line 1, column 35.  "
            'Encountered: "%" (37), after : ""',
        ),
    ],
)
def test_mistakes_are_named(canada: Company, statement: str, code: str, detail: str) -> None:
    assert canada.query_fault(statement) == (code, detail)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "SELECT",
        "SELECT * FROM",
        "SELECT * FROM Customer WHERE",
        "SELECT * FROM Customer WHERE DisplayName = 'O'Brien'",
        "SELECT * FROM Customer WHERE DisplayName = 'open",
        "SELECT * FROM Customer WHERE Active = true OR Id = '1'",
        "SELECT * FROM Customer WHERE (Id = '1')",
        "SELECT * FROM Customer WHERE Id != '1'",
        "SELECT * FROM Customer GROUP BY Id",
        "DELETE FROM Customer",
    ],
)
def test_what_cant_be_parsed_is_a_parse_error(canada: Company, statement: str) -> None:
    code, detail = canada.query_fault(statement)
    assert code == "4000"
    assert detail.startswith("QueryParserError: ")


def test_a_parse_error_says_where_and_what_was_expected(canada: Company) -> None:
    _, detail = canada.query_fault("SELECT * FROM Customer WHERE Id = '1' R")
    assert detail.startswith('QueryParserError: Encountered " <IDENTIFIER> "R "" at line 1, column 39.\n')
    assert "Was expecting one of:\n    <EOF> ...\n    <AND> ...\n" in detail


@pytest.mark.parametrize(
    "where",
    [
        "Id > '1'",
        "Id LIKE '1'",
        "Active > true",
        "Active = 'perhaps'",
        "Balance = 'much'",
        "Balance = '1e400'",
        "Balance = 'NaN'",
        "MetaData.CreateTime > '9999-12-31T23:00:00-12:00'",
    ],
)
def test_operators_and_values_must_fit_the_property(canada: Company, where: str) -> None:
    assert canada.query_fault(f"SELECT * FROM Customer WHERE {where}")[0] == "4001"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(
        st.characters(codec="utf-8", exclude_characters=":", exclude_categories=["Cc", "Cs"]), min_size=1
    )
)
def test_any_name_that_can_be_stored_can_be_found(canada: Company, name: str) -> None:
    if not name.strip() or name.strip().casefold() == "amy's bistro":
        return
    answer = canada.post("customer", {"DisplayName": name})
    escaped = name.strip().replace("\\", "\\\\").replace("'", "\\'")
    found = canada.query(f"SELECT * FROM Customer WHERE DisplayName = '{escaped}'")
    assert answer.status_code == 200 or answer.json()["Fault"]["Error"][0]["code"] == "6240"
    assert [each["DisplayName"].casefold() for each in found["Customer"]] == [name.strip().casefold()]
