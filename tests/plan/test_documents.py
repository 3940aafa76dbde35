"""Orders become invoices and credit memos: worked figures, typed out."""

from decimal import Decimal
from typing import Any

import pytest

from portal.models.books import SectionName
from portal.models.kinds import ref_of
from portal.plan import Choice, Waits, plan
from tests import factories
from tests.plan.planning import (
    CANADA,
    US,
    but,
    cents_of_lines,
    clean_order,
    codes,
    details,
    goods,
    linked,
    one_problem,
    planned,
)

BY_PROVINCE = but(
    CANADA,
    choices={
        **CANADA.choices,
        ("customer_tax", "default", "ON"): Choice("5", "HST ON"),
        ("customer_tax", "default", "QC"): Choice("8", "GST/QST QC"),
        ("customer_tax", "default", "-"): Choice("6", "Out of Scope"),
    },
)


def test_a_clean_order_becomes_an_invoice_field_by_field() -> None:
    order = clean_order()
    made = planned(order, linked(CANADA, order))
    assert (made.kind, made.operation, made.then_create) == ("invoice", "create", False)
    assert made.payload == {
        "CustomerRef": {"value": "7"},
        "DocNumber": "10023",
        "TxnDate": "2026-11-20",
        "DueDate": "2026-12-20",
        "ShipDate": "2026-11-20",
        "SalesTermRef": {"value": "3"},
        "BillAddr": {
            "Line1": "1 King St W",
            "City": "Toronto",
            "CountrySubDivisionCode": "ON",
            "PostalCode": "M5H 1A1",
        },
        "ShipAddr": {
            "Line1": "229 Bloor St W",
            "City": "Toronto",
            "CountrySubDivisionCode": "ON",
            "PostalCode": "M5H 1A1",
        },
        "CustomerMemo": {"value": "PO 4711"},
        "PrivateNote": "Routeique order 10023 (ref 7KX2M9QD-1)",
        "GlobalTaxCalculation": "TaxExcluded",
        "PrintStatus": "NotSet",
        "EmailStatus": "NotSet",
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal("50.00"),
                "Description": "Amber Ale – Case",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "21"},
                    "Qty": Decimal(4),
                    "UnitPrice": Decimal("12.5"),
                    "TaxCodeRef": {"value": "5"},
                },
            },
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal("20.00"),
                "Description": "Café Noir",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "22"},
                    "Qty": Decimal(1),
                    "UnitPrice": Decimal(20),
                    "TaxCodeRef": {"value": "3"},
                },
            },
        ],
    }


def test_fifty_with_hst_and_twenty_zero_rated_come_to_76_50() -> None:
    order = clean_order()
    made = planned(order, linked(CANADA, order))
    assert (made.net, made.tax, made.total) == (7000, 650, 7650)
    assert (made.unique_value, made.lines, made.tax_lines) == ("10023", 2, 1)
    figures = {"net": 7000, "tax": 650, "total": 7650, "tax_lines": 1, "doc_number": "10023"}
    assert made.expected().items() >= figures.items()


def test_every_field_says_where_it_comes_from() -> None:
    order = clean_order()
    made = planned(order, linked(CANADA, order))
    assert set(made.sources) >= made.payload.keys() - {"GlobalTaxCalculation"}
    assert made.sources["DocNumber"] == "key: order number"


def test_three_tax_codes_with_a_discount_and_an_odd_cent() -> None:
    """7.5 % off 125.85 + 167.93 + 54.20 = 347.98: 26.10, shared as 9.44, 12.60 and what remains, 4.06."""
    order = factories.order(
        lines=[
            factories.line(goods("IPA"), "3", "41.95"),
            factories.line(goods("Espresso", tax_status="zero_rated"), "7", "23.99"),
            factories.line(goods("Baco"), "1", "81.30", discount="33.333333"),
            factories.line(factories.deposit(), "72"),
        ],
        charges=[factories.charge(cents=2495)],
        percent_off="7.5",
    )
    made = planned(order, linked(CANADA, order))
    assert cents_of_lines(made) == [11641, 15533, 5014, 720, 2495]
    assert [detail["TaxCodeRef"]["value"] for detail in details(made)] == ["5", "3", "5", "6", "5"]
    assert (made.net, made.tax, made.total) == (35403, 2489, 37892)  # 15.13 + 6.52 + 3.24


