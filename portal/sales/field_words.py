"""What fields are called and how their values read: in history, and where two people edit at once."""

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select

from portal.dates import day
from portal.extensions import db
from portal.mapping.keys import key_settings
from portal.models import PaymentTerm
from portal.plan.exemptions import REASONS
from portal.plan.lines import price

LABELS = {
    "active": "Status",
    "email": "E-mail",
    "certificate": "Certificate number",
    "certificate_expires": "Certificate valid until",
    "exemption_reason": "Exemption note",
    "exemption_reason_id": "Exemption reason",
    "payment_term_id": "Payment term",
    "purchase_order_required": "Asks for a purchase order number",
    "number_prefix": "Numbers begin with",
    "number_digits": "Digits of a number",
    "credit_ending": "Ending of credit memos",
    "extra_ending": "Ending of extra invoices",
    "return_ending": "Ending of returns",
}
PRICES = ("unit_price", "cost")
SPELLED = ("tax_status", "kind")
ADDRESS = ("line1", "line2", "city", "province", "postal_code", "country")


class FieldDifference(NamedTuple):
    """One field in which two states of a record differ, as it reads."""

    what: str
    stored: str
    entered: str


def differences(stored: Mapping[str, Any], entered: Mapping[str, Any]) -> list[FieldDifference]:
    """The columns of `entered` that read otherwise than `stored` does, in their order."""
    pairs = [(name, text(name, stored.get(name)), text(name, value)) for name, value in entered.items()]
    return [FieldDifference(label(name), was, becomes) for name, was, becomes in pairs if was != becomes]


def sentence(found: list[FieldDifference]) -> str:
    """What changed, as history tells it."""
    return "; ".join(f"{what}: {was or 'none'} → {becomes or 'none'}" for what, was, becomes in found) + "."


def label(column: str) -> str:
    """What a column is called on forms."""
    if column == "third_party_id":
        return key_settings.third_party_id()
    return LABELS.get(column) or column.replace("_", " ").capitalize()


def text(column: str, value: Any) -> str:
    """A value of this column as a person reads it."""
    if value is None:
        return ""
    if column == "active":
        return "active" if value else "inactive"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column == "payment_term_id":
        return _term(value)
    if column == "exemption_reason_id":
        return REASONS.get(str(value), str(value))
    if column in SPELLED:
        return "zero-rated" if value == "zero_rated" else str(value).replace("_", " ")
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Mapping):
        return ", ".join(str(value[part]) for part in ADDRESS if value.get(part))
    if column in PRICES and isinstance(value, Decimal):
        return price(value)
    return plain(value) if isinstance(value, Decimal) else str(value)


def plain(value: Decimal | None) -> str:
    """A number without the zeros nobody wrote."""
    return "" if value is None else f"{value.normalize():f}"


def _term(term_id: uuid.UUID) -> str:
    return db.session.scalar(select(PaymentTerm.name).where(PaymentTerm.id == term_id)) or ""
