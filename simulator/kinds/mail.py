"""What counts as an e-mail address, one or several with commas."""

from __future__ import annotations

from ..books import Books


def bad_addresses(books: Books, written: str) -> list[str]:
    """Those without an at, a name before it or a dot behind it, and those with a blank inside."""
    if "," in written and books.switches["several_addresses"] == "refused":
        return [written]
    bad = []
    for each in written.split(","):
        name, at, host = each.strip().partition("@")
        if not (name and at and "." in host) or " " in each.strip():
            bad.append(each)
    return bad
