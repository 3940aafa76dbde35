"""What the catalogue says of one kind of problem."""

from dataclasses import dataclass
from typing import Literal

Place = Literal[
    "record",
    "keys",
    "payment-terms",
    "tax",
    "customer-accounts",
    "product-tax",
    "product-accounts",
    "sync",
    "connection",
    "quickbooks",
    "drawer",
]


@dataclass(frozen=True)
class Entry:
    """title and meaning may hold {values}. label: what the badge says before anything was asked for.

    together: in place of the title, of several records at once, where the title tells of one.
    """

    title: str
    meaning: str
    causes: tuple[str, ...]
    fix: str
    fix_label: str
    place: Place
    label: str = "Needs attention"
    together: str = ""
