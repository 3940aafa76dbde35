"""The days above a search table: names of them, what an address says of them, and how they read."""

from datetime import date

import pytest

from portal.sales.search.filters import OrderFilter
from portal.web.records.narrowing import period, presets, without_preset
from tests.support.people import Browser, SignIn

TODAY = date(2026, 12, 1)  # a Tuesday
DATES = (("", "Order date"), ("invoice", "Invoice date"))


def test_weeks_begin_on_monday_and_months_end_where_they_end() -> None:
    assert {one.label: (str(one.days.start), str(one.days.end), one.told) for one in presets(TODAY)} == {
        "Today": ("2026-12-01", "2026-12-01", "1 Dec"),
        "Yesterday": ("2026-11-30", "2026-11-30", "30 Nov"),
        "This week": ("2026-11-30", "2026-12-06", "30 Nov – 6 Dec"),
        "Last week": ("2026-11-23", "2026-11-29", "23 – 29 Nov"),
        "This month": ("2026-12-01", "2026-12-31", "1 – 31 Dec"),
        "Last month": ("2026-11-01", "2026-11-30", "1 – 30 Nov"),
    }
    leap = {one.label: one.days for one in presets(date(2028, 2, 29))}
    assert leap["This month"] == (date(2028, 2, 1), date(2028, 2, 29))
    assert leap["Last month"] == (date(2028, 1, 1), date(2028, 1, 31))


@pytest.mark.parametrize(
    ("narrowed", "said"),
    [
        ({}, "Any date"),
        ({"dated": "invoice"}, "Any date"),
        ({"start": "2026-11-01", "end": "2026-11-30"}, "Last month"),
        ({"start": "2026-11-01", "end": "2026-11-30", "dated": "invoice"}, "Invoice date: Last month"),
        ({"start": "2026-11-03", "end": "2026-11-09"}, "3 – 9 Nov"),
        ({"start": "2026-11-03"}, "from 3 Nov 2026"),
        ({"end": "2026-11-03"}, "until 3 Nov 2026"),
        ({"start": "nonsense", "dated": "nonsense"}, "Any date"),
    ],
)
def test_the_control_says_which_days_are_shown(narrowed: dict[str, str], said: str) -> None:
    assert period(OrderFilter(**narrowed), DATES, TODAY).said == said


def test_a_name_in_an_address_becomes_its_days_and_leaves_the_rest() -> None:
    asked = {"q": "tap", "status": "", "start": "2026-01-01", "period": "yesterday", "bulk": "push"}
    days = {"start": "2026-11-30", "end": "2026-11-30"}
    assert without_preset(asked, TODAY) == {"q": "tap", "bulk": "push", **days}
    assert without_preset(asked | {"period": "any"}, TODAY) == {"q": "tap", "bulk": "push"}
    assert without_preset(asked | {"period": "x"}, TODAY)["start"] == "2026-01-01"


def test_without_a_script_a_name_of_days_leads_to_them(signed_in: SignIn) -> None:
    bo: Browser = signed_in("bookkeeper")
    answer = bo.get("/orders?q=tap&status=&period=today&bulk=push")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/orders?q=tap&bulk=push&start=")
    assert bo.get("/customers?period=today").status_code == 200
