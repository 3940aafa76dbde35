"""Batch: up to 30 items under one answer, each on its own, none able to undo another."""

from __future__ import annotations

from typing import Any

from . import refusals, search, writing
from .books import Books
from .exchange import Visit
from .kinds import KINDS
from .orders import Order
from .remembering import Memory
from .wire import Body, Printed, dumps

LARGEST = 30
ITEM_KEYS = ("bId", "operation", "optionsData", "Query", "CDCQuery")


class Aborted(Exception):
    """The connection is to end here; what was done so far stays."""


def answers(books: Books, visit: Visit, body: Any, memory: Memory) -> list[Body]:
    """Raises Refusal 2010 or 1040 for the batch as a whole, Aborted where that was ordered."""
    items = _items(body)
    order = visit.order
    given: list[Body] = []
    for place, item in enumerate(items, start=1):
        if order and order.fault == "abort_after_k" and place > order.k:
            raise Aborted
        answer = _answer_once(books, visit, item, memory, _fault_for(order, place))
        if not (order and order.fault == "omit_item" and place == order.k):
            given.append(answer)
    if order and order.fault == "abort_after_k":
        raise Aborted
    return given


def _items(body: Any) -> list[Body]:
    if not isinstance(body, dict) or not isinstance(body.get("BatchItemRequest"), list):
        raise refusals.missing("BatchItemRequest")
    for name in body:
        if name != "BatchItemRequest":
            raise refusals.unknown_property(name, "IntuitBatchRequest", ["BatchItemRequest"])
    items: list[Body] = body["BatchItemRequest"]
    if len(items) > LARGEST:
        raise refusals.batch_too_large()
    if not all(isinstance(item, dict) for item in items):
        raise refusals.not_json("BatchItemRequest holds something else than objects")
    return items


def _fault_for(order: Order | None, place: int) -> refusals.Refusal | None:
    if order is None or order.fault != "item_fault" or place != order.k:
        return None
    system = order.code == "10000"
    message = "An application error has occurred while processing your request" if system else "Ordered fault"
    return refusals.Refusal(order.code, message, f"Ordered fault {order.code}",
                            kind="SystemFault" if system else "ValidationFault")  # fmt: skip


def _answer_once(
    books: Books, visit: Visit, item: Body, memory: Memory, ordered: refusals.Refusal | None
) -> Body:
    b_id = str(item.get("bId", ""))
    remembered = memory.item(b_id)
    if remembered is not None:
        return {"#": Printed(remembered)}
    done = len(books.effects)
    books.connection.execute("SAVEPOINT item")
    try:
        if ordered:
            raise ordered
        answer = _answer(books, item)
    except refusals.Refusal as refusal:
        books.connection.execute("ROLLBACK TO item")
        books.forget_known()
        del books.effects[done:]
        visit.entry.item_faults.append({"bId": b_id, "code": refusal.code})
        return {"Fault": refusal.fault(), "bId": b_id}
    finally:
        books.connection.execute("RELEASE item")
    for effect in books.effects[done:]:
        effect["bId"] = b_id
    memory.keep_item(b_id, dumps(answer | {"bId": b_id}))
    return answer | {"bId": b_id}


def _answer(books: Books, item: Body) -> Body:
    if "Query" in item:
        return {"QueryResponse": search.answer(books, str(item["Query"]))}
    names = [key for key in item if key not in ITEM_KEYS]
    if not names:
        raise refusals.missing("BatchItemRequest entity")
    name = names[0]
    if name not in KINDS:
        raise refusals.unknown_property(name, "BatchItemRequest", [*ITEM_KEYS, *KINDS])
    kind = KINDS[name]
    operation = str(item.get("operation", "")).lower()
    options = frozenset(str(item.get("optionsData") or "").replace(" ", "").split(","))
    if operation == "void" or (operation == "update" and "void" in options):
        return {name: writing.void(books, kind, item[name]).printed}
    if operation == "delete":
        return {name: writing.deleted_stub(writing.delete(books, kind, item[name]))}
    if operation not in ("create", "update"):
        raise refusals.unsupported(operation or "without a name")
    if operation == "update" and isinstance(item[name], dict) and not item[name].get("Id"):
        raise refusals.missing("Id")
    return {name: writing.save(books, kind, item[name], options).printed}


def printed(given: list[Body], time: str) -> str:
    """Items that were remembered are text already."""
    texts = [item["#"].text if "#" in item else dumps(item) for item in given]
    return '{"BatchItemResponse":[' + ",".join(texts) + f'],"time":{dumps(time)}}}'
