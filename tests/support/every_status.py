"""One record of every status that a badge can show, and of every kind of fix that a drawer can offer."""

import json
import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import Connection, Delivery, Mapping, Order, Problem, Push
from portal.models.base import now
from portal.models.kinds import RecordRef, ref_of
from portal.outbox import badge
from portal.push import agreement
from tests.support import distributor as given

ANSWER = json.dumps({"BatchItemResponse": [{"bId": "0", "Fault": {"Error": [{"code": "6000"}]}}]})


def one_of_each_status() -> dict[str, RecordRef]:
    """What it stands for → (record kind, id). Call it in a connected organization; it flushes."""
    company = current.connection()
    assert company is not None
    made = {
        **_before(),
        **_on_the_way(),
        **_arrived(company),
        **_compared(company),
        **_failed(company),
        **_names(),
        **_links(company),
    }
    db.session.flush()
    for kind in ("location", "sku", "order"):
        badge.restate(kind, [record_id for record_kind, record_id in made.values() if record_kind == kind])
    return made


def _before() -> dict[str, RecordRef]:
    blocked = finalized()
    closed = {"date": "2026-11-04", "closing_date": "2026-11-30", "open_day": "2026-12-01"}
    problem("order", blocked.id, "closed_period_asks", closed)
    return {
        "not sent": ref_of(given.order()),
        "not sent location": ref_of(given.location()),
        "ready": ref_of(finalized()),
        "blocked": ref_of(blocked),
        "not to be sent location": ref_of(given.location(not_to_be_sent="Pays in cash")),
        "not to be sent": ref_of(finalized(not_to_be_sent="Entered by hand")),
    }


def _on_the_way() -> dict[str, RecordRef]:
    queued, waiting, ahead, sending, checking, choosing = (finalized() for _ in range(6))
    push("order", ahead.id, "waiting", not_before=now().date() + timedelta(days=2))
    push("order", queued.id, "queued")
    needed = [["location", str(waiting.location_id), "missing"]]
    push("order", waiting.id, "waiting", needs=needed)
    push("location", waiting.location_id, "queued", priority=0)
    push("order", sending.id, "sending", delivery_id=delivery("sending").id, position=0)
    push("order", checking.id, "unsure", delivery_id=delivery("unsure").id, position=0)
    unsure = push("order", choosing.id, "unsure", delivery_id=delivery("unsure").id, position=0)
    problem("order", choosing.id, "must_choose", {"value": choosing.number}, push_id=unsure.id)
    return {
        "queued": ref_of(queued),
        "waiting": ref_of(waiting),
        "dated ahead": ref_of(ahead),
        "sending": ref_of(sending),
        "checking": ref_of(checking),
        "must choose": ref_of(choosing),
    }


def _arrived(company: Connection) -> dict[str, RecordRef]:
    synced, differs, accepted, changed, edited, by_hand, voided = (finalized() for _ in range(7))
    reopened, cancelled = finalized(status="delivered"), finalized(status="cancelled")
    sent = {"DocNumber": "1043", "TxnDate": "2026-11-04", "Line": []}
    arrived_ones = (synced, differs, accepted, changed, edited, by_hand, voided, reopened, cancelled)
    theirs = {one.id: str(one.id.int % 10**9) for one in arrived_ones}
    for order in arrived_ones:
        carried = delivery("answered")
        arrived = {"kind": "invoice", "operation": "create", "payload": sent, "external_id": theirs[order.id]}
        push("order", order.id, "synced", delivery_id=carried.id, position=0, settled_at=now(), **arrived)
    figures = {"total": 11301, "tax": 1301, "ours_then": sent, "theirs_then": sent, "theirs": sent}
    given.link(company, "order", synced.id, external_id=theirs[synced.id], **figures)
    given.link(
        company,
        "order",
        differs.id,
        external_id=theirs[differs.id],
        **figures,
        variance={"tax": [1300, 1301]},
    )
    decided = {"tax": {"what": "accepted", "ours": 1300, "theirs": 1301, "by": "Bo Bookkeeper"}}
    decided["tax"]["at"] = "2026-11-05T14:02:00+00:00"
    given.link(
        company,
        "order",
        accepted.id,
        external_id=theirs[accepted.id],
        **figures,
        variance={"tax": [1300, 1301]},
        decided=decided,
    )
    given.link(company, "order", changed.id, external_id=theirs[changed.id], **figures, revision=0)
    now_there = {**figures, "theirs": {**sent, "TxnDate": "2026-11-05"}}
    given.link(company, "order", edited.id, external_id=theirs[edited.id], **now_there)
    given.link(company, "order", by_hand.id, external_id=theirs[by_hand.id], **now_there, how="person")
    given.link(company, "order", reopened.id, external_id=theirs[reopened.id], **figures)
    given.link(company, "order", cancelled.id, external_id=theirs[cancelled.id], **figures)
    given.link(company, "order", voided.id, external_id=theirs[voided.id], **figures, voided=True)
    failed = push("order", edited.id, "failed", settled_at=now() + timedelta(seconds=1))
    asked = {"number": "1043", "fields": ["date and terms"], "groups": ["dates"]}
    problem("order", edited.id, "edited_in_qbo", asked, push_id=failed.id)
    stopped = push("order", by_hand.id, "failed", settled_at=now() + timedelta(seconds=1))
    problem("order", by_hand.id, "entered_by_hand", asked, push_id=stopped.id)
    return {
        "synced": ref_of(synced),
        "variance": ref_of(differs),
        "accepted": ref_of(accepted),
        "changed": ref_of(changed),
        "edited": ref_of(edited),
        "reopened": ref_of(reopened),
        "still there": ref_of(cancelled),
        "by hand": ref_of(by_hand),
        "voided": ref_of(voided),
    }


