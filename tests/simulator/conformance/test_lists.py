"""Company facts, preferences, terms, accounts, classes and locations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.company import Body, Control, fault, only
from tests.simulator.conformance.books import Books, named


class TestCompanyInfo:
    def test_it_tells_country_plan_and_time_zone(self, books: Books) -> None:
        info = only(books.get(f"companyinfo/{books.realm}"), "CompanyInfo")
        assert len(info["Country"]) == 2
        assert "/" in info["DefaultTimeZone"]
        pairs = {pair["Name"]: pair["Value"] for pair in info["NameValue"]}
        assert pairs["OfferingSku"].startswith("QuickBooks Online")

    def test_the_time_zone_may_be_another_or_missing(self, books: Books, control: Control) -> None:
        for told in ("America/Vancouver", ""):
            control.switch(books.realm, time_zone=told)
            info = only(books.get(f"companyinfo/{books.realm}"), "CompanyInfo")
            assert info.get("DefaultTimeZone", "") == told

    def test_another_plan_is_shown(self, books: Books, control: Control) -> None:
        control.switch(books.realm, plan="Simple Start")
        info = only(books.get(f"companyinfo/{books.realm}"), "CompanyInfo")
        assert {"Name": "OfferingSku", "Value": "QuickBooks Online Simple Start"} in info["NameValue"]

    def test_the_country_of_its_addresses_has_three_letters_and_no_place_on_the_map(
        self, books: Books
    ) -> None:
        address = only(books.get(f"companyinfo/{books.realm}"), "CompanyInfo")["CompanyAddr"]
        assert len(address["Country"]) == 3
        assert not {"Lat", "Long"} & set(address)

    def test_it_is_updated_sparsely_but_for_its_country(self, books: Books) -> None:
        info = only(books.get(f"companyinfo/{books.realm}"), "CompanyInfo")
        name = books.new("Legal")
        changed = books.update("CompanyInfo", info, LegalName=name, Country="ZZ")
        assert (changed["LegalName"], changed["Country"]) == (name, info["Country"])
        assert changed["CompanyName"] == info["CompanyName"]


class TestPreferences:
    def test_the_switches_stand_in_their_groups(self, books: Books) -> None:
        found = books.preferences
        assert {"CustomTxnNumbers", "AllowShipping", "AllowDiscount", "AllowDeposit", "AllowServiceDate",
                "AutoApplyCredit"} <= set(found["SalesFormsPrefs"])  # fmt: skip
        assert "UsingSalesTax" in found["TaxPrefs"]
        assert {"MultiCurrencyEnabled", "HomeCurrency"} <= set(found["CurrencyPrefs"])
        assert {"ClassTrackingPerTxn", "ClassTrackingPerTxnLine", "TrackDepartments"} <= set(
            found["AccountingInfoPrefs"]
        )

    def test_partner_tax_is_absent_where_there_is_no_automated_tax(self, canada: Books) -> None:
        assert canada.preferences["TaxPrefs"] == {"UsingSalesTax": True}

    def test_a_group_changes_what_it_names_and_tax_cannot_be_set(self, books: Books) -> None:
        found = books.preferences
        body = named(
            found, sparse=True, SalesFormsPrefs={"AllowShipping": True}, TaxPrefs={"UsingSalesTax": False}
        )
        changed = only(books.post("preferences", body), "Preferences")
        assert changed["SalesFormsPrefs"] == found["SalesFormsPrefs"] | {"AllowShipping": True}
        assert changed["TaxPrefs"] == found["TaxPrefs"]
        back = named(changed, sparse=True, SalesFormsPrefs={"AllowShipping": False})
        only(books.post("preferences", back), "Preferences")


class TestTerm:
    def test_days_may_be_sent_as_text_and_come_back_as_a_number(self, books: Books) -> None:
        made = books.create("Term", {"Name": books.new("Net 45")[:31], "DueDays": "45"})
        assert (made["DueDays"], made["Type"], made["DiscountDays"], made["DiscountPercent"]) == (
            45, "STANDARD", 0, 0,
        )  # fmt: skip

    def test_a_day_of_the_month_makes_it_date_driven(self, books: Books) -> None:
        body = {"Name": books.new("The 15th")[:31], "DayOfMonthDue": 15, "DueNextMonthDays": 5}
        made = books.create("Term", body)
        assert (made["Type"], made["DayOfMonthDue"]) == ("DATE_DRIVEN", 15)
        assert "DueDays" not in made

    def test_it_needs_a_name_and_days(self, books: Books) -> None:
        assert fault(books.post("term", {"Name": books.new("T")}))[0] == "2020"
        assert fault(books.post("term", {"DueDays": 5}))[0] == "2020"

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"DueDays": 1000}, "2090"),
            ({"DueDays": -1}, "2090"),
            ({"DayOfMonthDue": 32}, "2090"),
            ({"DueDays": 1, "DiscountPercent": 101}, "2090"),
            ({"DueDays": 1, "Name": "x" * 32}, "2050"),
        ],
    )
    def test_its_numbers_and_name_have_bounds(self, books: Books, wrong: Body, code: str) -> None:
        assert fault(books.post("term", {"Name": books.new("T"), **wrong}))[0] == code

    def test_its_name_is_its_own(self, books: Books) -> None:
        name = books.new("T")
        books.create("Term", {"Name": name, "DueDays": 1})
        assert fault(books.post("term", {"Name": name.upper(), "DueDays": 2}))[0] == "6240"

    @pytest.mark.parametrize(
        ("term", "sold", "due"),
        [
            ({"DueDays": 45}, "2026-11-01", "2026-12-16"),
            ({"DayOfMonthDue": 15}, "2026-11-10", "2026-11-15"),
            ({"DayOfMonthDue": 15}, "2026-11-20", "2026-12-15"),
            ({"DayOfMonthDue": 15, "DueNextMonthDays": 7}, "2026-11-10", "2026-12-15"),
            ({"DayOfMonthDue": 31}, "2026-11-10", "2026-11-30"),
            ({"DayOfMonthDue": 5}, "2026-12-10", "2027-01-05"),
        ],
    )
    def test_it_decides_the_due_date(self, books: Books, term: Body, sold: str, due: str) -> None:
        made = books.create("Term", {"Name": books.new("T"), **term})
        assert books.sell(SalesTermRef={"value": made["Id"]}, TxnDate=sold)["DueDate"] == due


class TestAccount:
    @pytest.mark.parametrize(
        ("account_type", "classification"),
        [
            ("Bank", "Asset"), ("Other Current Asset", "Asset"), ("Fixed Asset", "Asset"),
            ("Other Asset", "Asset"),
            ("Credit Card", "Liability"), ("Other Current Liability", "Liability"),
            ("Long Term Liability", "Liability"), ("Equity", "Equity"), ("Income", "Revenue"),
            ("Other Income", "Revenue"), ("Cost of Goods Sold", "Expense"), ("Expense", "Expense"),
            ("Other Expense", "Expense"),
        ],
    )  # fmt: skip
    def test_its_type_classifies_it(self, books: Books, account_type: str, classification: str) -> None:
        made = books.create("Account", {"Name": books.new("A"), "AccountType": account_type})
        assert (made["Classification"], made["AccountType"]) == (classification, account_type)
        assert made["AccountSubType"]
        assert (made["CurrentBalance"], made["SubAccount"], made["Active"]) == (0, False, True)
        assert set(made["CurrencyRef"]) == {"value", "name"}

    def test_a_sub_type_is_enough(self, books: Books) -> None:
        made = books.create("Account", {"Name": books.new("A"), "AccountSubType": "ServiceFeeIncome"})
        assert made["AccountType"] == "Income"

    def test_without_type_and_sub_type_it_is_refused(self, books: Books) -> None:
        assert fault(books.post("account", {"Name": books.new("A")}))[0] == "6010"

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"Name": 'a "b"'}, "2040"),
            ({"Name": "a:b"}, "2040"),
            ({"Name": "x" * 101}, "2050"),
            ({"Description": "x" * 101}, "2050"),
            ({"AcctNum": "1:2"}, "2040"),
            ({"AccountType": "Shoes"}, "2170"),
        ],
    )
    def test_its_fields_have_bounds(self, books: Books, wrong: Body, code: str) -> None:
        body = {"Name": books.new("A"), "AccountType": "Bank", **wrong}
        assert fault(books.post("account", body))[0] == code

    def test_it_stands_under_a_parent_at_most_five_deep(self, books: Books) -> None:
        above = books.create("Account", {"Name": books.new("A"), "AccountType": "Bank"})
        for level in range(1, 5):
            body = {"Name": f"L{level}", "AccountType": "Bank", "ParentRef": {"value": above["Id"]}}
            above = books.create("Account", body)
            assert above["SubAccount"] is True
        assert above["FullyQualifiedName"].endswith(":L1:L2:L3:L4")
        body = {"Name": "L5", "AccountType": "Bank", "ParentRef": {"value": above["Id"]}}
        assert fault(books.post("account", body))[0] == "6000"

    @pytest.mark.parametrize(
        ("sub_type", "account_type"),
        [("CashOnHand", "Bank"), ("CreditCard", "Credit Card"), ("Travel", "Expense")],
    )
    def test_its_sub_type_alone_tells_its_type(self, books: Books, sub_type: str, account_type: str) -> None:
        made = books.create("Account", {"Name": books.new("A"), "AccountSubType": sub_type})
        assert (made["AccountType"], made["AccountSubType"]) == (account_type, sub_type)

    def test_its_number_is_its_own_and_kept_where_numbers_are_not_shown(
        self, canada: Books, america: Books, control: Control
    ) -> None:
        for books, switched, longest in ((canada, 7, 20), (america, 20, 20), (america, 7, 7)):
            control.switch(books.realm, account_numbers=True, account_number_length=switched)
            body = {"AccountType": "Bank", "AcctNum": "4" * longest}
            made = books.create("Account", {"Name": books.new("A"), **body})
            assert made["AcctNum"] == "4" * longest
            assert fault(books.post("account", {"Name": books.new("B"), **body}))[0] == "6240"
            code, detail = fault(
                books.post("account", {"Name": "C", "AccountType": "Bank", "AcctNum": "5" * (longest + 1)})
            )
            assert (code, f"Max:{longest} " in detail) == ("2050", True)
        control.switch(canada.realm, account_numbers=False)
        made = canada.create("Account", {"Name": canada.new("A"), "AccountType": "Bank", "AcctNum": "1"})
        assert made["AcctNum"] == "1"


class TestClassAndDepartment:
    @pytest.mark.parametrize(("entity", "flag"), [("Class", "SubClass"), ("Department", "SubDepartment")])
    def test_they_nest(self, books: Books, entity: str, flag: str) -> None:
        above = books.create(entity, {"Name": books.new("West")})
        assert (above[flag], above["FullyQualifiedName"], above["Active"]) == (False, above["Name"], True)
        below = books.create(entity, {"Name": "North", flag: True, "ParentRef": {"value": above["Id"]}})
        assert (below[flag], below["FullyQualifiedName"]) == (True, f"{above['Name']}:North")
        assert fault(books.post(entity.lower(), {"Name": above["Name"]}))[0] == "6240"

    def test_documents_carry_them_only_where_they_are_tracked(self, canada: Books, control: Control) -> None:
        one = {"value": canada.create("Class", {"Name": canada.new("K")})["Id"]}
        two = {"value": canada.create("Department", {"Name": canada.new("D")})["Id"]}
        wanted: dict[str, Any] = {"ClassRef": one, "DepartmentRef": two}
        off = canada.sell(canada.sale(1.0, ClassRef=one), **wanted)
        assert not {"ClassRef", "DepartmentRef"} & set(off)
        assert "ClassRef" not in off["Line"][0]["SalesItemLineDetail"]
        control.switch(canada.realm, classes_per_document=True, classes_per_line=True, departments=True)
        on = canada.sell(canada.sale(1.0, ClassRef=one), **wanted)
        assert (on["ClassRef"]["value"], on["DepartmentRef"]["value"]) == (one["value"], two["value"])
        assert on["Line"][0]["SalesItemLineDetail"]["ClassRef"]["value"] == one["value"]
        for field, table in (("ClassRef", "Klasses"), ("DepartmentRef", "Depts")):
            answer = canada.post("invoice", canada.invoice() | {field: {"value": "75"}})
            assert fault(answer) == ("2500", f"Invalid Reference Id : {table} element id 75 not found")