def test_a_discounted_line_says_the_list_price_and_what_is_off() -> None:
    order = factories.order(
        lines=[
            factories.line(goods("IPA"), "4", "12.50", discount="10"),
            factories.line(goods("Stout"), "1", "10"),
        ],
        cents_off=500,
    )
    made = planned(order, linked(CANADA, order))
    assert [line["Description"] for line in made.payload["Line"]] == [
        "IPA – Case (List 12.50, less 10 %, less 4.09 of the discount on the order)",
        "Stout – Case (List 10.00, less 0.91 of the discount on the order)",
    ]
    assert cents_of_lines(made) == [4091, 909]
    assert [detail["UnitPrice"] for detail in details(made)] == [Decimal("10.2275"), Decimal("9.09")]


def test_ten_dollars_off_three_equal_lines_leave_the_odd_cent_to_the_last() -> None:
    order = factories.order(
        lines=[factories.line(goods(name), "8", "4.375") for name in "ABC"], cents_off=1000
    )
    made = planned(order, linked(CANADA, order))
    assert cents_of_lines(made) == [3167, 3167, 3166]
    assert (made.net, made.tax) == (9500, 1236)  # 3 × 4.12


def test_deposits_and_charges_bear_no_discount() -> None:
    order = factories.order(
        lines=[factories.line(goods("IPA"), "1", "100"), factories.line(factories.deposit(), "24")],
        charges=[factories.charge(cents=1500)],
        percent_off="10",
    )
    assert cents_of_lines(planned(order, linked(CANADA, order))) == [9000, 240, 1500]


def test_a_container_fee_bears_the_tax_of_the_drink_and_no_discount() -> None:
    fee = factories.sku("Recycling fee", "0.05", kind="container_fee")
    order = factories.order(
        lines=[factories.line(goods("IPA"), "1", "100"), factories.line(fee, "24")], percent_off="10"
    )
    made = planned(order, linked(CANADA, order))
    assert cents_of_lines(made) == [9000, 120]
    assert (made.net, made.tax) == (9120, 1186)  # 11.70 + 0.16


def test_empties_alone_are_a_credit_memo_like_any_other() -> None:
    order = factories.order(lines=[factories.line(factories.deposit("Keg", "50"), "-3")])
    made = planned(order, linked(CANADA, order))
    assert (made.kind, made.net, made.tax, made.total) == ("credit_memo", 15000, 0, 15000)
    assert [detail["TaxCodeRef"]["value"] for detail in details(made)] == ["6"]


def test_empties_and_returns_that_come_to_less_than_was_sold_stay_an_invoice() -> None:
    order = factories.order(
        lines=[
            factories.line(goods("Lager"), "2", "239"),
            factories.line(goods("Red"), "-1", "41.95"),
            factories.line(factories.deposit("Keg", "50"), "-3"),
        ]
    )
    made = planned(order, linked(CANADA, order))
    assert made.kind == "invoice"
    assert cents_of_lines(made) == [47800, -4195, -15000]
    assert [detail["Qty"] for detail in details(made)] == [2, -1, -3]
    assert [detail["UnitPrice"] for detail in details(made)] == [239, Decimal("41.95"), 50]
    assert (made.net, made.tax, made.total) == (28605, 5669, 34274)  # 62.14 − 5.45


def test_a_negative_total_becomes_a_credit_memo_with_every_sign_turned() -> None:
    order = factories.order(
        lines=[
            factories.line(goods("Pilsner"), "-3", "112.50"),
            factories.line(goods("Tonic"), "1", "16.7975"),
        ],
        charges=[factories.charge(cents=1500)],
        location=factories.location(payment_term=factories.term()),
    )
    made = planned(order, linked(CANADA, order))
    assert made.kind == "credit_memo"
    assert cents_of_lines(made) == [33750, -1680, -1500]
    assert [detail["Qty"] for detail in details(made)] == [3, -1, -1]
    assert [detail["UnitPrice"] for detail in details(made)] == [Decimal("112.5"), Decimal("16.7975"), 15]
    assert (made.net, made.tax, made.total) == (30570, 3975, 34545)  # 43.88 − 2.18 − 1.95
    assert not made.payload.keys() & {"DueDate", "SalesTermRef", "ShipDate"}


def test_negative_only_before_tax_is_an_invoice() -> None:
    order = factories.order(
        lines=[
            factories.line(goods("Cleaning"), "1", "30"),
            factories.line(factories.deposit(), "-315"),
        ]
    )
    made = planned(order, linked(CANADA, order))
    assert (made.kind, made.net, made.tax, made.total) == ("invoice", -150, 390, 240)