def _compared(company: Connection) -> dict[str, RecordRef]:
    """Customers whose phone and e-mail stand there in another way than here, for every reason there is."""
    phone, email = {"FreeFormNumber": "905 555 0199"}, {"Address": "office@example.com"}
    then = {
        "PrimaryPhone": {"FreeFormNumber": "416 555 0100"},
        "PrimaryEmailAddr": {"Address": "bar@example.com"},
    }
    by_bo = {"what": "both", "by": "Bo Bookkeeper", "at": now().isoformat()}
    stood = {"PrimaryPhone": phone, "PrimaryEmailAddr": email}
    kept = {name: {**by_bo, "ours": then[name], "theirs": stood[name]} for name in then}
    cases: dict[str, dict[str, Any]] = {
        "agreeing location": {"theirs": then},
        "marked location": {"ours_then": then, "theirs_then": stood, "decided": kept},
        "asked location": {},
        "edited location": {"ours_then": then, "theirs_then": then},
        "changed location": {"ours_then": stood, "theirs_then": stood},
        "unread location": {
            "unread": ["PrimaryPhone"],
            "theirs": {"PrimaryEmailAddr": then["PrimaryEmailAddr"]},
        },
        "gone location": {"theirs": then, "gone": True},
    }
    made = {}
    exempt = {"section": "customer_tax", "ours": "exempt"}
    if db.session.scalar(select(Mapping.id).filter_by(**exempt)) is None:
        db.session.add(Mapping(**given.owner(), **exempt, external_id="2", label="Exempt"))
    for name, values in cases.items():
        # Exempt, since other tests of a shared house look at one in which the default is not mapped.
        place = given.location(phone="416 555 0100", email="bar@example.com", tax_status="exempt")
        fields: dict[str, Any] = {"DisplayName": place.name, "CompanyName": place.customer.name}
        fields |= {"DefaultTaxCodeRef": {"value": "2"}}
        known = {**fields, **values.pop("theirs", stood)}
        usual = {"kind": "customer", "number": None, "how": "matched"}
        given.link(company, "location", place.id, **usual, **values, theirs=known)
        made[name] = ref_of(place)
    agreement.compare(company, "location", [ref.id for ref in made.values()])
    return made


def _failed(company: Connection) -> dict[str, RecordRef]:
    term, kind = given.term("Net 45", 45), given.charge_kind()
    unmapped, refused, taken, several, old, gone = (finalized() for _ in range(6))
    numbered = finalized(number=f"{'9' * 21}{uuid.uuid4().hex[:4]}")
    needing = finalized()
    failed("order", unmapped.id, "term_not_mapped", {"term": term.name, "days": 45}, f"term:{term.id}")
    too_long = {"number": "9…", "length": 25, "limit": 21, "key": "number"}
    failed("order", numbered.id, "number_too_long", too_long)
    failed(
        "order",
        refused.id,
        "rejected_by_qbo",
        {"words": "Amount is not equal to UnitPrice * Qty."},
        delivery_id=delivery("answered", answer=ANSWER, status=200, intuit_tid="1-5f7349e0").id,
    )
    theirs = {"id": "77", "kind": "invoice", "name": taken.number, "date": "2026-11-04", "total": "25.00"}
    failed("order", taken.id, "number_taken", {"value": taken.number, "candidates": [theirs]})
    failed("order", several.id, "no_lines", {"number": several.number})
    charge = {"charge": kind.name}
    problem("order", several.id, "charge_not_mapped", charge, f"charge:{kind.id}")
    failed("order", old.id, "too_old", {"days": 400, "date": "2025-10-10", "limit": 180})
    given.link(company, "order", gone.id, voided=True)
    failed("order", gone.id, "found_voided", {"number": gone.number})
    failed("location", needing.location_id, "customer_no_match", {"location": "The Pub"})
    badge.restate("location", [needing.location_id])
    push("order", needing.id, "waiting", needs=[["location", str(needing.location_id), "missing"]])
    return {
        "unmapped": ref_of(unmapped),
        "number too long": ref_of(numbered),
        "refused": ref_of(refused),
        "number taken": ref_of(taken),
        "several problems": ref_of(several),
        "too old": ref_of(old),
        "found voided": ref_of(gone),
        "waits for what failed": ref_of(needing),
    }


