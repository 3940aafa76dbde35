"""What sold inventory does to the quantity on hand, and a changed account to what was sold before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..books import Books, Record
from ..wire import Body, number

OUT = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1, "RefundReceipt": 1}
"""The last two take goods back."""
NOTHING = Decimal(0)


def move(books: Books, before: Record | None, after: Record) -> None:
    """Books the difference in quantities to the inventory items named before and now."""
    direction = OUT.get(after.entity)
    if direction is None:
        return
    changes: dict[str, Decimal] = {}
    for record, sign in ((before, -1), (after, 1)):
        if record is None or record.deleted or record.state == "voided":
            continue
        for detail in sale_details(record.body):
            id = (detail.get("ItemRef") or {}).get("value")
            if id and detail.get("Qty"):
                changes[id] = changes.get(id, NOTHING) + sign * Decimal(detail["Qty"])
    for id, change in changes.items():
        item = books.get("Item", id)
        if change and item is not None and item.body.get("Type") == "Inventory":
            on_hand = Decimal(item.body.get("QtyOnHand", NOTHING)) + direction * change
            books.touch(item, {"QtyOnHand": number(on_hand)})


def restate_account(books: Books, before: Record | None, after: Record) -> None:
    """A changed income account is carried into every document that sold the item, closed periods included."""
    account = after.body.get("IncomeAccountRef") or after.body.get("ExpenseAccountRef")
    old = before and (before.body.get("IncomeAccountRef") or before.body.get("ExpenseAccountRef"))
    if not old or not account or old["value"] == account["value"]:
        return
    for document in _selling(books, after.id):
        books.touch(document, {"Line": _with_account(document.body["Line"], after.id, account)})


def _selling(books: Books, item: str) -> list[Record]:
    """Every document with the item in one of its lines; looked for in the text, which is quick with many."""
    rows = books.connection.execute(
        "SELECT entity, id FROM record WHERE realm = ? AND entity IN (?, ?, ?, ?, ?) AND state <> 'deleted'"
        " AND instr(body, ?)",
        (books.realm, *OUT, "Estimate", f'"ItemRef":{{"value":"{item}"'),
    ).fetchall()
    found = [books.get(row["entity"], row["id"]) for row in rows]
    return [document for document in found if document is not None]


def sale_details(body: Body) -> Iterator[Body]:
    for line in body.get("Line", []):
        if "SalesItemLineDetail" in line:
            yield line["SalesItemLineDetail"]
        yield from sale_details(line.get("GroupLineDetail", {}))


def _with_account(lines: list[Body], item: str, account: Body) -> list[Body]:
    changed = []
    for line in lines:
        detail = line.get("SalesItemLineDetail", {})
        if (detail.get("ItemRef") or {}).get("value") == item:
            line = {**line, "SalesItemLineDetail": {**detail, "ItemAccountRef": account}}
        if inner := line.get("GroupLineDetail", {}).get("Line"):
            group = {**line["GroupLineDetail"], "Line": _with_account(inner, item, account)}
            line = {**line, "GroupLineDetail": group}
        changed.append(line)
    return changed
