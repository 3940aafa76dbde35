"""DocNumber: who gives it, and when it is taken."""

from __future__ import annotations

from tests.simulator.company import CANADA, Company, Control, fault, invoice, sale


def test_with_custom_numbers_no_number_is_made_up(canada: Company) -> None:
    assert "DocNumber" not in canada.create("Invoice", invoice())
    assert canada.create("Invoice", invoice(DocNumber="AUTO_GENERATE"))["DocNumber"] == "1001"


def test_without_custom_numbers_they_count_on(america: Company) -> None:
    numbers = [
        america.create("Invoice", invoice(sale("1.00", "NON"), **given))["DocNumber"]
        for given in ({}, {}, {"DocNumber": "5000"}, {}, {"DocNumber": "RQ-1"}, {})
    ]
    assert numbers == ["1001", "1002", "5000", "5001", "RQ-1", "5002"]


def test_a_number_used_already_names_the_invoice_that_has_it(canada: Company) -> None:
    first = canada.create("Invoice", invoice(DocNumber="RQ-10023"))
    assert fault(canada.post("invoice", invoice(DocNumber="rq-10023"))) == (
        "6140",
        "Duplicate Document Number Error : You must specify a different number. "
        "This number has already been used. DocNumber=RQ-10023 is assigned to TxnType=Invoice with "
        f"TxnId={first['Id']}",
    )


def test_the_american_company_takes_a_number_twice(america: Company) -> None:
    for _ in range(2):
        america.create("Invoice", invoice(sale("1.00", "NON"), DocNumber="1"))


def test_a_duplicate_may_be_asked_for_or_the_check_be_off(canada: Company, control: Control) -> None:
    canada.create("Invoice", invoice(DocNumber="1"))
    canada.create("Invoice", invoice(DocNumber="1"), include="allowduplicatedocnum")
    control.switch(CANADA, docnumber_check=False)
    canada.create("Invoice", invoice(DocNumber="1"))
    assert canada.query("SELECT COUNT(*) FROM Invoice WHERE DocNumber = '1'") == {"totalCount": 3}


def test_a_voided_invoice_keeps_its_number_and_a_deleted_one_frees_it(canada: Company) -> None:
    made = canada.create("Invoice", invoice(DocNumber="1"))
    canada.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")
    assert fault(canada.post("invoice", invoice(DocNumber="1")))[0] == "6140"
    canada.post("invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="delete")
    canada.create("Invoice", invoice(DocNumber="1"))


def test_numbers_are_one_per_type_or_over_all_sales_forms(canada: Company, control: Control) -> None:
    canada.create("Invoice", invoice(DocNumber="1"))
    canada.create("CreditMemo", invoice(DocNumber="1"))
    canada.create("CreditMemo", invoice(DocNumber="2"))
    control.switch(CANADA, docnumber_group="sales")
    code, detail = fault(canada.post("invoice", invoice(DocNumber="2")))
    assert (code, "TxnType=Credit Memo" in detail) == ("6140", True)
