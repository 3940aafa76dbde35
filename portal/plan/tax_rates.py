"""Which rate of a tax code is in force on a day, and with which QBO reckoned where it came to another tax."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from portal.dates import day as told_day
from portal.models.types import cents_of
from portal.plan.lines import Line, Lines, percent
from portal.plan.taxes import TAXED, Bearing, roundings, total_tax
from portal.plan.types import TaxCode

A_DAY = timedelta(days=1)


def in_force(made: Lines, day: date) -> Lines:
    """The same lines, each with what its code takes on that day."""
    return replace(
        made,
        lines=[_dated(line, day) for line in made.lines],
        borne=[(amount, bears and _on(bears, day)) for amount, bears in made.borne],
    )


def rate_words(code: TaxCode) -> str:
    """“15 %, in force until 31 Mar 2025”, of a code as it is on some day."""
    bounds = {"until": code.until, "from": code.since}
    told = next((f", in force {word} {told_day(each)}" for word, each in bounds.items() if each), "")
    return f"{percent(code.rate)} %{told}"


def coming_change(code: TaxCode, today: date) -> str:
    """“14 % from 1 Apr 2025”, where another rate is known to follow; else empty."""
    now = code.on(today)
    if now.until is None:
        return ""
    following = now.until + A_DAY
    return f"{percent(code.on(following).rate)} % from {told_day(following)}"


def moved_rate(borne: Iterable[Bearing], invoice: date, txn: date) -> str:
    """What is to be told of a document that is dated otherwise, where a rate changed in between; else empty.
    QBO reckons with the day that the document has."""
    codes = dict.fromkeys(bears.rate for bears in borne if bears.rate)
    moved = [code for code in codes if code.on(invoice).rate != code.on(txn).rate]
    told = [
        f"{code.name} of {percent(code.on(txn).rate)} %, and not the {percent(code.on(invoice).rate)} %"
        for code in moved
    ]
    return f"It bears {' and '.join(told)} of {told_day(invoice)}." if told else ""


def other_rate(
    document: Mapping[str, Any], codes: Mapping[str, TaxCode], ours: int, theirs: int, *, is_us: bool
) -> tuple[str, str] | None:
    """With which rates ours and theirs were reckoned, in words, where those of another day explain what QBO
    made of a document of ours. ours, theirs: cents of tax; None where no known rate explains it.
    """
    text = document.get("TxnDate")
    borne = [] if not text else list(borne_by(document, codes))
    if not borne or any(bears.rate is None for _, bears in borne):
        return None
    day = date.fromisoformat(str(text))
    if not _comes_to(borne, day, ours, is_us=is_us):
        return None  # the list has changed since it was sent
    for other in _other_days(borne, day):
        if _comes_to(borne, other, theirs, is_us=is_us):
            changed = [
                code
                for code in dict.fromkeys(bears.rate for _, bears in borne if bears.rate)
                if code.on(day).rate != code.on(other).rate
            ]
            return (
                " and ".join(rate_words(code.on(day)) for code in changed),
                " and ".join(f"{percent(code.on(other).rate)} %" for code in changed),
            )
    return None


def _dated(line: Line, day: date) -> Line:
    return replace(line, bears=_on(line.bears, day))


def _on(bears: Bearing, day: date) -> Bearing:
    return replace(bears, rate=bears.rate and bears.rate.on(day))


def borne_by(document: Mapping[str, Any], codes: Mapping[str, TaxCode]) -> Iterator[tuple[int, Bearing]]:
    """The lines of a document as it was sent, with the code that each bears. In the US that of the header
    stands for all that are taxed."""
    header = ((document.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef") or {}).get("value")
    for line in document.get("Line") or ():
        if line.get("DetailType") != "SalesItemLineDetail":
            continue
        said = ((line.get("SalesItemLineDetail") or {}).get("TaxCodeRef") or {}).get("value")
        code = str(header if said == TAXED else said or "")
        if said in (None, "NON"):
            continue
        yield cents_of(line.get("Amount")), Bearing(str(said), codes.get(code), "")


def _comes_to(borne: list[tuple[int, Bearing]], day: date, cents: int, *, is_us: bool) -> bool:
    dated = [(net, _on(bears, day)) for net, bears in borne]
    tax = total_tax(dated, is_us)
    return tax is not None and 2 * abs(tax - cents) <= roundings(dated, is_us)


def _other_days(borne: list[tuple[int, Bearing]], day: date) -> list[date]:
    """A day of each other period of any of these codes, the nearest first."""
    days = {
        one.since or (one.until or date.min)
        for _, bears in borne
        if bears.rate
        for one in bears.rate.periods
        if one.since != bears.rate.on(day).since
    }
    return sorted(days, key=lambda each: abs((each - day).days))
