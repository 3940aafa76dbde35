"""The numbers that the portal gives: of new orders, and of those that are made from another one."""

from typing import Literal

from sqlalchemy import select, update

from portal.extensions import db
from portal.models import Order, Organization
from portal.sales.refused import Refused

Made = Literal["credit", "extra", "return"]

LARGEST = 999_999_999
"""Nine digits behind a prefix of twelve letters are what QBO takes as a number."""
MOST_SKIPPED = 1_000
"""So many numbers in a row that orders have already are passed over."""


def next_number() -> str | None:
    """What the next order is given where nobody enters a number; None while people enter each."""
    organization = _organization()
    given = organization.next_number
    return None if given is None else written(given, organization.number_prefix, organization.number_digits)


def take_number() -> str:
    """The next number that no order has; whoever asks after this is given a later one.

    Raises Refused while people enter each. The caller commits, and gives it back by rolling back.
    """
    organization_id = db.session.info["organization_id"]
    one_on = (
        update(Organization)
        .where(Organization.id == organization_id, Organization.next_number <= LARGEST)
        .values(next_number=Organization.next_number + 1)
        .returning(Organization.next_number, Organization.number_prefix, Organization.number_digits)
        .execution_options(synchronize_session=False)
    )
    for _ in range(MOST_SKIPPED):
        row = db.session.execute(one_on).one_or_none()
        if row is None:
            raise Refused("Enter a number.", field="number")
        number = written(row.next_number - 1, row.number_prefix, row.number_digits)
        if db.session.scalar(select(Order.id).where(Order.number == number)) is None:
            return number
    raise Refused(
        f"The next {MOST_SKIPPED:,} numbers are all taken. Enter one here, and have an administrator choose "
        "a higher next number under Settings › Organization.",
        field="number",
    )


def written(number: int, prefix: str, digits: int) -> str:
    """`SO-00124`: with so many digits at least."""
    return f"{prefix}{number:0{digits}}"


def ending(made: Made) -> str:
    """What the number of an order that is made from another one ends in, before a count: `-C`."""
    return str(getattr(_organization(), f"{made}_ending"))


def _organization() -> Organization:
    return db.session.get_one(Organization, db.session.info["organization_id"])
