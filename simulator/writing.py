"""Create, update, void and delete, alike for every entity: identity, SyncToken, and what survives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from . import refusals
from .books import Books, Record
from .clock import stamp
from .kinds import Kind
from .kinds.document_parts import check_period_open
from .kinds.kind import BY_A_PERSON
from .schema import checked
from .taking import as_taken
from .wire import Body, dumps

IDENTITY = ("Id", "SyncToken", "sparse")
KEPT_BY_SERVER = (
    "Balance", "BalanceWithJobs", "LinkedTxn", "CurrentBalance", "CurrentBalanceWithSubAccounts", "Level",
    "RemainingCredit", "TotalAmt", "UnappliedAmt", "DeliveryInfo", "HomeBalance", "FileAccessUri",
    "TempDownloadUri", "Size",
)  # fmt: skip


def save(books: Books, kind: Kind, body: Any, options: frozenset[str] = frozenset()) -> Record:
    """A body with an Id updates, one without creates: QuickBooks has one address for both."""
    wanted = checked(kind.shape, body)
    if not kind.operations:
        raise refusals.unsupported(f"create or update of {kind.name}")
    if wanted.get("Id"):
        return _update(books, kind, wanted, body, options)
    if kind.meant is not None and (standing := kind.meant(books, wanted)) is not None:
        return _settle(books, kind, "update", standing, kind.build(books, wanted, standing, options))
    return _create(books, kind, wanted, body, options)


def void(books: Books, kind: Kind, body: Any) -> Record:
    if "void" not in kind.operations or kind.void is None:
        raise refusals.unsupported(f"void of {kind.name}")
    before = _standing(books, kind, checked(kind.shape, body))
    check_period_open(books, before.body.get("TxnDate"))
    if before.state == "voided":
        return before
    changed = kind.void(before.body)
    if books.switches["void_note"] == "alone":
        changed["PrivateNote"] = "Voided"
    return _settle(books, kind, "void", before, changed, state="voided")


def delete(books: Books, kind: Kind, body: Any) -> Record:
    if "delete" not in kind.operations:
        if kind.has_active and books.switches["list_delete_code"] == "2010":
            raise refusals.not_json(f"Operation delete is not allowed for {kind.name}")
        raise refusals.unsupported(f"delete of {kind.name}")
    wanted = checked(kind.shape, body)
    if not kind.needs_token_to_delete and wanted.get("Id") and not wanted.get("SyncToken"):
        before = record_meant(books, kind, str(wanted["Id"]))
    else:
        before = _standing(books, kind, wanted)
    if kind.name != "Estimate":
        check_period_open(books, before.body.get("TxnDate"))
    return _settle(books, kind, "delete", before, before.body | {"status": "Deleted"}, state="deleted")


def mark_sent(books: Books, kind: Kind, before: Record, address: str) -> Record:
    """What /send leaves behind: the address it went to, and when."""
    told = {
        "BillEmail": {"Address": address},
        "EmailStatus": "EmailSent",
        "DeliveryInfo": {"DeliveryType": "Email", "DeliveryTime": stamp(books.clock.now())},
    }
    return _settle(books, kind, "send", before, before.body | told)


def record_meant(books: Books, kind: Kind, id: str) -> Record:
    """Raises 2030 for what is no number, 610 for what isn't there."""
    if not id.isdecimal():
        raise refusals.invalid_id(id)
    record = books.get(kind.name, id)
    if record is None or record.deleted:
        raise not_there(books, record)
    return record


def not_there(books: Books, deleted: Record | None) -> refusals.Refusal:
    """What is said of a record that isn't there, or not any more."""
    tells = deleted is not None and books.switches["deleted_text"] == "deleted"
    return refusals.not_found(refusals.DELETED) if tells else refusals.not_found()


def _create(books: Books, kind: Kind, wanted: Body, sent: Body, options: frozenset[str]) -> Record:
    given = {key: value for key, value in wanted.items() if value is not None and key not in IDENTITY}
    if BY_A_PERSON not in options:
        given = as_taken(books, kind, given, sent, None, sparse=False)
    body = kind.build(books, given, None, options)
    body.pop("Id", None)
    record = books.insert(kind.name, books.next_id(kind.ids), _without_nothing(body), kind.index(body))
    kind.after(books, None, record)
    return _noted(books, "create", kind, record)


