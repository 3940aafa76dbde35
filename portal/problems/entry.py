"""What the catalogue says of one kind of problem."""

from dataclasses import dataclass
from typing import Literal

Page = Literal[
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


@dataclass(frozen=True, kw_only=True)
class Entry:
    """title, meaning, because and fix may hold {values}.

    because: what it likely comes from. page: where it is put right. label: what the badge says before
    anything was asked for. together: in place of the title, of several records at once, where the title
    tells of one.
    """

    title: str
    meaning: str
    because: tuple[str, ...]
    fix: str
    fix_label: str
    page: Page
    label: str = "Needs attention"
    together: str = ""
