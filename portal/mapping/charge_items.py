"""Making the QBO item of a charge kind: found by name first, and created at most once."""

import uuid

from portal.company import current, facts
from portal.company.reader import Reader
from portal.extensions import db
from portal.mapping import save_choices
from portal.mapping.slots import slot_of
from portal.models import Actor, ChargeKind, Connection
from portal.plan.types import fold
from portal.problems import causes
from portal.quickbooks import lists, queries
from portal.quickbooks.client import encode

LONGEST_NAME = 100  # QBO
FORBIDDEN = ':"\t\n'


class CantCreate(Exception):
    """A person must do something first; the text says what."""


def create(kind: ChargeKind, actor: Actor, income: str | None, expense: str | None) -> str:
    """Map a charge kind to the item of its name, creating that as a service on these accounts.

    Commits. Returns what was done, in a sentence. Raises CantCreate, Unavailable, Reconnect.
    """
    connection, kind_id, name = current.connection(), kind.id, kind.name.strip()
    if connection is None:
        raise CantCreate("Connect to QuickBooks first.")
    if len(name) > LONGEST_NAME or any(letter in name for letter in FORBIDDEN):
        raise CantCreate(f"QuickBooks does not take “{name}” as a name: pick an existing item instead.")
    if income is None:
        raise CantCreate("Choose the income account above first: new items are created on it.")
    body: dict[str, object] = {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": income}}
    if expense is not None and not connection.is_us:
        body["ExpenseAccountRef"] = {"value": expense}  # QBO outside the US wants both filled
    connection_id, reader = connection.id, Reader(connection)
    item = _standing(reader, name)
    done = f"“{name}” was in QuickBooks already and is mapped now."
    if item is None:
        frozen = encode(body)
        # The same wish has the same id, so that QBO answers a repeat with what the first one made.
        requestid = str(uuid.uuid5(kind_id, frozen.decode()))
        made = reader.post("item", frozen, {"requestid": requestid}).body
        item = lists.items([made["Item"]])[0]
        done = f"“{name}” was created in QuickBooks and is mapped now."
    facts.keep_item(db.session.get_one(Connection, connection_id), item)
    slot = slot_of(causes.of_mapping("charge_kinds", str(kind_id)))
    assert slot is not None
    saved = save_choices.save([slot], {slot.key: item.id}, actor)
    db.session.commit()
    return f"{done} {saved.sentence()}"


def _standing(reader: Reader, name: str) -> lists.Item | None:
    where = f"Name = {queries.literal(name)} AND Active IN (true, false)"
    found = [item for item in lists.items(reader.rows("Item", where)) if fold(item.name) == fold(name)]
    for item in found:
        if not item.active:
            raise CantCreate(f"“{name}” is inactive in QuickBooks: make it active there, then try again.")
        if item.type not in facts.CHARGE_ITEM_TYPES:
            raise CantCreate(f"QuickBooks has “{name}” as {item.type}: pick another item.")
    return found[0] if found else None