def _update(books: Books, kind: Kind, wanted: Body, sent: Body, options: frozenset[str]) -> Record:
    before = _standing(books, kind, wanted)
    for field in kind.needed_to_update:
        if not wanted.get(field):
            raise refusals.missing(field)
    given = {key: value for key, value in wanted.items() if key not in IDENTITY}
    sparse = bool(wanted.get("sparse"))
    if BY_A_PERSON not in options:
        given = as_taken(books, kind, given, sent, before, sparse=sparse)
    merged = _merged(books, kind, before, given, sparse=sparse)
    body = _without_nothing(kind.build(books, merged | {"Id": before.id}, before, options))
    if _is_same(before.body, body):
        return before
    # An edit that gives a voided document amounts again brings it back.
    state = "live" if before.state == "voided" and body.get("TotalAmt") else None
    return _settle(books, kind, "update", before, body, state=state)


def _standing(books: Books, kind: Kind, wanted: Body) -> Record:
    """The record meant. Raises 2020 without Id or SyncToken, 2030, 610, 5010 if it moved on, 6540."""
    for field in ("Id", "SyncToken"):
        if not wanted.get(field):
            raise refusals.missing(field)
    record = record_meant(books, kind, str(wanted["Id"]))
    if wanted["SyncToken"] != str(record.sync_token) and not _is_newer(books, wanted["SyncToken"], record):
        raise refusals.stale(str(books.switches["who_edited"]))
    if record.state == "deposited":
        raise refusals.deposited()
    return record


def _is_newer(books: Books, token: str, record: Record) -> bool:
    """Whether a token of the future is taken, where a switch says that it may be."""
    accepted = books.switches["newer_version"] == "accepted"
    return accepted and token.isdecimal() and int(token) > record.sync_token


def _merged(books: Books, kind: Kind, before: Record, given: Body, *, sparse: bool) -> Body:
    """Sparse: all that stands, changed where given. Full: what is given and what survives being left out.

    Tax is computed again either way: an old TxnTaxDetail stays only if the client sends it back.
    """
    survives = kind.survives_full_update if books.switches["full_update"] == "as_recorded" else frozenset()
    keeps = {
        key: value
        for key, value in before.body.items()
        if (sparse or key in survives or key in KEPT_BY_SERVER)
        and key not in (*IDENTITY, "domain", "MetaData", "TxnTaxDetail")
    }
    if "ExchangeRate" not in given and books.switches["rate_of_updates"] == "as_not_sent":
        keeps.pop("ExchangeRate", None)
    if sparse:
        given = {
            key: value for key, value in given.items() if value is not None or key not in kind.never_cleared
        }
        if books.switches["sparse_lines"] == "merged" and given.get("Line"):
            given = given | {"Line": _merged_lines(before.body.get("Line", []), given["Line"])}
    return {key: value for key, value in (keeps | given).items() if value is not None}


def _merged_lines(standing: list[Body], given: list[Body]) -> list[Body]:
    """The lines that stand, each as it was sent if it was; behind them those that are new."""
    sent = {line["Id"]: line for line in given if line.get("Id")}
    known = {line["Id"] for line in standing if line.get("Id")}
    kept = [sent.get(str(line.get("Id")), line) for line in standing]
    return [*kept, *(line for line in given if line.get("Id") not in known)]


def _settle(
    books: Books, kind: Kind, operation: str, before: Record, body: Body, *, state: str | None = None
) -> Record:
    after = books.replace(before, body, kind.index(body), state=state)
    kind.after(books, before, after)
    return _noted(books, operation, kind, after)


def _noted(books: Books, operation: str, kind: Kind, record: Record) -> Record:
    latest = books.get(kind.name, record.id)
    assert latest is not None
    books.note_effect(operation, latest)
    return latest


def _without_nothing(body: Body) -> Body:
    return {key: value for key, value in body.items() if value is not None}


def _is_same(before: Body, after: Body) -> bool:
    """A write that changes nothing raises no SyncToken."""
    ignored = {*IDENTITY, "domain", "MetaData"}
    return _comparable(before, ignored) == _comparable(after, ignored)


def _comparable(body: Body, ignored: set[str]) -> dict[str, str]:
    return {key: dumps(_plain(value)) for key, value in body.items() if key not in ignored}


def _plain(value: Any) -> Any:
    """With keys in one order and numbers in one form, so that equal things print alike."""
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return Decimal(value).normalize() + 0
    return value
