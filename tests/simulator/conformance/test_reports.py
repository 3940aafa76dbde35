"""Reports: the shape that clients read, and figures that follow from the documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from simulator.periods import asked_for
from simulator.reports import REPORTS
from tests.simulator.company import Body, fault, loads
from tests.simulator.conformance.books import Books

LONG_AGO = {"start_date": "2001-01-01", "end_date": "2001-12-31"}
SPACE = "{http://schema.intuit.com/finance/v3}"
SUNDAY = date(2026, 11, 22)


def asked(books: Books, name: str, **parameters: str) -> Body:
    answer = books.get(f"reports/{name}", **parameters)
    assert answer.status_code == 200, answer.text
    report: Body = loads(answer)
    return report


def lines(rows: Body) -> Iterator[list[str]]:
    """The text of each row, heads and sums among them."""
    for row in rows.get("Row", []):
        for part in (row.get("Header"), row if "ColData" in row else None):
            if part:
                yield [cell["value"] for cell in part["ColData"]]
        yield from lines(row.get("Rows", {}))
        if "Summary" in row:
            yield [cell["value"] for cell in row["Summary"]["ColData"]]


def figures(report: Body) -> dict[str, Decimal]:
    """The last figure of each row that has one, by its first cell."""
    return {first: Decimal(rest[-1]) for first, *rest in lines(report["Rows"]) if rest and rest[-1]}


def test_each_has_a_head_and_rows_as_wide_as_its_columns(books: Books) -> None:
    for number, code in enumerate(("customer", "vendor")):
        books.sell(Line=[books.sale(100.0 + number)], DueDate=f"2026-01-0{number + 1}", PrivateNote=code)
    vendor = {"value": books.create("Vendor", {"DisplayName": books.new("Mill")})["Id"]}
    spent = {"AccountBasedExpenseLineDetail": {"AccountRef": books.account("Expense")}}
    line = {"Amount": 5, "DetailType": "AccountBasedExpenseLineDetail", **spent}
    books.create("Bill", {"VendorRef": vendor, "Line": [line]})
    for name in REPORTS:
        report = asked(books, name)
        assert set(report) == {"Header", "Columns", "Rows"}
        assert report["Header"]["ReportName"] == name
        widths = {len(cells) for cells in lines(report["Rows"])}
        assert widths <= {len(report["Columns"]["Column"])}, name


def test_one_without_data_says_so_and_has_the_rows_that_were_recorded(books: Books) -> None:
    report = asked(books, "ProfitAndLoss", accounting_method="Cash", **LONG_AGO)
    head = report["Header"]
    assert (head["ReportBasis"], head["StartPeriod"], head["EndPeriod"]) == ("Cash", *LONG_AGO.values())
    assert head["Option"] == [
        {"Name": "AccountingStandard", "Value": "GAAP"}, {"Name": "NoReportData", "Value": "true"},
    ]  # fmt: skip
    assert [row["group"] for row in report["Rows"]["Row"]] == [
        "Income", "GrossProfit", "Expenses", "NetOperatingIncome", "NetIncome",
    ]  # fmt: skip


def test_in_xml_cells_are_attributes(books: Books) -> None:
    answer = books.session.get(
        f"{books.base}/v3/company/{books.realm}/reports/ProfitAndLoss",
        headers={"Authorization": f"Bearer {books.token}"},
        timeout=30,
    )
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{SPACE}Report"
    assert root.findtext(f"{SPACE}Header/{SPACE}ReportName") == "ProfitAndLoss"
    assert next(row.get("group") for row in root.iterfind(f"{SPACE}Rows/{SPACE}Row")) == "Income"
    assert [cell.get("value") for cell in root.iter(f"{SPACE}ColData")][:2] == ["Income", ""]


def test_one_of_a_customer_is_of_that_customer_alone(books: Books) -> None:
    for total in (70, 30):
        sold = books.sell(books.sale(float(total)), customer=books.customer()["Id"])
        who, name = sold["CustomerRef"]["value"], sold["CustomerRef"]["name"]
        report = asked(books, "ProfitAndLoss", date_macro="all", customer=who)
        assert report["Header"]["Customer"] == who
        assert figures(report)["Total Income"] == total
        owed = asked(books, "AgedReceivables", date_macro="all", customer=who)
        assert set(figures(owed)) == {name, "TOTAL"}


def test_what_documents_book_balances_and_is_earned_and_owed(canada: Books) -> None:
    before = {
        name: figures(asked(canada, name, date_macro="all")) for name in ("ProfitAndLoss", "BalanceSheet")
    }
    sold = canada.sell(canada.sale(100.0, canada.code("HST ON")))
    canada.pay(sold, 13.0)
    who = sold["CustomerRef"]["name"]

    def grown(report: str, name: str) -> Decimal:
        return figures(asked(canada, report, date_macro="all"))[name] - before[report].get(name, Decimal(0))

    assert grown("ProfitAndLoss", "Net Income") == grown("ProfitAndLoss", "Total Income") == 100
    assert grown("BalanceSheet", "Total Accounts Receivable") == 100
    assert grown("BalanceSheet", "Undeposited Funds") == grown("BalanceSheet", "Sales Tax Payable") == 13
    assert (
        grown("BalanceSheet", "TOTAL ASSETS") == grown("BalanceSheet", "TOTAL LIABILITIES AND EQUITY") == 113
    )
    for name in ("CustomerBalance", "AgedReceivables"):
        assert figures(asked(canada, name))[who] == 100
    assert figures(asked(canada, "CustomerIncome"))[who] == 100
    [total] = [cells[1:] for cells in lines(asked(canada, "TrialBalance")["Rows"]) if cells[0] == "TOTAL"]
    assert total[0] == total[1]


@pytest.mark.parametrize(
    "late", [("2026-11-22", 1), ("2026-11-21", 2), ("2026-10-01", 3), ("2026-08-30", 4), ("2026-01-01", 5)]
)
def test_receivables_stand_in_the_column_of_their_age(america: Books, late: tuple[str, int]) -> None:
    due, place = late
    sold = america.sell(DueDate=due, TxnDate="2026-11-01")
    report = asked(america, "AgedReceivables", report_date="2026-11-22")
    [row] = [cells for cells in lines(report["Rows"]) if cells[0] == sold["CustomerRef"]["name"]]
    assert [number for number, cell in enumerate(row) if cell == "100.00"] == [place, 6]


@pytest.mark.parametrize(
    ("macro", "start", "end"),
    [
        ("Today", "2026-11-22", "2026-11-22"), ("yesterday", "2026-11-21", "2026-11-21"),
        ("This Week", "2026-11-22", "2026-11-28"), ("Last Week-to-date", "2026-11-15", "2026-11-15"),
        ("Last Month", "2026-10-01", "2026-10-31"), ("This Month-to-date", "2026-11-01", "2026-11-22"),
        ("Last Fiscal Quarter", "2026-07-01", "2026-09-30"), ("Next Month", "2026-12-01", "2026-12-31"),
        ("this calendar year-to-date", "2026-01-01", "2026-11-22"),
        ("Last Fiscal Year", "2025-01-01", "2025-12-31"), ("Next 4 Weeks", "2026-11-22", "2026-12-20"),
        ("all", "1900-01-01", "2026-11-22"),
    ],
)  # fmt: skip
def test_a_period_may_be_named(macro: str, start: str, end: str) -> None:
    period = asked_for({"date_macro": macro}, SUNDAY)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "wrong",
    [{"date_macro": "once upon a time"}, {"start_date": "11/01/2026"}, {"accounting_method": "magic"}],
)
def test_a_period_or_basis_that_is_none_is_refused(books: Books, wrong: dict[str, str]) -> None:
    assert fault(books.get("reports/ProfitAndLoss", **wrong))[0] in ("2090", "2170")