def test_a_line_given_away_stands_there_for_nothing() -> None:
    order = factories.order(lines=[factories.line(goods("Cider"), "1", "63.36", discount="100")])
    made = planned(order, linked(CANADA, order))
    assert (made.kind, made.net, made.tax) == ("invoice", 0, 0)
    assert details(made)[0]["UnitPrice"] == 0


def test_a_unit_price_that_would_fail_the_check_is_left_out() -> None:
    """0.67 over a million is 0.00000067, which 7 decimals can't say."""
    order = factories.order(
        lines=[
            factories.line(goods("Chips"), "300000", "0.012345"),
            factories.line(goods("Bulk"), "1000000", "0.000001", discount="33.3333"),
        ]
    )
    made = planned(order, linked(CANADA, order))
    assert cents_of_lines(made) == [370350, 67]
    assert [detail.get("UnitPrice") for detail in details(made)] == [Decimal("0.012345"), None]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (None, {"CustomerMemo": {"value": "PO 4711"}}),
        ("2", {"CustomField": [{"DefinitionId": "2", "Type": "StringType", "StringValue": "4711"}]}),
    ],
)
def test_the_purchase_order_number_goes_where_the_company_wants_it(field: str | None, expected: Any) -> None:
    order = clean_order()
    made = planned(order, linked(but(CANADA, purchase_order_field=field), order))
    assert {
        key: made.payload[key] for key in made.payload.keys() & {"CustomerMemo", "CustomField"}
    } == expected


@pytest.mark.parametrize(
    ("entered", "printed"),
    [
        ("PO 99", "PO 99"),
        ("po#99", "po#99"),
        ("P.O. 99", "P.O. 99"),
        ("PO-99", "PO-99"),
        ("PO99", "PO99"),
        ("Purchase order 99", "Purchase order 99"),
        ("99", "PO 99"),
        ("POLAR-1", "PO POLAR-1"),
        ("Spo 4", "PO Spo 4"),
    ],
)
def test_what_says_already_that_it_is_a_purchase_order_is_not_called_so_twice(
    entered: str, printed: str
) -> None:
    order = factories.order(purchase_order_number=entered)
    assert planned(order, linked(CANADA, order)).payload["CustomerMemo"] == {"value": printed}


def test_a_purchase_order_number_too_long_for_the_field_goes_into_the_memo() -> None:
    order = factories.order(purchase_order_number="4711-" + "9" * 40)
    made = planned(order, linked(but(CANADA, purchase_order_field="2"), order))
    assert made.payload["CustomerMemo"] == {"value": "PO 4711-" + "9" * 40}


class TestOrderNotes:
    NOTES = "Leave at the back door"

    def test_they_are_in_no_payload_unless_that_is_on(self) -> None:
        order = factories.order(notes=self.NOTES, purchase_order_number="4711")
        made = planned(order, linked(CANADA, order))
        assert self.NOTES not in repr(made.payload)
        assert made.payload["CustomerMemo"] == {"value": "PO 4711"}

    @pytest.mark.parametrize(
        ("number", "field", "message"),
        [(None, None, NOTES), ("4711", None, f"PO 4711\n{NOTES}"), ("4711", "2", NOTES)],
    )
    def test_they_are_printed_after_the_purchase_order_number(
        self, number: str | None, field: str | None, message: str
    ) -> None:
        order = factories.order(notes=self.NOTES, purchase_order_number=number)
        made = planned(order, linked(but(CANADA, print_notes=True, purchase_order_field=field), order))
        assert made.payload["CustomerMemo"] == {"value": message}
        assert made.warnings == ()

    def test_what_quickbooks_has_no_room_for_is_cut_and_that_is_said(self) -> None:
        order = factories.order(notes="x" * 1_000, purchase_order_number="4711")
        made = planned(order, linked(but(CANADA, print_notes=True), order))
        assert made.payload["CustomerMemo"] == {"value": "PO 4711\n" + "x" * 992}
        assert "the notes are cut there" in " ".join(made.warnings)


@pytest.mark.parametrize(
    ("wish", "print_status", "email_status"),
    [
        ("nothing", "NotSet", "NotSet"),
        ("print", "NeedToPrint", "NotSet"),
        ("email", "NotSet", "NeedToSend"),
    ],
)
def test_new_invoices_are_printed_or_mailed_as_set(wish: str, print_status: str, email_status: str) -> None:
    order = factories.order(location=factories.location(email="bar@fox.example"))
    made = planned(order, linked(but(CANADA, new_invoice=wish), order))
    assert (made.payload["PrintStatus"], made.payload["EmailStatus"]) == (print_status, email_status)
    assert made.payload.get("BillEmail") == ({"Address": "bar@fox.example"} if wish == "email" else None)


