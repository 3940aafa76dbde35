"""The audit log: who changed what, and when."""

from __future__ import annotations

import re

from tests.simulator.company import CANADA, Company, Control, invoice
from tests.simulator.conftest import BASE


def shown(canada: Company, path: str) -> str:
    """A page as one reads it: without its marks, blanks run together."""
    answer = canada.session.get(f"{BASE}{path}")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


class TestAuditLog:
    def test_it_says_who_did_what(self, canada: Company, control: Control) -> None:
        made = canada.create("Invoice", invoice(DocNumber="I-1"))
        control.person(CANADA, "update", "Invoice", id=made["Id"], changes={"PrivateNote": "by hand"})
        page = shown(canada, f"/app/{CANADA}/audit")
        by_hand, by_app = page.index("A person in QuickBooks Edited"), page.index("The connected app Added")
        assert by_hand < by_app
        assert page.count("Invoice I-1") == 2

    def test_of_one_record_it_names_the_fields(self, canada: Company, control: Control) -> None:
        control.person(CANADA, "rename", "Customer", id="1", name="Amy's Bar")
        page = shown(canada, f"/app/{CANADA}/audit?entity=Customer&id=1")
        assert "DisplayName" in page
        assert "FullyQualifiedName" in page
        assert "MetaData" not in page

    def test_it_has_pages(self, canada: Company) -> None:
        for number in range(52):
            canada.create("Term", {"Name": f"Term {number}", "DueDays": 1})
        first = canada.session.get(f"{BASE}/app/{CANADA}/audit").text
        following = re.search(r'href="\?before=(\d+)"', first)
        assert following is not None
        later = shown(canada, f"/app/{CANADA}/audit?before={following[1]}")
        assert ("Term 51" in first, "Term 51" in later, "Term Term 1 " in later) == (True, False, True)
        assert "Earlier changes" not in later

    def test_nothing_yet(self, canada: Company) -> None:
        assert "Nothing has been changed yet." in shown(canada, f"/app/{CANADA}/audit?before=1")

    def test_documents_and_customers_lead_to_their_history(self, canada: Company) -> None:
        made = canada.create("Invoice", invoice())
        page = canada.session.get(f"{BASE}/app/{CANADA}/invoice?txnId={made['Id']}").text
        assert f"/app/{CANADA}/audit?entity=Invoice&amp;id={made['Id']}" in page
        customer = canada.session.get(f"{BASE}/app/{CANADA}/customerdetail?nameId=1").text
        assert f"/app/{CANADA}/statement?nameId=1" in customer
