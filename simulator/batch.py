"""Batch: up to 30 items under one answer, each on its own, none able to undo another."""

from __future__ import annotations

from typing import Any

from . import changes, operations, own_side, refusals, search
from .books import Books
from .exchange import Visit
from .kinds import KINDS
from .orders import Order
from .remembering import Memory
from .wire import Body, Printed, dumps

LARGEST = 30
LONGEST_B_ID = 10
MOST_OBJECTS = 1000
"""That all queries of one batch may find together."""
BY_NAME = KINDS | {kind.answered_as: kind for kind in KINDS.values()}
ITEM_KEYS = ("bId", "operation", "optionsData", "Query", "CDCQuery")


class Aborted(Exception):
    """The connection is to end here; what was done so far stays."""


def answers(books: Books, visit: Visit, body: Any, memory: Memory) -> list[Body]:
    """Raises Refusal 2010 or 1040 for the batch as a whole, Aborted where that was ordered."""
    items = _items(body)
    _check_ids(items, visit.entry.requestid)
    order = visit.order
    given: list[Body] = []
    room = MOST_OBJECTS
    for place, item in enumerate(items, start=1):
        if order and order.fault == "abort_after_k" and place > order.k:
            raise Aborted
        answer = _answer_once(books, visit, item, memory, _fault_for(order, place))
        found = answer.get("QueryResponse", {}).get("maxResults", 0)
        if found > room:
            answer = {"Fault": refusals.too_many_objects(MOST_OBJECTS).fault(), "bId": answer["bId"]}
        else:
            room -= found
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


def _check_ids(items: list[Body], requestid: str | None) -> None:
    """Where the batch carries a requestid, each bId is a short one."""
    longest = max((len(str(item.get("bId", ""))) for item in items), default=0)
    if requestid is not None and longest > LONGEST_B_ID:
        raise refusals.wrong_length("bId", 0, LONGEST_B_ID, longest)


def _fault_for(order: Order | None, place: int) -> refusals.Refusal | None:
    if order is None or order.fault != "item_fault" or place != order.k:
        return None
    return own_side.ordered(order.code)


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
        refused = {"Fault": refusal.fault(), "bId": b_id}
        if memory.keeps_errors:
            memory.keep_item(b_id, dumps(refused))
        return refused
    finally:
        books.connection.execute("RELEASE item")
    for effect in books.effects[done:]:
        effect["bId"] = b_id
    answer["bId"] = b_id
    if memory.keeps_items:
        memory.keep_item(b_id, dumps(answer))
    return answer


def _answer(books: Books, item: Body) -> Body:
    if "Query" in item:
        return {"QueryResponse": search.answer(books, str(item["Query"]))}
    if "CDCQuery" in item:
        asked = item["CDCQuery"] if isinstance(item["CDCQuery"], dict) else {}
        since = str(asked.get("ChangedSince") or "")
        return {"CDCResponse": changes.answer(books, str(asked.get("Entities") or ""), since)}
    names = [key for key in item if key not in ITEM_KEYS]
    if not names:
        raise refusals.missing("BatchItemRequest entity")
    name = names[0]
    kind = BY_NAME.get(name)
    if kind is None:
        raise refusals.unknown_property(name, "BatchItemRequest", [*ITEM_KEYS, *BY_NAME])
    # Without a verb it is as alone: what has an Id is updated, what has none is created.
    operation = str(item.get("operation", "")).lower()
    options = operations.options_of(item.get("optionsData"))
    return operations.perform(books, kind, operation, options, item[name])


def printed(given: list[Body], time: str) -> str:
    """Items that were remembered are text already."""
    texts = [item["#"].text if "#" in item else dumps(item) for item in given]
    return '{"BatchItemResponse":[' + ",".join(texts) + f'],"time":{dumps(time)}}}'