def test_currency_is_sent_only_where_the_company_has_several() -> None:
    order = factories.order(currency="USD")
    assert codes(plan(order, linked(CANADA, order))) == ["currency_differs"]
    made = planned(order, linked(but(CANADA, multicurrency=True), order))
    assert made.payload["CurrencyRef"] == {"value": "USD"}
    order = factories.order(currency="CAD")
    assert "CurrencyRef" not in planned(order, linked(CANADA, order)).payload


def test_what_was_frozen_counts_and_not_what_the_location_says_now() -> None:
    order = clean_order()
    order.location.tax_status = "exempt"
    order.location.payment_term = factories.term("Net 45", 45)
    order.location.delivery_address = {"line1": "Elsewhere"}
    made = planned(order, linked(CANADA, order))
    assert made.tax == 650
    assert made.payload["SalesTermRef"] == {"value": "3"}
    assert made.payload["ShipAddr"]["Line1"] == "229 Bloor St W"


def test_an_order_waits_for_what_is_on_its_way() -> None:
    order = clean_order()
    outcome = plan(order, CANADA)
    assert outcome == Waits((ref_of(order.location), ref_of(order.lines[0].sku), ref_of(order.lines[1].sku)))


def test_an_order_that_waits_and_has_problems_too_is_blocked_by_all_of_them() -> None:
    order = factories.order(
        "ROUTE-07/STOP-03/10023", location=factories.location(payment_term=factories.term("Net 45", 45))
    )
    assert codes(plan(order, CANADA)) == ["number_too_long", "term_not_mapped"]


def test_each_problem_is_told_once_however_many_lines_have_it() -> None:
    order = factories.order(lines=[factories.line(goods(name)) for name in "ABCDE"])
    context = but(linked(CANADA, order), choices={})
    assert codes(plan(order, context)) == ["tax_not_mapped"]


def test_charges_go_on_the_item_they_are_mapped_to() -> None:
    order = factories.order(lines=[], charges=[factories.charge(cents=1999)])
    made = planned(order, linked(CANADA, order))
    assert details(made) == [
        {
            "ItemRef": {"value": "41"},
            "Qty": Decimal(1),
            "UnitPrice": Decimal("19.99"),
            "TaxCodeRef": {"value": "5"},
        }
    ]
    assert made.payload["Line"][0]["Description"] == "Delivery"
    fuel = factories.charge_kind("Fuel surcharge")
    order = factories.order(charges=[factories.charge(fuel)])
    assert one_problem(plan(order, linked(CANADA, order))) == (
        "charge_not_mapped",
        f"charge:{fuel.id}",
        {"charge": "Fuel surcharge"},
    )


def test_in_the_us_the_header_carries_the_code_and_lines_say_tax_or_non() -> None:
    order = factories.order(
        lines=[
            factories.line(goods("Ale"), "1", "325.75"),
            factories.line(goods("Milk", tax_status="zero_rated"), "1", "20"),
            factories.line(factories.deposit(), "10"),
        ]
    )
    made = planned(order, linked(US, order))
    assert [detail["TaxCodeRef"]["value"] for detail in details(made)] == ["TAX", "NON", "NON"]
    assert made.payload["TxnTaxDetail"] == {"TxnTaxCodeRef": {"value": "2"}}
    assert "GlobalTaxCalculation" not in made.payload
    assert (made.net, made.tax, made.total) == (34675, 2606, 37281)  # 8 % of 325.75


def test_in_the_us_a_code_of_the_customers_own_wins_over_the_header() -> None:
    order = factories.order(lines=[factories.line(goods("Ale"), "1", "325.75")])
    made = planned(order, linked(US, order, customer={"DefaultTaxCodeRef": {"value": "4"}}))
    assert "TxnTaxDetail" not in made.payload
    assert made.tax == 2965  # 23.13 + 6.52, each rate by itself


def test_in_the_us_automated_tax_is_left_to_quickbooks() -> None:
    order = factories.order()
    made = planned(order, linked(but(US, automated_tax=True), order))
    assert details(made)[0]["TaxCodeRef"] == {"value": "TAX"}
    assert "TxnTaxDetail" not in made.payload
    assert (made.net, made.tax, made.total) == (11250, None, None)


def test_in_the_us_an_exempt_customer_needs_no_code() -> None:
    order = factories.order(location=factories.location(tax_status="exempt"))
    made = planned(order, linked(but(US, choices={}), order))
    assert (details(made)[0]["TaxCodeRef"], made.tax) == ({"value": "NON"}, 0)
    assert "TxnTaxDetail" not in made.payload


