"""Customers and items that somebody edited in QuickBooks: how they are read, and what differs then."""

import re
from typing import Any

from sqlalchemy import update

from portal import decisions
from portal.decisions.differing_fields import differing_fields
from portal.extensions import db
from portal.models import Location, Order, Sku
from portal.models.kinds import RecordRef
from tests.support.bookkeeping import Books

PHONE, EMAIL = {"FreeFormNumber": "905 555 0199"}, {"Address": "office@example.com"}


def place(books: Books) -> RecordRef:
    return RecordRef("location", books.place)


def goods(books: Books) -> RecordRef:
    return RecordRef("sku", books.goods)


def edit_there(books: Books, ref: RecordRef, **changes: Any) -> None:
    """Somebody changes it in QuickBooks; nobody has looked since."""
    entity = "Customer" if ref.kind == "location" else "Item"
    books.person("update", entity, id=books.link(ref.id).external_id, changes=changes)


def differ(books: Books) -> None:
    """The place's phone and e-mail were changed in QuickBooks, and that was read."""
    edit_there(books, place(books), PrimaryPhone=PHONE, PrimaryEmailAddr=EMAIL)
    check(books, place(books))


def check(books: Books, ref: RecordRef) -> str:
    return str(books.decide(decisions.check_record, ref))


def fields(books: Books, ref: RecordRef) -> dict[str, decisions.DifferingField]:
    """By QBO's name."""
    return {one.name: one for one in books.decide(differing_fields, ref)}


def verdicts(books: Books, ref: RecordRef) -> dict[str, str]:
    return {name: one.verdict for name, one in fields(books, ref).items()}


def there(books: Books, ref: RecordRef) -> dict[str, Any]:
    """As it stands in the simulator's own books."""
    entity = "Customer" if ref.kind == "location" else "Item"
    [one] = [each for each in books.all(entity) if each["Id"] == books.link(ref.id).external_id]
    return one


def change_here(books: Books, ref: RecordRef, **values: Any) -> None:
    """Without anything asking for a push; a product's description is set on the product."""
    with books.working():
        record: Any = db.session.get_one(Location if ref.kind == "location" else Sku, ref.id)
        for name, value in values.items():
            setattr(record, name, value)
        record.revision += 1


def claim_nothing(books: Books) -> None:
    """What a test wrote into the tables itself is no answer of QuickBooks': nothing is green by it."""
    with books.working():
        for table in (Location, Sku, Order):
            db.session.execute(update(table).values(integration_status="uncompared"))


def seen(page: str, field: str) -> str:
    """What a form says of this field's values."""
    found = re.search(rf'data-field="{field}".*?name="(?:change|use|keep)" value="([^"]+)"', page, re.S)
    assert found, field
    return found[1]
