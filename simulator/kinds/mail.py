"""What counts as an e-mail address, one or several with commas."""

from __future__ import annotations


def bad_addresses(written: str) -> list[str]:
    """Those without an at, a name before it or a dot behind it, and those with a blank inside."""
    bad = []
    for each in written.split(","):
        name, at, host = each.strip().partition("@")
        if not (name and at and "." in host) or " " in each.strip():
            bad.append(each)
    return bad