def test_a_company_without_sales_tax_gets_no_tax_codes() -> None:
    order = factories.order()
    made = planned(order, linked(but(CANADA, sales_tax=False, choices={}), order))
    assert "TaxCodeRef" not in details(made)[0]
    assert "GlobalTaxCalculation" not in made.payload
    assert (made.tax, made.total) == (0, 11250)


@pytest.mark.parametrize(
    ("province", "code", "tax"),
    [("Ont.", "5", 1300), ("qc ", "8", 1498), ("Québec", "8", 1498), ("P.Q.", "8", 1498), ("", "6", 0)],
)
def test_the_default_tax_follows_the_province_of_delivery(province: str, code: str, tax: int) -> None:
    place = factories.location(delivery_address={"line1": "x", "province": province})
    order = factories.order(lines=[factories.line(goods("Ale"), "1", "100")], location=place)
    made = planned(order, linked(BY_PROVINCE, order))
    assert (details(made)[0]["TaxCodeRef"]["value"], made.tax) == (code, tax)


def test_without_a_delivery_address_it_follows_the_billing_address() -> None:
    place = factories.location(billing_address={"province": "Que."}, delivery_address={"line1": " "})
    order = factories.order(lines=[factories.line(goods("Ale"), "1", "100")], location=place)
    assert details(planned(order, linked(BY_PROVINCE, order)))[0]["TaxCodeRef"]["value"] == "8"


@pytest.mark.parametrize(
    ("address", "chosen", "code", "cause"),
    [
        ({"province": "B.C."}, {}, "province_not_mapped", "tax:default@BC"),
        ({"province": "Ont./Que."}, {}, "province_not_mapped", "tax:default@ONT./QUE."),
        ({"city": "Hull"}, {("customer_tax", "default", "-"): None}, "province_not_mapped", "tax:default@-"),
        ({"province": "Wash.", "country": "U.S.A."}, {}, "abroad_not_mapped", "tax:abroad"),
        ({"province": "ON", "country": "Canda"}, {}, "country_unknown", "order:"),
    ],
)
def test_no_place_takes_the_default_in_silence(
    address: dict[str, str], chosen: dict[tuple[SectionName, str, str], None], code: str, cause: str
) -> None:
    order = factories.order(location=factories.location(delivery_address=address))
    choices = {key: one for key, one in BY_PROVINCE.choices.items() if key not in chosen}
    found, about, _ = one_problem(plan(order, linked(but(BY_PROVINCE, choices=choices), order)))
    assert (found, about.startswith(cause)) == (code, True)


def test_all_that_leaves_the_country_is_taxed_as_such_but_for_containers() -> None:
    keg = factories.sku("Keg", kind="container_deposit")
    lines = [
        factories.line(goods("Ale"), "1", "100"),
        factories.line(goods("Bread", tax_status="zero_rated"), "1", "5"),
        factories.line(keg, "1", "30"),
    ]
    order = factories.order(lines=lines, location=factories.location(delivery_address={"country": "FRA"}))
    choices = {**CANADA.choices, ("customer_tax", "abroad", ""): Choice("3", "Zero-rated")}
    for status in ("default", "exempt", "provincial_exempt"):
        order.location.tax_status = status
        made = planned(order, linked(but(CANADA, choices=choices), order))
        assert [one["TaxCodeRef"]["value"] for one in details(made)] == ["3", "3", "6"]
        assert made.payload["ShipAddr"] == {"Country": "FRA"}  # as it was written
    assert one_problem(plan(order, linked(US, order)))[:2] == ("abroad_not_mapped", "tax:abroad")
    american = {**US.choices, ("customer_tax", "abroad", ""): Choice("NON", "NON")}
    made = planned(order, linked(but(US, choices=american), order))
    assert [one["TaxCodeRef"]["value"] for one in details(made)] == ["NON", "NON", "NON"]


def test_the_key_may_be_the_external_reference() -> None:
    order = factories.order(external_reference=" RQ-10023 ")
    made = planned(order, linked(but(CANADA, order_ours="external_reference"), order))
    assert made.payload["DocNumber"] == "RQ-10023"


def test_the_ship_address_names_the_location_where_the_customer_is_named_by_a_code() -> None:
    order = factories.order(location=factories.location("Bloor St", third_party_id="FOX-7"))
    made = planned(order, linked(but(CANADA, customer_ours="third_party_id"), order))
    assert (made.payload["ShipAddr"]["Line1"], made.payload["ShipAddr"]["Line2"]) == (
        "Bloor St",
        "229 Bloor St W",
    )
