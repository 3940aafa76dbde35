"""How values read on pages: money, prices, days and times."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from flask import Flask
from flask_login import current_user
from markupsafe import Markup

from portal import dates
from portal.models.base import now
from portal.models.types import units
from portal.plurals import counted

# Beyond, the day itself tells more than how long ago it was.
RELATIVE_DAYS = 7


def register(app: Flask) -> None:
    """Hang the filters on the templates."""
    app.jinja_env.filters.update(
        counted=counted, money=money, number=number, price=price, day=day, when=when, at=at, took=took
    )


def money(cents: int | None, currency: str = "") -> str:
    """Cents → `1,234.50 CAD`."""
    if cents is None:
        return ""
    return f"{units(cents):,} {currency}".strip()


def number(value: Decimal | None) -> str:
    """A price or quantity without the zeros nobody wrote; at least as exact as stored."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price(value: Decimal | None) -> str:
    """A unit price: at least two decimals, `12.50` or `16.7975`."""
    if value is None:
        return ""
    text = number(value)
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


def day(value: date | None) -> str:
    """`22 Nov 2026`."""
    return "" if value is None else dates.day(value)


def when(value: datetime | None) -> str:
    """A relative time with the exact one on hover, in the organization's time zone."""
    if value is None:
        return ""
    local = value.astimezone(_zone())
    exact = f"{day(local.date())}, {local:%H:%M}{'' if local.tzinfo != UTC else ' UTC'}"
    element = Markup('<time datetime="{}" title="{}">{}</time>')
    return element.format(value.isoformat(), exact, _ago(value) or exact)


def at(value: datetime) -> Markup:
    """`14:02` of today, else with its day, in the organization's time zone."""
    zone = _zone()
    local = value.astimezone(zone)
    clock = f"{local:%H:%M}{'' if local.tzinfo != UTC else ' UTC'}"
    today = now().astimezone(zone).date()
    text = clock if local.date() == today else f"{clock} on {day(local.date())}"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)


def took(elapsed: timedelta) -> str:
    """How long something took, in two units at most."""
    minutes, seconds = divmod(max(int(elapsed.total_seconds()), 0), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "hour"), (minutes, "minute"), (0 if hours else seconds, "second")]
    return " ".join(counted(count, unit) for count, unit in parts if count) or "less than a second"


def _ago(value: datetime) -> str | None:
    seconds = (now() - value).total_seconds()
    if seconds < 0 or seconds >= RELATIVE_DAYS * 86400:
        return None
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h ago"
    days = int(seconds // 86400)
    return f"{counted(days, 'day')} ago"


def _zone() -> tzinfo:
    if not current_user or not current_user.is_authenticated:
        return UTC
    return current_user.user.organization.zone or UTC
