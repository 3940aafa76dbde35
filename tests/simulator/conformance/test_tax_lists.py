"""Tax codes, tax rates, the tax service that makes them, and agencies."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.company import fault, loads
from tests.simulator.conformance.books import Books

D = Decimal


class TestTaxLists:
    def test_a_rate_tells_its_value_agency_and_periods(self, books: Books) -> None:
        for rate in books.query("select * from TaxRate maxresults 1000").get("TaxRate", []):
            assert {
                "Name",
                "RateValue",
                "AgencyRef",
                "SpecialTaxType",
                "DisplayType",
                "EffectiveTaxRate",
            } <= set(rate)
            assert rate["SpecialTaxType"] in (
                "NONE", "ZERO_RATE", "FOREIGN_TAX", "REVERSE_CHARGE", "ADJUSTMENT_RATE",
            )  # fmt: skip

    @pytest.mark.parametrize("entity", ["TaxCode", "TaxRate"])
    def test_a_list_of_them_says_how_many_there_are(self, books: Books, entity: str) -> None:
        found = books.query(f"select * from {entity}")
        assert found["totalCount"] == books.query(f"select count(*) from {entity}")["totalCount"]

    def test_a_code_names_its_rates_on_sales_and_on_purchases(self, canada: Books) -> None:
        [code] = canada.query("select * from TaxCode where Name = 'HST ON'")["TaxCode"]
        [detail] = code["SalesTaxRateList"]["TaxRateDetail"]
        assert (detail["TaxTypeApplicable"], detail["TaxOrder"]) == ("TaxOnAmount", 0)
        rate = canada.read("TaxRate", detail["TaxRateRef"]["value"])
        assert (rate["Name"], rate["RateValue"]) == ("HST ON", 13)
        assert code["PurchaseTaxRateList"]["TaxRateDetail"]

    def test_an_adjustment_has_no_rate_on_sales(self, canada: Books) -> None:
        [code] = canada.query("select * from TaxCode where Name = 'GST/HST Adjustment'")["TaxCode"]
        assert code["SalesTaxRateList"] == {"TaxRateDetail": []}

    def test_every_code_is_taxable_but_non(self, books: Books) -> None:
        codes = {code["Id"]: code["Taxable"] for code in books.query("select * from TaxCode")["TaxCode"]}
        assert all(taxable for id, taxable in codes.items() if id != "NON")
        assert codes.get("NON", False) is False

    def test_the_pseudo_codes_have_no_token_domain_or_active(self, america: Books) -> None:
        codes = {code["Id"]: code for code in america.query("select * from TaxCode")["TaxCode"]}
        for id, taxable, group in (
            ("TAX", True, False),
            ("NON", False, False),
            ("CustomSalesTax", True, True),
        ):
            code = codes[id]
            assert (code["Name"], code["Taxable"], code["TaxGroup"]) == (id, taxable, group)
            assert not {"SyncToken", "domain", "sparse", "Active"} & set(code)
        assert america.read("TaxCode", "NON")["Name"] == "NON"

    @pytest.mark.parametrize("entity", ["taxcode", "taxrate"])
    def test_they_are_made_by_the_tax_service_alone(self, books: Books, entity: str) -> None:
        assert fault(books.post(entity, {"Name": books.new("T")}))[0] == "500"

    def test_the_tax_service_makes_a_code_and_its_rates(self, books: Books) -> None:
        agency = books.create("TaxAgency", {"DisplayName": books.new("Agency")})
        assert (agency["TaxTrackedOnSales"], agency["TaxTrackedOnPurchases"]) == (True, False)
        name, rate_name = books.new("Code"), books.new("Rate")
        rate = {
            "TaxRateName": rate_name,
            "RateValue": "7.5",
            "TaxAgencyId": agency["Id"],
            "TaxApplicableOn": "Sales",
        }
        answer = books.post("taxservice/taxcode", {"TaxCode": name, "TaxRateDetails": [rate]})
        made = loads(answer)
        assert made["TaxCode"] == name
        code = books.read("TaxCode", made["TaxCodeId"])
        [detail] = code["SalesTaxRateList"]["TaxRateDetail"]
        assert detail["TaxRateRef"]["name"] == rate_name
        assert books.read("TaxRate", detail["TaxRateRef"]["value"])["RateValue"] == D("7.5")
        assert (
            fault(books.post("taxservice/taxcode", {"TaxCode": name, "TaxRateDetails": [rate]}))[0] == "6240"
        )
        again = {"TaxRateId": detail["TaxRateRef"]["value"]}
        other = loads(
            books.post("taxservice/taxcode", {"TaxCode": books.new("Code"), "TaxRateDetails": [again]})
        )
        assert other["TaxRateDetails"][0]["TaxRateId"] == again["TaxRateId"]

    def test_a_code_that_was_made_takes_its_tax(self, canada: Books) -> None:
        agency = canada.create("TaxAgency", {"DisplayName": canada.new("Agency")})
        details = [
            {"TaxRateName": canada.new("Rate"), "RateValue": rate, "TaxAgencyId": agency["Id"]}
            for rate in (5, 2.5)
        ]
        made = loads(
            canada.post("taxservice/taxcode", {"TaxCode": canada.new("Code"), "TaxRateDetails": details})
        )
        sold = canada.sell(canada.sale(100.0, made["TaxCodeId"]))
        assert (sold["TxnTaxDetail"]["TotalTax"], len(sold["TxnTaxDetail"]["TaxLine"])) == (D("7.50"), 2)
