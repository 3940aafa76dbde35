"""Sales tax as QuickBooks computes it: per line in Canada, on the document's sum in the US. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .wire import money

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Rate:
    """`percent` is of the net amount; a rate on top of other taxes has been multiplied out."""

    id: str
    percent: Decimal
    printed_percent: Decimal


@dataclass(frozen=True)
class Code:
    id: str
    name: str
    rates: tuple[Rate, ...]

    @property
    def whole_percent(self) -> Decimal:
        return sum((rate.percent for rate in self.rates), NOTHING)


@dataclass(frozen=True)
class TaxedAmount:
    """A line's net; `tax` stands only where the price included it, so that it is known already."""

    net: Decimal
    code: Code
    tax: Decimal | None = None


@dataclass(frozen=True)
class RateTotal:
    rate: Rate
    tax: Decimal
    net: Decimal


def to_cents(amount: Decimal) -> Decimal:
    """Half a cent is rounded away from zero, unless the company does otherwise."""
    return money(amount)


def rate_upon(below: Sequence[Rate], id: str, percent: Decimal, applies: str) -> Rate:
    """A rate of a code that has those `below` already. TaxOnAmount is of the net alone, TaxOnAmountPlusTax of
    net and the taxes below, TaxOnTax of those taxes only."""
    taxes = sum((each.percent for each in below), NOTHING) / 100
    share = {"TaxOnAmountPlusTax": 1 + taxes, "TaxOnTax": taxes}.get(applies, Decimal(1))
    return Rate(id, percent * share, percent)


def tax_of(net: Decimal, percent: Decimal) -> Decimal:
    return to_cents(net * percent / 100)


def net_of_gross(gross: Decimal, code: Code) -> Decimal:
    return to_cents(gross / (1 + code.whole_percent / 100))


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Cents in proportion to the weights; the last one that weighs takes what rounding leaves."""
    whole = sum(weights, NOTHING)
    if not whole:
        return [NOTHING for _ in weights]
    shares = [to_cents(amount * weight / whole) for weight in weights]
    last = max(place for place, weight in enumerate(weights) if weight)
    shares[last] += amount - sum(shares, NOTHING)
    return shares


def totals(amounts: Sequence[TaxedAmount], rounding: str) -> list[RateTotal]:
    """Tax per rate, in the order the rates are met. `rounding` is line, line-and-rate or document."""
    by_code: dict[str, list[TaxedAmount]] = {}
    for amount in amounts:
        by_code.setdefault(amount.code.id, []).append(amount)
    parts = [part for of_code in by_code.values() for part in _of_one_code(of_code, rounding)]
    return _merged(parts, rounding)


def _of_one_code(amounts: list[TaxedAmount], rounding: str) -> list[RateTotal]:
    code = amounts[0].code
    net = sum((amount.net for amount in amounts), NOTHING)
    if rounding == "line-and-rate":
        return [
            RateTotal(rate, sum((tax_of(each.net, rate.percent) for each in amounts), NOTHING), net)
            for rate in code.rates
        ]
    by_rate = [RateTotal(rate, tax_of(net, rate.percent), net) for rate in code.rates]
    if rounding == "document" or not by_rate:
        return by_rate
    whole = sum((_line_tax(amount) for amount in amounts), NOTHING)
    others = sum((part.tax for part in by_rate[:-1]), NOTHING)
    return [*by_rate[:-1], RateTotal(by_rate[-1].rate, whole - others, net)]


def _line_tax(amount: TaxedAmount) -> Decimal:
    return tax_of(amount.net, amount.code.whole_percent) if amount.tax is None else amount.tax


def _merged(parts: list[RateTotal], rounding: str) -> list[RateTotal]:
    """One rate may stand in several codes, as GST does; on a document it has one line."""
    merged: dict[str, RateTotal] = {}
    for part in parts:
        seen = merged.get(part.rate.id)
        if seen is None:
            merged[part.rate.id] = part
            continue
        net = seen.net + part.net
        tax = tax_of(net, part.rate.percent) if rounding == "document" else seen.tax + part.tax
        merged[part.rate.id] = RateTotal(part.rate, tax, net)
    return list(merged.values())
