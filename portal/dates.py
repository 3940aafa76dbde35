"""How a day reads, wherever people read one."""

from datetime import date


def day(value: date) -> str:
    """`22 Nov 2026`."""
    return f"{value.day} {value:%b %Y}"


def day_in(text: object) -> str:
    """The same of a day as JSON carries it; what names no day stays as it is."""
    try:
        return day(date.fromisoformat(str(text)))
    except ValueError:
        return str(text)
