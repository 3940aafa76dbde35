"""The rate in force on the day of a document: Nova Scotia's, 15 % up to 31 March 2025, 14 % from then on."""

from datetime import date
from typing import Any

import pytest

from portal.models.kinds import ref_of
from portal.plan import Choice, Linked, TaxCode
from portal.plan.tax_rates import coming_change, other_rate, rate_words
from tests import factories
from tests.plan.planning import CANADA, CANADIAN_CODES, but, linked, planned

LAST_OF_15, FIRST_OF_14 = date(2025, 3, 31), date(2025, 4, 1)
NOVA_SCOTIA = TaxCode.of(
    "HST NS",
    {
        "rate": "14",
        "components": [["15", "14"]],
        "agencies": ["1"],
        "periods": [
            {"rate": "15", "components": ["15"], "since": None, "until": "2025-03-31"},
            {"rate": "14", "components": ["14"], "since": "2025-04-01", "until": None},
        ],
    },
)
AS_KEPT_BEFORE = TaxCode.of("HST NS", {"rate": "14", "components": [["15", "14"]]})
HALIFAX = but(
    CANADA,
    today=date(2025, 4, 10),
    choices={**CANADA.choices, ("customer_tax", "default", ""): Choice("15", "HST NS")},
    tax_codes={**CANADIAN_CODES, "15": NOVA_SCOTIA},
)


@pytest.mark.parametrize(("day", "tax", "total"), [(LAST_OF_15, 1500, 11500), (FIRST_OF_14, 1400, 11400)])
def test_an_invoice_bears_the_rate_of_its_day(day: date, tax: int, total: int) -> None:
    made = planned(sold(day), linked(HALIFAX, sold(day)))
    assert (made.net, made.tax, made.total, made.order_tax) == (10000, tax, total, tax)


@pytest.mark.parametrize(("day", "tax"), [(LAST_OF_15, 1500), (FIRST_OF_14, 1400)])
def test_so_does_a_credit_memo(day: date, tax: int) -> None:
    back = sold(day, cents=-10000)
    made = planned(back, linked(HALIFAX, back))
    assert (made.kind, made.net, made.tax, made.order_tax) == ("credit_memo", 10000, tax, -tax)


def test_an_order_dated_on_the_first_open_day_bears_the_rate_of_that_day() -> None:
    order = sold(LAST_OF_15)
    closed = but(HALIFAX, closing_date=LAST_OF_15, closed_period_policy="first_open_day")
    made = planned(order, linked(closed, order))
    assert (made.payload["TxnDate"], made.tax) == ("2025-04-01", 1400)
    assert made.warnings[-1] == "It bears HST NS of 14 %, and not the 15 % of 31 Mar 2025."
    assert not planned(sold(FIRST_OF_14), linked(HALIFAX, sold(FIRST_OF_14))).warnings


def test_one_that_was_sent_and_is_dated_otherwise_bears_that_of_its_new_day() -> None:
    order = sold(FIRST_OF_14)
    context = linked(HALIFAX, order)
    sent = planned(order, context)
    order.invoice_date, order.revision = LAST_OF_15, 2
    there = Linked("invoice", "100", "0", ours_then=sent.sent, revision=1, theirs=sent.payload)
    made = planned(order, but(context, links={**context.links, ref_of(order): there}))
    assert (made.operation, made.payload["TxnDate"], made.tax) == ("update", "2025-03-31", 1500)


def test_where_their_date_is_kept_it_is_the_rate_of_that_one() -> None:
    order = sold(FIRST_OF_14)
    context = linked(HALIFAX, order)
    sent = planned(order, context)
    order.lines[0].amount, order.revision = 20000, 2
    dates = {"TxnDate": "2025-03-31", "DueDate": sent.payload.get("DueDate")}
    theirs = sent.payload | {name: value for name, value in dates.items() if value}
    kept = {"what": "theirs", "theirs": {"TxnDate": "2025-03-31"}, "ours": {"TxnDate": "2025-04-01"}}
    there = Linked(
        "invoice", "100", "1", ours_then=sent.sent, theirs_then=theirs, revision=1, theirs=theirs,
        decided={"dates": kept},
    )  # fmt: skip
    made = planned(order, but(context, links={**context.links, ref_of(order): there}))
    assert ("TxnDate" in made.payload, made.tax) == (False, 3000)


def test_a_list_kept_before_rates_had_days_gives_the_rate_as_it_was() -> None:
    order = sold(LAST_OF_15)
    context = but(HALIFAX, tax_codes=CANADIAN_CODES | {"15": AS_KEPT_BEFORE})
    assert planned(order, linked(context, order)).tax == 1400


@pytest.mark.parametrize(
    ("day", "words", "coming"),
    [
        (LAST_OF_15, "15 %, in force until 31 Mar 2025", "14 % from 1 Apr 2025"),
        (FIRST_OF_14, "14 %, in force from 1 Apr 2025", ""),
    ],
)
def test_what_a_rate_is_and_becomes_is_said(day: date, words: str, coming: str) -> None:
    assert (rate_words(NOVA_SCOTIA.on(day)), coming_change(NOVA_SCOTIA, day)) == (words, coming)


class TestWhichRateADifferenceComesFrom:
    @pytest.mark.parametrize(
        ("day", "ours", "theirs", "said"),
        [
            (LAST_OF_15, 1500, 1400, ("15 %, in force until 31 Mar 2025", "14 %")),
            (FIRST_OF_14, 1400, 1500, ("14 %, in force from 1 Apr 2025", "15 %")),
            (LAST_OF_15, 1500, 1300, None),  # no rate that is known
            (LAST_OF_15, 1400, 1500, None),  # ours is none of that day: the list has changed since
        ],
    )
    def test_it_is_said_where_a_known_rate_explains_it(
        self, day: date, ours: int, theirs: int, said: Any
    ) -> None:
        assert other_rate(sent_on(day), {"15": NOVA_SCOTIA}, ours, theirs, is_us=False) == said

    def test_a_code_that_is_not_known_explains_nothing(self) -> None:
        assert other_rate(sent_on(LAST_OF_15), {}, 1500, 1400, is_us=False) is None

    def test_in_the_us_the_code_of_the_header_counts(self) -> None:
        seattle = TaxCode.of(
            "Seattle",
            {
                "rate": "10.35",
                "components": [["3", "10.35"]],
                "periods": [
                    {"rate": "10.25", "components": ["10.25"], "since": None, "until": "2025-03-31"},
                    {"rate": "10.35", "components": ["10.35"], "since": "2025-04-01", "until": None},
                ],
            },
        )
        document = sent_on(LAST_OF_15, "TAX") | {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}
        said = ("10.25 %, in force until 31 Mar 2025", "10.35 %")
        assert other_rate(document, {"2": seattle}, 1025, 1035, is_us=True) == said


def sold(day: date, cents: int = 10000) -> Any:
    """One line of so many cents, delivered on that day in Halifax."""
    line = factories.line(quantity="1" if cents > 0 else "-1", unit_price="100")
    return factories.order(lines=[line], invoice_date=day, order_date=day, delivery_date=day)


def sent_on(day: date, code: str = "15") -> dict[str, Any]:
    detail = {"ItemRef": {"value": "21"}, "Qty": "1", "TaxCodeRef": {"value": code}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": "100.00", "SalesItemLineDetail": detail}
    return {"TxnDate": day.isoformat(), "Line": [line]}
