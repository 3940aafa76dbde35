"""What may be asked of which entity, and how each mistake in a query is answered."""

from __future__ import annotations

import pytest

from tests.simulator.company import fault
from tests.simulator.conformance.books import Books

SELECT = "select * from Customer where"


def refusal(books: Books, statement: str) -> tuple[str, str, str]:
    answer = books.get("query", query=statement)
    code, detail = fault(answer)
    return code, answer.json()["Fault"]["Error"][0]["Message"], detail


FILTERABLE = {
    "Customer": "Id DisplayName GivenName MiddleName FamilyName CompanyName FullyQualifiedName "
    "PrintOnCheckName PrimaryEmailAddr Active Balance MetaData.CreateTime MetaData.LastUpdatedTime",
    "Item": "Id Name Sku Type Active FullyQualifiedName SubItem ParentRef MetaData.CreateTime",
    "Invoice": "Id DocNumber TxnDate DueDate CustomerRef Balance TotalAmt SalesTermRef ProjectRef "
    "MetaData.LastUpdatedTime",
    "CreditMemo": "Id DocNumber TxnDate CustomerRef TotalAmt MetaData.CreateTime",
    "Payment": "Id TxnDate CustomerRef TotalAmt PaymentRefNum MetaData.CreateTime",
    "Account": "Id Name AccountType AccountSubType Classification Active FullyQualifiedName CurrentBalance",
    "Term": "Id Name Active Type DueDays",
    "TaxCode": "Id Name Description Active",
}


NOT_QUERYABLE = {
    "Customer": "Taxable Job Notes BillAddr.City",
    "Vendor": "PrimaryEmailAddr",
    "Item": "IncomeAccountRef ExpenseAccountRef UnitPrice Description",
    "Invoice": "DepartmentRef Line.Amount PrivateNote",
    "CreditMemo": "PrivateNote Line.Amount",
    "TaxCode": "Taxable",
}


VALUES = {
    "Active": "true", "SubItem": "true", "TxnDate": "'2026-01-01'", "DueDate": "'2026-01-01'",
    "MetaData.CreateTime": "'2026-01-01'", "MetaData.LastUpdatedTime": "'2026-01-01'",
}  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "name"), [(entity, name) for entity, given in FILTERABLE.items() for name in given.split()]
)
def test_it_may_be_asked_for_by(books: Books, entity: str, name: str) -> None:
    books.query(f"select count(*) from {entity} where {name} = {VALUES.get(name, chr(39) + '1' + chr(39))}")


@pytest.mark.parametrize(
    ("entity", "name"), [(entity, name) for entity, given in NOT_QUERYABLE.items() for name in given.split()]
)
def test_it_may_not_be_asked_for_by(books: Books, entity: str, name: str) -> None:
    assert refusal(books, f"select * from {entity} where {name} = '1'") == (
        "4001",
        "Invalid query",
        f"QueryValidationError: property '{name}' is not queryable",
    )


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("select * from Custmoer", "invalid context declaration: Custmoer"),
        ("select * from TaxService", "Metadata not found for Entity: TaxService"),
        ("select count(*) from ShipMethod", "Metadata not found for Entity: ShipMethod"),
        ("select * from Customer where Shoe = '1'", "Property Shoe not found for Entity Customer"),
        ("select Shoe from Term", "Property Shoe not found for Entity Term"),
        ("select * from Customer startposition 0", "value 0 is too small. Min allowed value is 1"),
        ("select * from Customer maxresults 1001", "value 1001 is too large. Max allowed value is 1000"),
    ],
)
def test_an_invalid_query_says_what_of_it_is(books: Books, statement: str, detail: str) -> None:
    assert refusal(books, statement) == ("4001", "Invalid query", f"QueryValidationError: {detail}")


@pytest.mark.parametrize("condition", ["Id = 'invalid'", "Id in ('1', '1.5')"])
def test_an_id_that_is_no_number_is_invalid(books: Books, condition: str) -> None:
    assert refusal(books, f"{SELECT} {condition}")[:2] == ("2030", "Invalid ID")
    assert books.query("select * from TaxCode where Id = 'invalid'") == {}


@pytest.mark.parametrize(
    "condition",
    [
        "Id > '1'",
        "Id LIKE '1%'",
        "Active > true",
        "Active = 'perhaps'",
        "Balance = 'much'",
        "Balance = '1e400'",
        "Balance = 'NaN'",
        "MetaData.CreateTime > '9999-12-31T23:00:00-12:00'",
    ],
)
def test_an_operator_and_a_value_must_fit_the_property(books: Books, condition: str) -> None:
    assert refusal(books, f"{SELECT} {condition}")[0] == "4001"


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "select",
        "select from Customer",
        "select * from",
        "select * from Customer where",
        "select * from Customer where Active = true or Active = false",
        "select * from Customer where (Id = '1')",
        "select * from Customer where Id != '1'",
        "select * from Customer where Id = 1 and",
        "select * from Customer group by Id",
        "select * from Customer, Vendor",
        "select * from Customer maxresults 5 maxresults 6",
        "select * from Customer maxresults '5'",
        "select * from where Id = '1'",
        "select * from Customer where DisplayName = 'open",
        'select * from Customer where DisplayName = "double"',
        "delete from Customer",
    ],
)
def test_what_is_no_statement_is_a_parse_error(books: Books, statement: str) -> None:
    code, message, detail = refusal(books, statement)
    assert (code, message) == ("4000", "Error parsing query")
    assert detail.startswith("QueryParserError: ")


def test_a_parse_error_tells_what_it_met_and_what_it_expected(books: Books) -> None:
    statement = f"{SELECT} Id = '1' R"
    assert refusal(books, statement)[2] == (
        f'QueryParserError: Encountered " <IDENTIFIER> "R "" at line 1, column {len(statement)}.\n'
        "Was expecting one of:\n"
        "    <EOF> \n"
        "    <AND> ...\n"
        '    "iterator" ...\n'
        '    "maxresults" ...\n'
        "    <OR> ...\n"
        '    "order" ...\n'
        '    "orderby" ...\n'
        '    "startposition" ...\n'
        "    "
    )


def test_or_is_known_to_the_parser_and_refused(books: Books) -> None:
    assert ' <OR> "or ""' in refusal(books, f"{SELECT} Id = '1' or Id = '2'")[2]


def test_a_column_is_counted_in_its_line(books: Books) -> None:
    assert "at line 2, column 3." in refusal(books, "select * from\n  where")[2]
