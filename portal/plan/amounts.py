"""Amounts in whole cents: rounding, sharing out a discount, unit prices that pass the check of QBO."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from portal.models.types import number_of, units

# Far more digits than any product of ours has, so that only the roundings named here happen.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
# QBO: quantities and unit prices have at most 7 decimals
UNIT_DECIMALS = Decimal("0.0000001")


def half_up(value: Decimal) -> int:
    """To a whole number, halves away from zero, as QBO rounds cents."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACT))


def percent_of(amount: int, percent: Decimal) -> int:
    """Cents: so many percent of an amount in cents, rounded half up."""
    return half_up(EXACT.multiply(Decimal(amount), percent).scaleb(-2, EXACT))


def spread(discount: int, amounts: Sequence[int]) -> list[int]:
    """What each amount bears of the discount, in cents: in proportion, each share rounded half up, the last
    amount that is not zero taking what remains.

    No share is greater than its amount or on the other side of zero: where the last could not bear what
    remains (only among amounts of a few cents), the ones before it do.
    """
    whole = sum(amounts)
    shares = [0] * len(amounts)
    bearing = [index for index, amount in enumerate(amounts) if amount]
    if not discount or not whole or not bearing:
        return shares
    for index in bearing[:-1]:
        shares[index] = half_up(EXACT.divide(Decimal(discount * amounts[index]), Decimal(whole)))
    remaining = discount - sum(shares)
    for index in reversed(bearing):
        least, most = min(0, amounts[index]), max(0, amounts[index])
        wanted = shares[index] + remaining
        shares[index] = min(max(wanted, least), most)
        remaining = wanted - shares[index]
        if not remaining:
            break
    return shares


def unit_price(amount: int, quantity: Decimal, list_price: Decimal) -> Decimal | None:
    """The unit price that stands beside quantity and amount, or None where none passes QBO's check.

    QBO: Qty × UnitPrice, rounded to the cent, must be Amount (6070), both with at most 7 decimals. The list
    price where it gives the amount, else the amount shared out over the quantity, as QBO itself would show
    it.
    """
    candidates = [list_price]
    if quantity:
        candidates.append(EXACT.divide(units(amount), quantity).quantize(UNIT_DECIMALS, context=EXACT))
    for price in candidates:
        if price >= 0 and passes_check(amount, quantity, price):
            return plain(price)
    return None


def passes_check(amount: int, quantity: Decimal, price: Decimal) -> bool:
    """QBO's check of a line: Qty × UnitPrice, rounded half up to the cent, is Amount."""
    exponents = (quantity.normalize().as_tuple().exponent, price.normalize().as_tuple().exponent)
    if any(isinstance(exponent, int) and exponent < -7 for exponent in exponents):
        return False
    return half_up(EXACT.multiply(quantity, price).scaleb(2, EXACT)) == amount


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros and never in exponent notation: 4, 12.5, 0.5306667."""
    value = value.normalize(EXACT)
    exponent = value.as_tuple().exponent
    return value.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else value


def same(ours: Any, theirs: Any) -> bool:
    """Whether two values of a payload say the same, be they as planned, as stored or as QBO printed them."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return ours.keys() == theirs.keys() and all(same(value, theirs[key]) for key, value in ours.items())
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, Decimal) or isinstance(theirs, Decimal):
        return number_of(ours) == number_of(theirs)
    return bool(ours == theirs)
