"""The lines of a document: what each kind must carry, what becomes of it, and the discount."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.simulator.company import Control, fault
from tests.simulator.conformance.books import Books, named


class TestLines:
    def test_a_line_needs_a_type_and_an_amount(self, books: Books) -> None:
        line = books.sale(1.0)
        for missing in ("DetailType", "Amount"):
            wrong = {key: value for key, value in line.items() if key != missing}
            assert fault(books.post("invoice", books.invoice(wrong))) == (
                "2020", f"Required parameter Line.{missing} is missing in the request",
            )  # fmt: skip
        assert fault(books.post("invoice", books.invoice(line | {"DetailType": "Shoe"})))[0] == "2170"

    def test_an_item_that_is_not_there_is_named_by_its_path(self, books: Books) -> None:
        answer = books.post("invoice", books.invoice(books.sale(1.0, ItemRef={"value": "99999999"})))
        assert fault(answer) == ("2500", "Invalid Reference Id : Line.SalesItemLineDetail.ItemRef")
        assert answer.json()["Fault"]["Error"][0]["element"] == "Line.SalesItemLineDetail.ItemRef"

    def test_an_inactive_item_is_refused(self, books: Books) -> None:
        gone = books.update("Item", books.create("Item", books.service()), Active=False)
        code, detail = fault(
            books.post("invoice", books.invoice(books.sale(1.0, ItemRef={"value": gone["Id"]})))
        )
        assert (code, "has been made inactive" in detail) == ("2500", True)

    def test_without_an_item_it_is_the_companys_default_one(self, books: Books) -> None:
        pairs = {pair["Name"]: pair["Value"] for pair in books.preferences["OtherPrefs"]["NameValue"]}
        usual = pairs.get("SalesFormsPrefs.DefaultItem")
        if usual is None:
            pytest.skip("the company has no default item")
        made = books.sell(books.sale(1.0, ItemRef=None))
        assert made["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] == usual

    def test_without_a_default_one_each_line_must_name_its_item(self, books: Books, control: Control) -> None:
        preferences = books.preferences
        books.post("preferences", named(preferences, sparse=True, OtherPrefs={"NameValue": []}))
        assert fault(books.post("invoice", books.invoice(books.sale(1.0, ItemRef=None))))[0] == "6440"

    def test_inventory_needs_a_quantity(self, books: Books) -> None:
        item: Any = {"value": books.create("Item", books.inventory())["Id"]}
        answer = books.post("invoice", books.invoice(books.sale(1.0, ItemRef=item)))
        assert fault(answer) == ("6520", "Quantity required for inventory item")
        assert answer.json()["Fault"]["Error"][0]["Message"] == "Missing Inventory Item Quantity"

    def test_inventory_is_not_sold_before_it_began(self, books: Books) -> None:
        item: Any = {"value": books.create("Item", books.inventory(InvStartDate="2026-11-10"))["Id"]}
        line = books.sale(1.0, ItemRef=item, Qty=1)
        assert fault(books.post("invoice", books.invoice(line, TxnDate="2026-11-09")))[0] == "6270"
        books.sell(line, TxnDate="2026-11-10")

    def test_a_line_may_be_negative_and_the_total_may_not(self, books: Books) -> None:
        assert books.sell(books.sale(10.0), books.sale(-4.0))["TotalAmt"] == 6
        assert fault(books.post("invoice", books.invoice(books.sale(-1.0)))) == (
            "6000", "Business Validation Error: Transaction amount must be 0 or greater",
        )  # fmt: skip

    def test_the_day_of_a_service_is_kept_where_that_is_on(self, books: Books, control: Control) -> None:
        line = books.sale(1.0, ServiceDate="2026-03-01")
        for allowed, kept in ((False, None), (True, "2026-03-01")):
            control.switch(books.realm, allow_service_date=allowed)
            assert books.sell(line)["Line"][0]["SalesItemLineDetail"].get("ServiceDate") == kept

    def test_shipping_is_a_line_where_it_is_on(self, books: Books, control: Control) -> None:
        line = books.sale(9.0, ItemRef={"value": "SHIPPING_ITEM_ID"})
        assert fault(books.post("invoice", books.invoice(books.sale(1.0), line)))[0] == "6000"
        control.switch(books.realm, allow_shipping=True)
        made = books.sell(books.sale(1.0), line)
        assert made["Line"][1]["SalesItemLineDetail"]["ItemRef"]["value"] == "SHIPPING_ITEM_ID"

    def test_text_among_the_lines_has_no_amount_and_a_subtotal_is_text(self, books: Books) -> None:
        words = {"DetailType": "DescriptionOnly", "DescriptionLineDetail": {}, "Description": "Thank you"}
        between = words | {"Description": "Subtotal:"}
        made = books.sell(books.sale(10.0), books.sale(5.0), between, books.sale(1.0), words)
        kinds = [line["DetailType"] for line in made["Line"]]
        sale, words_only = "SalesItemLineDetail", "DescriptionOnly"
        assert kinds == [sale, sale, words_only, sale, words_only, "SubTotalLineDetail"]
        assert "Amount" not in made["Line"][4]
        assert made["Line"][2]["Description"] == "Subtotal: 15.00"
        assert made["TotalAmt"] == 16

    def test_a_subtotal_that_is_sent_is_ignored(self, books: Books) -> None:
        sent = {"Amount": 5.0, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
        made = books.sell(books.sale(10.0), sent)
        assert [line["Amount"] for line in made["Line"]] == [10, 10]

    def test_its_own_lines_sent_back_change_nothing(self, books: Books) -> None:
        made = books.sell(books.sale(10.0, Qty=3), books.sale(20.0, Qty=2, UnitPrice=10))
        assert books.update("Invoice", made, Line=_floats(made["Line"])) == made

    def test_seven_hundred_and_fifty_lines_are_the_most_with_tax(self, america: Books) -> None:
        code = {"TxnTaxCodeRef": {"value": america.code("State sales tax 8%")}}
        lines = [america.sale(1.0, "TAX")] * 751
        assert fault(america.post("invoice", america.invoice(*lines, TxnTaxDetail=code)))[0] == "6000"
        assert america.sell(*lines[:750], TxnTaxDetail=code)["TotalAmt"] == 810
        assert america.sell(*([america.sale(1.0)] * 751))["TotalAmt"] == 751

    def test_a_description_has_4000_characters(self, books: Books) -> None:
        line = books.sale(1.0) | {"Description": "x" * 4001}
        assert fault(books.post("invoice", books.invoice(line)))[0] == "2050"


class TestDiscounts:
    PERCENT = {  # noqa: RUF012  # never changed
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }

    def test_its_amount_is_positive_and_subtracts_after_the_subtotal(self, books: Books) -> None:
        made = books.sell(books.sale(50.0), self.PERCENT)
        sale, subtotal, off = made["Line"]
        assert (sale["Amount"], subtotal["Amount"], off["Amount"]) == (50, 50, 5)
        assert off["DiscountLineDetail"]["PercentBased"] is True
        assert made["TotalAmt"] == 45

    def test_its_account_is_of_discounts_given(self, books: Books) -> None:
        account = books.account("Income", "DiscountsRefundsGiven")
        detail = {**self.PERCENT["DiscountLineDetail"], "DiscountAccountRef": account}  # type: ignore[dict-item]
        made = books.sell(books.sale(50.0), self.PERCENT | {"DiscountLineDetail": detail})
        assert made["Line"][2]["DiscountLineDetail"]["DiscountAccountRef"]["value"] == account["value"]
        wrong = detail | {"DiscountAccountRef": books.account("Expense")}
        answer = books.post(
            "invoice", books.invoice(books.sale(50.0), self.PERCENT | {"DiscountLineDetail": wrong})
        )
        assert fault(answer)[0] == "6430"

    def test_without_amount_and_percent_it_is_refused(self, books: Books) -> None:
        empty = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}}
        assert fault(books.post("invoice", books.invoice(books.sale(1.0), empty)))[0] == "6090"

    def test_there_is_one_at_most(self, books: Books) -> None:
        answer = books.post("invoice", books.invoice(books.sale(1.0), self.PERCENT, self.PERCENT))
        assert fault(answer)[0] == "6000"

    def test_it_must_be_allowed(self, books: Books, control: Control) -> None:
        control.switch(books.realm, allow_discount=False)
        assert fault(books.post("invoice", books.invoice(books.sale(1.0), self.PERCENT)))[0] == "6000"


def _floats(value: Any) -> Any:
    """What a client that read an entity sends back."""
    if isinstance(value, dict):
        return {key: _floats(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_floats(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value
