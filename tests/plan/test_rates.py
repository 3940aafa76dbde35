"""The exchange rate that a foreign document carries, and what its total comes to at home."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.models import Order
from portal.models.kinds import ref_of
from portal.models.types import storable
from portal.plan import Context, Linked, plan
from portal.plan.document_amounts import compare
from portal.plan.rates import Rate, home_amount, is_unpaid, rate_of, rate_wanted, read_on
from tests import factories
from tests.plan.planning import CANADA, US, but, codes, linked, one_problem, planned

DAY = date(2026, 11, 4)
OTHER_DAY = date(2026, 11, 3)
SEVERAL = but(CANADA, multicurrency=True)
RATE = Decimal("1.4012")
CENTS = st.integers(-(10**12), 10**12)
RATES = st.decimals("0.0000001", "100000", places=7)


def order_in(currency: str = "USD", **values: Any) -> Order:
    return factories.order(currency=currency, invoice_date=DAY, **values)


def keep(order: Order, rate: Decimal = RATE, day: date = DAY) -> None:
    order.exchange_rate, order.exchange_rate_pair, order.exchange_rate_date = rate, "USD/CAD", day


def read(order: Order) -> Context:
    """All is linked, and the rate was just read."""
    keep(order)
    return linked(SEVERAL, order)


def standing(order: Order, context: Context, balance: str = "127.13", **theirs: Any) -> Context:
    """Its document stands in QuickBooks at 1.4012, made of the order as it was on that day; the order has
    changed since."""
    sent = storable(planned(order, context).sent)
    link = Linked(
        "invoice",
        "145",
        "3",
        sent,
        sent,
        revision=order.revision,
        theirs={**sent, "TotalAmt": "127.13", **theirs},
        dealings={"Balance": balance},
    )
    order.revision += 1
    return replace(context, links={**context.links, ref_of(order): link})


class TestNew:
    def test_it_names_the_rate_of_its_date(self) -> None:
        order = order_in()
        made = planned(order, read(order))
        assert (made.payload["ExchangeRate"], made.rate) == (RATE, RATE)
        assert made.sources["ExchangeRate"] == "rate of 4 Nov 2026 from QuickBooks"
        assert made.expected()["rate"] == "1.4012"

    def test_one_that_is_kept_with_the_order_is_asked_for_no_more(self) -> None:
        order = order_in()
        wanted = rate_wanted(order, read(order))
        assert wanted is not None and wanted.kept

    @pytest.mark.parametrize(
        "other",
        [
            {"exchange_rate_pair": "EUR/CAD"},
            {"exchange_rate_pair": "USD/EUR"},
            {"exchange_rate_date": OTHER_DAY},
        ],
    )
    def test_one_of_other_currencies_or_another_day_is_not_its_own(self, other: dict[str, Any]) -> None:
        kept: dict[str, Any] = {"exchange_rate_pair": "USD/CAD", "exchange_rate_date": DAY} | other
        order = order_in(exchange_rate=Decimal(2), **kept)
        context = linked(SEVERAL, order)
        wanted = rate_wanted(order, context)
        assert wanted is not None and (wanted.currency, wanted.day, wanted.kept) == ("USD", DAY, False)
        assert planned(order, context).unread_rate

    def test_before_it_was_asked_for_it_must_not_go(self) -> None:
        order = order_in()
        made = planned(order, linked(SEVERAL, order))
        assert made.unread_rate
        assert "ExchangeRate" not in made.payload

    def test_where_quickbooks_has_none_it_says_so(self) -> None:
        order = order_in()
        assert one_problem(plan(order, replace(linked(SEVERAL, order), unrated={("USD", DAY)}))) == (
            "exchange_rate_missing",
            "rate:USD:2026-11-04",
            {"currency": "USD", "home": "CAD", "date": "2026-11-04"},
        )

    def test_in_a_closed_period_it_is_that_of_the_first_open_day(self) -> None:
        order = order_in()
        context = but(SEVERAL, closing_date=DAY, closed_period_policy="first_open_day")
        wanted = rate_wanted(order, linked(context, order))
        assert wanted is not None and wanted.day == DAY + timedelta(days=1)

    @pytest.mark.parametrize(("context", "currency"), [(SEVERAL, "CAD"), (CANADA, "CAD"), (US, "USD")])
    def test_one_in_the_home_currency_names_none(self, context: Context, currency: str) -> None:
        order = order_in(currency)
        context = linked(context, order)
        assert rate_wanted(order, context) is None
        made = planned(order, context)
        assert ("ExchangeRate" in made.payload, made.rate, made.unread_rate) == (False, None, False)

    def test_a_credit_memo_names_it_too(self) -> None:
        order = order_in(lines=[factories.line(factories.sku("Case", "12.50"), "-4")])
        made = planned(order, read(order))
        assert (made.kind, made.payload["ExchangeRate"]) == ("credit_memo", RATE)


class TestStanding:
    def test_an_update_names_the_one_that_stands_there(self) -> None:
        order = order_in()
        context = standing(order, read(order), ExchangeRate="1.41")
        order.purchase_order_number = "99"
        made = planned(order, context)
        assert (made.payload["ExchangeRate"], made.rate) == (Decimal("1.41"), Decimal("1.4012"))
        assert "CustomerRef" not in made.payload
        assert rate_wanted(order, context) is None

    @pytest.mark.parametrize(("balance", "rate"), [("127.13", Decimal("1.3")), ("100.00", RATE)])
    def test_another_date_brings_another_one_only_while_nothing_is_paid(
        self, balance: str, rate: Decimal
    ) -> None:
        order = order_in()
        context = standing(order, read(order), balance)
        order.invoice_date = OTHER_DAY
        wanted = rate_wanted(order, context)
        assert wanted is not None and (wanted.day, wanted.redated) == (OTHER_DAY, True)
        keep(order, Decimal("1.3"), OTHER_DAY)
        made = planned(order, context)
        assert (made.payload["TxnDate"], made.payload["ExchangeRate"]) == ("2026-11-03", rate)

    def test_one_that_stands_there_in_another_currency_says_nothing_of_its_rate(self) -> None:
        order = order_in()
        context = standing(order, read(order), CurrencyRef={"value": "CAD"}, ExchangeRate="1")
        wanted = rate_wanted(order, context)
        assert wanted is not None and (wanted.kept, wanted.redated) == (True, False)
        order.exchange_rate = None
        assert rate_of(order, "USD", DAY, context) == Rate("USD", DAY, source=read_on(DAY))

    def test_a_rate_that_was_edited_there_is_nothing_to_decide(self) -> None:
        order = order_in()
        context = standing(order, read(order), ExchangeRate="1.5")
        order.lines[0].quantity += 1
        assert planned(order, context).payload["ExchangeRate"] == Decimal("1.5")

    def test_unless_the_date_changed_here_meanwhile(self) -> None:
        order = order_in()
        context = standing(order, read(order), ExchangeRate="1.5")
        order.invoice_date = OTHER_DAY
        keep(order, Decimal("1.3"), OTHER_DAY)
        assert codes(plan(order, context)) == ["edited_in_qbo"]


@pytest.mark.parametrize(
    ("there", "unpaid"),
    [
        ({"TotalAmt": "76.50", "Balance": "76.50"}, True),
        ({"TotalAmt": "76.50", "Balance": "76.50", "LinkedTxn": [{"TxnType": "Estimate"}]}, True),
        ({"TotalAmt": 0, "Balance": 0}, True),
        ({"TotalAmt": "76.50"}, False),
        ({}, False),
        ({"TotalAmt": "76.50", "Balance": "70.00"}, False),
        ({"TotalAmt": "76.50", "Balance": 0}, False),
        ({"TotalAmt": "76.50", "Balance": "76.50", "LinkedTxn": [{"TxnType": "Payment"}]}, False),
    ],
)
def test_unpaid_is_what_was_told_to_have_no_payment_credit_or_deposit(
    there: dict[str, Any], unpaid: bool
) -> None:
    assert is_unpaid(there) is unpaid


class TestAtHome:
    @given(CENTS, RATES)
    def test_it_is_the_exact_product_with_half_a_cent_away_from_zero(self, cents: int, rate: Decimal) -> None:
        exact = (cents * int(rate * 10**7), 10**7)
        whole, rest = divmod(abs(exact[0]), exact[1])
        expected = whole + (2 * rest >= exact[1])
        assert home_amount(cents, rate) == (expected if cents >= 0 else -expected)

    @given(CENTS)
    def test_at_one_it_is_the_same(self, cents: int) -> None:
        assert home_amount(cents, Decimal(1)) == cents

    @given(st.integers(0, 10**9), st.integers(0, 10**9), RATES)
    def test_the_greater_amount_never_comes_to_less(self, one: int, other: int, rate: Decimal) -> None:
        less, more = sorted((one, other))
        assert home_amount(less, rate) <= home_amount(more, rate)

    @given(st.integers(0, 10**9), RATES)
    def test_an_answer_at_our_rate_is_no_difference_and_at_another_it_is(
        self, total: int, rate: Decimal
    ) -> None:
        expected = {"net": total, "tax": 0, "total": total, "rate": f"{rate:f}"}
        at_home = (Decimal(total) * rate / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        entity = {"TotalAmt": Decimal(total) / 100, "ExchangeRate": rate, "HomeTotalAmt": at_home}
        assert compare(expected, entity) == {}
        cent_more = entity | {"HomeTotalAmt": at_home + Decimal("0.01")}
        ours = home_amount(total, rate)
        assert compare(expected, cent_more) == {"home": [ours, ours + 1]}

    def test_a_cent_that_quickbooks_rounds_otherwise_in_the_tax_is_none_at_home(self) -> None:
        expected = {"net": 5000, "tax": 650, "total": 5650, "tax_lines": 2, "rate": "1.4012"}
        entity = {
            "Line": [{"Amount": "50.00", "DetailType": "SalesItemLineDetail"}],
            "TxnTaxDetail": {"TotalTax": "6.51"},
            "TotalAmt": "56.51",
            "HomeTotalAmt": "79.18",
        }
        assert compare(expected, entity) == {"rounding": [650, 651]}

    def test_where_quickbooks_shows_no_total_at_home_nothing_is_said_of_it(self) -> None:
        expected = {"net": 5000, "tax": 650, "total": 5650, "rate": "1.4012"}
        assert compare(expected, {"TotalAmt": "56.50", "TxnTaxDetail": {"TotalTax": "6.50"}}) == {}
