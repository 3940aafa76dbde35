"""A customer and an item that stand here and in QuickBooks, and what people make of one of their fields on
either side."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from portal import outbox
from portal.decisions import Value, as_answered
from portal.decisions.differing_fields import DifferingField, differing_fields
from portal.extensions import db
from portal.models import Location, Sku, SyncSettings
from portal.models.kinds import BECOMES, ENTITIES, RecordKind, RecordRef
from portal.sales import records
from tests.support import distributor
from tests.support.bookkeeping import Books


@dataclass(frozen=True)
class Case:
    """One field that travels with the next order or push, and not by itself when it is saved.

    field: QBO's. read, write: its text as QBO's JSON has it. first, then, other: three values of it.
    """

    kind: RecordKind
    field: str
    first: str
    then: str
    other: str
    read: Callable[[Mapping[str, Any]], str]
    write: Callable[[str], Any]
    # Another column of ours, a value of it, and QBO's field with that value.
    beside: tuple[str, Any, str, Any]

    @property
    def entity(self) -> str:
        return ENTITIES[BECOMES[self.kind]].entity


PHONE = Case(
    kind="location",
    field="PrimaryPhone",
    first="416-555-0101",
    then="416-555-0102",
    other="905-555-7777",
    read=lambda entity: str((entity.get("PrimaryPhone") or {}).get("FreeFormNumber") or ""),
    write=lambda text: {"FreeFormNumber": text},
    beside=("email", "bar@fox.example", "PrimaryEmailAddr", {"Address": "bar@fox.example"}),
)
DESCRIPTION = Case(
    kind="sku",
    field="Description",
    first="Amber ale, 24 × 355 ml",
    then="Amber ale, 24 × 473 ml",
    other="Ale, amber",
    read=lambda entity: str(entity.get("Description") or ""),
    write=lambda text: text,
    beside=("cost", Decimal("7.25"), "PurchaseCost", 7.25),
)
BOTH_KINDS = (PHONE, DESCRIPTION)


class Pair:
    """A record of ours and the one of theirs that it is, or will be."""

    def __init__(self, books: Books, case: Case, record_id: uuid.UUID | None = None) -> None:
        self.books, self.case = books, case
        self.id = record_id or (books.place if case.kind == "location" else books.goods)
        self.ref = RecordRef(case.kind, self.id)

    # What people do here.

    def save(self, text: str) -> None:
        """The field of the case, from our form."""
        if self.case.kind == "location":
            self.change(phone=text)
            return
        with self.books.working():
            product = db.session.get_one(Sku, self.id).product
            product.description = text
            records.save_product(product, self.books.bo)

    def change(self, **values: Any) -> None:
        """Other fields, from our form."""
        with self.books.working():
            record: Any = db.session.get_one(Location if self.case.kind == "location" else Sku, self.id)
            for name, value in values.items():
                setattr(record, name, value)
            store = records.save_location if self.case.kind == "location" else records.save_sku
            store(record, self.books.bo)

    def write(self, **values: Any) -> None:
        """The same without a save: nothing asks for a push, nothing is compared."""
        with self.books.working():
            record: Any = db.session.get_one(Location if self.case.kind == "location" else Sku, self.id)
            for name, value in values.items():
                setattr(record, name, value)
            record.revision += 1

    def change_beside(self) -> None:
        column, value, *_ = self.case.beside
        self.change(**{column: value})

    def push(self) -> None:
        """*Push*, and wait."""
        self.ask()
        self.books.carry()

    def ask(self) -> None:
        with self.books.working():
            outbox.ask(self.case.kind, [self.id], reason="bulk", actor=self.books.bo)

    def both_have(self, text: str) -> None:
        """As a beginning: it stands here and there."""
        self.save(text)
        self.push()
        assert (self.text(), self.status()) == (text, "synced")

    def choose(self, decision: Callable[..., None], *fields: str) -> None:
        """What the buttons beside differing fields do."""
        seen = [one.seen for one in self.differing() if one.name in (fields or (self.case.field,))]
        self.books.decide(decision, self.ref, seen, self.books.bo)

    # What people do there.

    def edit_there(self, text: str) -> None:
        self.change_there(**{self.case.field: self.case.write(text)})

    def change_there(self, **changes: Any) -> None:
        self.books.person("update", self.case.entity, id=self.entity()["Id"], changes=changes)

    # What can be seen.

    def entity(self) -> dict[str, Any]:
        """The one of theirs, in the simulator's books."""
        external_id = self.books.link(self.id).external_id
        [one] = [each for each in self.books.all(self.case.entity) if each["Id"] == external_id]
        return one

    def text(self) -> str:
        """What stands there."""
        return self.case.read(self.entity())

    def has_beside(self) -> bool:
        *_, field, value = self.case.beside
        return bool(self.entity().get(field) == value)

    def version(self) -> int:
        """How often it was changed there, by whomever."""
        return int(self.entity()["SyncToken"])

    def status(self) -> str:
        return status_of(self.books, self.ref)

    def differs(self) -> dict[str, Any]:
        return dict(self.books.link(self.id).differs or {})

    def differing(self) -> list[DifferingField]:
        return list(self.books.decide(differing_fields, self.ref))

    def stands(self) -> dict[str, Value]:
        """What the drawer says stands there, by word."""
        return {one.word: one for one in self.books.decide(as_answered, self.ref).values}

    def pushes(self) -> list[str]:
        return self.books.pushes(self.id)


def status_of(books: Books, ref: RecordRef) -> str:
    table: Any = Location if ref.kind == "location" else Sku
    with books.working():
        return str(db.session.get_one(table, ref.id).integration_status)


def set_rules(books: Books, **values: Any) -> None:
    """Some of the sync settings, as an administrator saved them."""
    with books.working():
        db.session.execute(update(SyncSettings).values(**values))


def found_there(books: Books, case: Case, **theirs: Any) -> Pair:
    """A record of ours, never pushed, and one of theirs with its key: the next push matches them."""
    name = f"Elm St {uuid.uuid4().hex[:6]}"
    column, value, *_ = case.beside
    with books.working():
        if case.kind == "location":
            term = db.session.get_one(Location, books.place).payment_term_id
            ours = {"phone": case.first, "contact": "Jo Fox", "payment_term_id": term, column: value}
            record_id = distributor.location(name=name, **ours).id
        else:
            product = distributor.product(description=case.first)
            record_id = distributor.sku(code=name, product=product, **{column: value}).id
    if case.kind == "location":
        books.person("create", "Customer", object={"DisplayName": name} | theirs)
    else:
        accounts = {
            "IncomeAccountRef": account_of(books, "Sales of Product Income"),
            "ExpenseAccountRef": account_of(books, "Cost of Goods Sold"),
        }
        named = {"Name": name, "Sku": name, "Type": "NonInventory"}
        books.person("create", "Item", object=named | accounts | theirs)
    return Pair(books, case, record_id)


def account_of(books: Books, name: str) -> dict[str, str]:
    return next({"value": str(one["Id"])} for one in books.all("Account") if one["Name"] == name)
