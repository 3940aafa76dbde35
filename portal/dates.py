"""How a day reads, wherever people read one."""

from datetime import date

NO_YEAR_NEEDED = 180


def day(value: date) -> str:
    """`22 Nov 2026`."""
    return f"{value.day} {value:%b %Y}"


def day_soon(value: date, today: date) -> str:
    """`1 Dec`; with its year where that might be mistaken."""
    return day(value) if abs((value - today).days) > NO_YEAR_NEEDED else f"{value.day} {value:%b}"


def day_in(text: object) -> str:
    """The same of a day as JSON carries it; what names no day stays as it is."""
    try:
        return day(date.fromisoformat(str(text)))
    except ValueError:
        return str(text)
