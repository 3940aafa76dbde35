"""Column types that keep what a float, a naive time or a plain text column would lose."""

import base64
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BigInteger, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

CENT = Decimal("0.01")
MICRO = Decimal("0.000001")

# Compared byte by byte on both databases, so that words of one prefix stand together in an index.
Word = String(60).with_variant(String(60, collation="C"), "postgresql")
# The same of what tables are sorted by.
SortKey = String(200).with_variant(String(200, collation="C"), "postgresql")


class Money(TypeDecorator[int]):
    """Whole minor units (cents). Refuses floats and Decimals: who has one must round it on purpose."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise TypeError(f"money is whole cents, not {value!r}")
        return value


class SixDecimals(TypeDecorator[Decimal]):
    """A Decimal of at most 6 decimals, stored as whole millionths, since SQLite's Numeric is a float."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise TypeError(f"a price or quantity is a Decimal, not {value!r}")
        millionths = Decimal(value) * 1_000_000
        if millionths != millionths.to_integral_value():
            raise ValueError(f"{value} has more than 6 decimals")
        return int(millionths)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 1_000_000).quantize(MICRO)


class Price(SixDecimals):
    """Units of currency, 6 decimals."""

    cache_ok = True


class Quantity(SixDecimals):
    """Units sold, 6 decimals; negative on a return."""

    cache_ok = True


class ExactDecimal(TypeDecorator[Decimal]):
    """A Decimal with whatever decimals it has, stored as text: an exchange rate as QBO printed it."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        if value is not None and not isinstance(value, Decimal):
            raise TypeError(f"an exact number is a Decimal, not {value!r}")
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time needs a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TokenCipher:
    """AES-256-GCM under named keys. The first key encrypts; every key decrypts what it once wrote.

    A ciphertext reads `key id:base64(nonce + sealed text)`. The associated data binds it to its table, row
    and column, so that one moved to another row does not decrypt (design: tokens are bound to their row).
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("no token key is configured")
        self._keys = dict(keys)
        self._current = next(iter(self._keys))

    def seal(self, text: str, bound_to: str) -> str:
        nonce = os.urandom(12)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, text.encode(), bound_to.encode())
        return f"{self._current}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, bound_to: str) -> str:
        key_id, _, encoded = sealed.partition(":")
        raw = base64.b64decode(encoded)
        return AESGCM(self._keys[key_id]).decrypt(raw[:12], raw[12:], bound_to.encode()).decode()


def cents(amount: Decimal) -> int:
    """Units of currency → cents, rounded half up (away from zero for negative amounts)."""
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def units(amount_cents: int) -> Decimal:
    """Cents → units of currency with two decimals."""
    return (Decimal(amount_cents) / 100).quantize(CENT)


def storable(payload: Any) -> Any:
    """A payload as a JSON column can hold it: Decimals as strings."""
    if isinstance(payload, Mapping):
        return {key: storable(value) for key, value in payload.items()}
    if isinstance(payload, list | tuple):
        return [storable(value) for value in payload]
    return f"{payload:f}" if isinstance(payload, Decimal) else payload


def cents_of(value: Any) -> int:
    """Cents of an amount as planned (Decimal), as stored (text) or as QBO printed it; 0 where it is
    missing.
    """
    number = number_of(value)
    return cents(number) if number is not None else 0


def number_of(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None