def _names() -> dict[str, RecordRef]:
    alike, keyless, unposted = given.location(), given.location(), given.sku()
    candidates = [{"id": "12", "name": "Cafe Ole, Queen St"}]
    failed("location", alike.id, "looks_like_existing", {"name": alike.name, "candidates": candidates})
    failed(
        "location", keyless.id, "customer_key_missing", {"location": keyless.name, "key": "third-party ID"}
    )
    failed(
        "sku",
        unposted.id,
        "account_not_mapped",
        {"account": "income"},
        "account:product_accounts:income",
    )
    return {
        "looks like existing": ref_of(alike),
        "key missing": ref_of(keyless),
        "account not mapped": ref_of(unposted),
    }


def _links(company: Connection) -> dict[str, RecordRef]:
    linked, inactive, unlinked = given.location(), given.location(), given.sku()
    for place in (linked, inactive):
        given.link(company, "location", place.id, kind="customer", name="Acme:The Pub", number=None)
    there = [{"id": "12", "name": "Acme:The Pub (deleted)"}]
    problem("location", inactive.id, "customer_inactive", {"location": inactive.name, "candidates": there})
    problem("sku", unlinked.id, "unlinked", {"name": unlinked.name, "candidates": there})
    return {
        "linked": ref_of(linked),
        "inactive there": ref_of(inactive),
        "unlinked": ref_of(unlinked),
    }


def finalized(**values: Any) -> Order:
    """A finalized order, dated as the orders of distributors are."""
    day = date(2026, 11, 4)
    usual: dict[str, Any] = {"status": "finalized", "revision": 1, "currency": "CAD", "invoice_date": day}
    return given.order(**(usual | values))


def failed(
    record_kind: str, record_id: uuid.UUID, code: str, values: dict[str, Any], cause: str = "", **of_push: Any
) -> Push:
    """A push that ended in this problem."""
    made = push(record_kind, record_id, "failed", settled_at=now(), **of_push)
    problem(record_kind, record_id, code, values, cause, push_id=made.id)
    return made


def problem(
    record_kind: str, record_id: uuid.UUID, code: str, values: dict[str, Any], cause: str = "", **more: Any
) -> Problem:
    own = f"match:{record_kind}:{record_id}" if record_kind != "order" else f"order:{record_id}"
    made = Problem(
        **given.owner(),
        record_kind=record_kind,
        record_id=record_id,
        code=code,
        values=values,
        cause=cause or own,
        qbo_words="6000 Business Validation Error: no",
        **more,
    )
    db.session.add(made)
    db.session.flush()
    return made


def push(record_kind: str, record_id: uuid.UUID, state: str, **values: Any) -> Push:
    company = current.connection()
    assert company is not None
    made = Push(
        **given.owner(),
        **{"connection_id": company.id, "record_kind": record_kind, "record_id": record_id, "state": state}
        | {"revision": 1, "reason": "bulk", "actor": "Bo Bookkeeper"}
        | values,
    )
    db.session.add(made)
    db.session.flush()
    return made


def delivery(state: str, **values: Any) -> Delivery:
    """A batch of one; nobody looks for what is unsure in the next hour."""
    company = current.connection()
    assert company is not None
    made = Delivery(
        **given.owner(),
        id=uuid.uuid4(),
        **{"connection_id": company.id, "state": state, "fence": 1}
        | {"body": b'{"BatchItemRequest": [{"bId": "0", "Invoice": {"DocNumber": "1043"}}]}'}
        | {"first_armed_at": now(), "armed_at": now(), "resolve_at": now() + timedelta(hours=1)}
        | values,
    )
    db.session.add(made)
    db.session.flush()
    return made
