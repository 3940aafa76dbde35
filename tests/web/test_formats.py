"""How times read: relative for a week, then as the day they are, the exact time always on hover."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.models.base import now
from portal.web.formats import day, when


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(hours=25), "1 day ago"),
        (timedelta(days=6, hours=1), "6 days ago"),
        (timedelta(days=8), None),
        (-timedelta(days=1), None),
    ],
)
def test_a_time_reads_as_long_ago_while_that_tells_most(app: Flask, ago: timedelta, text: str | None) -> None:
    moment = now() - ago
    exact = f"{day(moment.date())}, {moment:%H:%M} UTC"  # nobody is signed in, whose zone it could be
    with app.test_request_context():
        shown = str(when(moment))
    assert f'title="{exact}"' in shown
    assert shown.endswith(f">{text or exact}</time>")
