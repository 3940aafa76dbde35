"""Companies of every kind."""

from __future__ import annotations

import requests

from tests.simulator.company import (
    Company,
    connect,
    fault,
    invoice,
    sale,
)
from tests.simulator.conftest import BASE


class TestSeeds:
    def seeded(self, session: requests.Session, name: str) -> Company:
        realm = session.post(f"{BASE}/control/seed", json={"company": name}).json()["realm"]
        return connect(session, BASE, realm)

    def test_american_with_automated_tax(self, session: requests.Session, app: object) -> None:
        company = self.seeded(session, "US-automated-tax")
        preferences = company.get("preferences").json()["Preferences"]
        assert preferences["TaxPrefs"] == {
            "UsingSalesTax": True, "TaxGroupCodeRef": {"value": "2"}, "PartnerTaxEnabled": True,
        }  # fmt: skip
        company.create("Customer", {"DisplayName": "Bar"})
        made = company.create("Invoice", invoice(sale("100.00", "TAX")))
        assert str(made["TotalAmt"]) == "108.00"

    def test_british(self, session: requests.Session, app: object) -> None:
        company = self.seeded(session, "GB")
        company.create("Customer", {"DisplayName": "The Crown"})
        made = company.create("Invoice", invoice(sale("100.00", "2"), sale("10.00", "4")))
        assert str(made["TotalAmt"]) == "130.00"
        code, detail = fault(company.post("invoice", invoice(sale("1.00", None))))
        assert (code, "VAT" in detail) == ("6000", True)
        assert made["CurrencyRef"]["value"] == "GBP"

    def test_many_currencies(self, session: requests.Session, app: object) -> None:
        company = self.seeded(session, "multicurrency")
        [buffalo] = company.query("SELECT * FROM Customer WHERE DisplayName = 'Buffalo Bottle Shop'")[
            "Customer"
        ]
        made = company.create(
            "Invoice", invoice(sale("10.00", "6"), customer=buffalo["Id"], CurrencyRef={"value": "USD"})
        )
        assert made["CurrencyRef"]["value"] == "USD"
        assert made["HomeTotalAmt"] == made["TotalAmt"]

    def test_one_that_is_there_stays_as_it_is(self, canada: Company, session: requests.Session) -> None:
        again = self.seeded(session, "CA")
        assert again.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 1}

    def test_all_can_be_had_at_once(self, canada: Company, session: requests.Session) -> None:
        assert len(session.post(f"{BASE}/control/reset", json={"seed": "all"}).json()["companies"]) == 5
