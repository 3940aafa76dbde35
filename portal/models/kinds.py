"""The kinds of our records that travel, and of theirs that they become: all that depends on a kind, once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from portal.models.sales import LOCATION_TRIGGERS, ONLY_IN_THE_US, SKU_TRIGGERS, Location, Order, Sku

RecordKind = Literal["location", "sku", "order"]
Kind = Literal["customer", "item", "invoice", "credit_memo"]
Operation = Literal["create", "update", "void", "delete"]


class RecordRef(NamedTuple):
    """One record of ours; as text, what it is called in addresses."""

    kind: RecordKind
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """What is ours.

    noun, plural: what a bookkeeper calls it. path: of its page, its id follows. page, page_parameter, table:
    the endpoints of its page and of its search table. key, their_key: the columns of `KeySettings` that name
    the fields it is known by; orders are always known by `DocNumber` there. sync: the column of
    `SyncSettings` by which it goes by itself. triggers: columns whose change pushes it then.
    """

    model: type[Location] | type[Sku] | type[Order]
    noun: str
    plural: str
    path: str
    page: str
    page_parameter: str
    table: str
    key: str
    sync: str
    their_key: str = ""
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EntityType:
    """What is theirs.

    entity: as QBO calls it. word: as a person does. unique: the field whose value QBO keeps unique. page,
    page_parameter: where QBO shows one; items have no page of their own, only their list. lists_leave_out:
    fields that answers to queries do not tell reliably.
    """

    entity: str
    word: str
    unique: str
    page: str
    page_parameter: str = ""
    lists_leave_out: tuple[str, ...] = ()

    @property
    def a_word(self) -> str:
        return f"{'an' if self.word[0] in 'aeiou' else 'a'} {self.word}"


@dataclass(frozen=True, kw_only=True)
class DocumentType(EntityType):
    """sign: of its amounts, seen from what is sold. taken_back: the operation that ends it in QBO."""

    sign: int
    taken_back: Operation


RECORDS: Mapping[RecordKind, RecordType] = {
    "order": RecordType(
        model=Order,
        noun="order",
        plural="orders",
        path="/orders",
        page="orders.order",
        page_parameter="order_id",
        table="orders.index",
        key="order_ours",
        sync="orders_on",
    ),
    "location": RecordType(
        model=Location,
        noun="customer",
        plural="customers",
        path="/locations",
        page="customers.location",
        page_parameter="location_id",
        table="customers.index",
        key="customer_ours",
        their_key="customer_theirs",
        sync="customers_on",
        triggers=LOCATION_TRIGGERS,
    ),
    "sku": RecordType(
        model=Sku,
        noun="product",
        plural="products",
        path="/skus",
        page="products.sku",
        page_parameter="sku_id",
        table="products.index",
        key="sku_ours",
        their_key="sku_theirs",
        sync="products_on",
        triggers=SKU_TRIGGERS,
    ),
}

# QBO keeps one of a name, and refuses a second one.
NAMED: Mapping[Kind, EntityType] = {
    "customer": EntityType(
        entity="Customer",
        word="customer",
        unique="DisplayName",
        page="customerdetail",
        page_parameter="nameId",
        lists_leave_out=("DefaultTaxCodeRef",),
    ),
    "item": EntityType(entity="Item", word="item", unique="Name", page="items"),
}
DOCUMENTS: Mapping[Kind, DocumentType] = {
    "invoice": DocumentType(
        entity="Invoice",
        word="invoice",
        unique="DocNumber",
        page="invoice",
        page_parameter="txnId",
        sign=1,
        taken_back="void",
    ),
    "credit_memo": DocumentType(
        entity="CreditMemo",
        word="credit memo",
        unique="DocNumber",
        page="creditmemo",
        page_parameter="txnId",
        sign=-1,
        taken_back="delete",
    ),
}
ENTITIES: Mapping[Kind, EntityType] = {**NAMED, **DOCUMENTS}
# What a location or SKU becomes; an order becomes either document.
BECOMES: Mapping[RecordKind, Kind] = {"location": "customer", "sku": "item"}


def triggers_of(record_kind: RecordKind, *, is_us: bool) -> tuple[str, ...]:
    """The columns whose change pushes a record by itself: of those that some payload carries.

    QBO has proven fields for a customer's tax registration number or certificate (`ResaleNum`) and reason of
    exemption in the US only.
    """
    return tuple(name for name in RECORDS[record_kind].triggers if is_us or name not in ONLY_IN_THE_US)


def ref_of(record: Location | Sku | Order) -> RecordRef:
    """What names this record."""
    kind = next(kind for kind, ours in RECORDS.items() if isinstance(record, ours.model))
    return RecordRef(kind, record.id)
