"""What orders are told in one statement is what planning each of them says, whatever was chosen or closed."""

import itertools
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as tried
from hypothesis import strategies as st
from sqlalchemy import select

from portal.company import facts
from portal.extensions import db
from portal.mapping import closed_periods, save_choices, sync_settings, unmapped_orders
from portal.mapping.sections import PAGES, SECTIONS
from portal.mapping.slots import Slot, slots
from portal.models import Actor, ChargeKind, Connection, ListEntry, Mapping, Order, Problem, Push, Sku
from portal.models.base import now
from portal.models.books import LIST_OF
from portal.models.kinds import RecordRef
from portal.outbox import badge, holds
from portal.plan import Blocked, Match, plan
from portal.problems import Found
from portal.push import plan_context
from tests.support import distributor as given

TOLD = unmapped_orders.LACKING | {"closed_period", "closed_period_asks", "before_start_date"}
THEIRS = {"terms": ("3", "4"), "tax_codes": ("5", "TAX"), "items": ("9", "10")}
PERIODS = (None, date(2026, 9, 30), date(2026, 10, 15), date(2026, 10, 31))

entries = st.sampled_from([(name, one) for name, ids in THEIRS.items() for one in ids])
numbers = st.sampled_from([None, 0, 1])
acts = st.one_of(
    st.tuples(st.just("choose"), st.dictionaries(st.integers(0, 15), numbers, min_size=1, max_size=1)),
    st.tuples(st.just("choose"), st.dictionaries(st.integers(0, 15), numbers, min_size=3)),
    st.tuples(st.just("read"), st.sets(entries, max_size=3)),
    st.tuples(st.just("close"), st.sampled_from(PERIODS)),
    st.tuples(st.just("start_date"), st.sampled_from(PERIODS)),
    st.tuples(st.just("closed_period_policy"), st.sampled_from(["hold", "first_open_day", "ask"])),
)
companies = st.fixed_dictionaries(
    {
        "country": st.sampled_from(["CA", "US"]),
        "sales_tax": st.sampled_from([True, True, True, True, False]),
        "automated_tax": st.sampled_from([False, False, False, True]),
        "closing_date": st.sampled_from(PERIODS),
    }
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # What fails says which order it is; to find less that fails would take minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@tried(
    like=companies,
    chosen=st.lists(numbers, min_size=16, max_size=16),
    gone=st.sets(entries, max_size=3),
    done=st.lists(acts, min_size=2, max_size=4),
)
def test_every_order_is_told_what_planning_says_it_lacks(
    company: Connection,
    orders: list[uuid.UUID],
    like: dict[str, Any],
    chosen: list[int | None],
    gone: set[tuple[str, str]],
    done: list[tuple[Any, ...]],
) -> None:
    with _undone():
        for name, value in like.items():
            setattr(company, name, value)
        _read(company, gone)
        for slot, number in zip(_slots(), chosen, strict=False):
            if number is not None:
                _map(slot, number)
        _find_all(company, orders)
        for act in done:
            _do(company, *act)
            assert _told() == _planned(company), act


@pytest.fixture
def company(ours: uuid.UUID) -> Connection:
    found = given.connection()
    given.sync()
    db.session.add_all(
        ListEntry(**given.owner(), connection_id=found.id, list=name, external_id=one, name=f"Theirs {one}")
        for name, ids in THEIRS.items()
        for one in ids
    )
    return found


@pytest.fixture
def orders(company: Connection) -> list[uuid.UUID]:
    """Finalized ones of every customer's tax status with every kind of thing on them; where they go, when,
    how they are paid and what QuickBooks has of them goes round beside that.
    """
    terms, charges = [given.term(), given.term(), None], [given.charge_kind() for _ in range(2)]
    untaxed = given.charge_kind(tax_status="zero_rated")
    goods, deposit = (
        given.sku(name="goods"),
        given.sku(name="deposit", kind="container_deposit", tax_status="zero_rated"),
    )
    free, service = given.sku(name="free", tax_status="zero_rated"), given.sku(name="service", kind="service")
    held: list[tuple[list[Sku], list[ChargeKind]]] = [
        ([goods], []),
        ([goods, free], [charges[0]]),
        ([deposit], []),
        ([free, deposit], []),
        ([service], charges),
        ([], [untaxed]),
        ([deposit], [charges[1]]),
    ]
    beside = zip(
        itertools.cycle(("ON", "Québec", "", "qc", "NB")),
        itertools.cycle(terms),
        itertools.cycle(date(2026, month, day) for month in (9, 10, 11) for day in (1, 15, 30)),
        itertools.cycle((None, "hold", None, "first_open_day")),
        itertools.cycle((None, "7", None, None, "")),
        itertools.cycle((None, None, None, date(2026, 10, 1), None, date(2026, 11, 1))),
    )
    made: list[uuid.UUID] = []
    for (status, (skus, kinds)), (province, term, day, period, code, sent) in zip(
        itertools.product(("default", "zero_rated", "exempt"), held * 2), beside, strict=False
    ):
        order = given.order(
            [(sku, "1", "5") for sku in skus],
            [(kind, 500) for kind in kinds],
            status="finalized",
            revision=2,
            currency="CAD",
            tax_status=status,
            delivery_address={"province": province},
            payment_term_id=term and term.id,
            invoice_date=day,
            closed_period=period,
            notes=str((status, [sku.name for sku in skus], len(kinds), province, day, period, code, sent)),
            location=given.location(delivery_address={"province": province}),
        )
        for line in order.lines:
            line.kind, line.tax_status = line.sku.kind, line.sku.tax_status
        for charge in order.charges:
            charge.tax_status = charge.charge_kind.tax_status
        if code is not None:
            theirs = {"DefaultTaxCodeRef": {"value": code}}
            given.link(company, "location", order.location_id, kind="customer", theirs=theirs)
        if sent is not None:
            given.link(company, "order", order.id, theirs={"TxnDate": sent.isoformat()})
            _failed(company, order)
        made.append(order.id)
    db.session.flush()
    return made


@contextmanager
def _undone() -> Iterator[None]:
    before = db.session.begin_nested()
    try:
        yield
    finally:
        before.rollback()


def _do(company: Connection, act: str, *how: Any) -> None:
    if act == "choose":
        (numbers,) = how
        every = _slots()
        chosen = {every[at % len(every)]: number for at, number in numbers.items()}
        for page in {SECTIONS[slot.section].page for slot in chosen}:
            shown = slots(page)
            wanted = {slot: _active(company, slot, chosen[slot]) for slot in shown if slot in chosen}
            save_choices.save(shown, {slot.key: wanted.get(slot, slot.chosen) for slot in shown}, given.bo())
    elif act == "read":
        _read(company, *how)
        save_choices.recheck_all(company, Actor(company.organization_id, None, "QuickBooks"))
    elif act == "close":
        was, company.closing_date = company.closing_date, *how
        db.session.flush()
        closed_periods.follow_closing_date(was, company.closing_date, "QuickBooks")
    else:
        sync_settings.save({act: how[0]}, given.bo())


def _slots() -> list[Slot]:
    """Those that an order may lack."""
    return [slot for page in PAGES for slot in slots(page) if SECTIONS[slot.section].orders]


def _map(slot: Slot, number: int) -> None:
    ids = THEIRS[LIST_OF[slot.section]]
    values = {"section": slot.section, "ours": slot.ours, "province": slot.province}
    db.session.add(Mapping(**given.owner(), **values, external_id=ids[number % len(ids)]))
    db.session.flush()


def _active(company: Connection, slot: Slot, number: int | None) -> str:
    """What a form would offer; nothing where the number says so."""
    ids = [entry.external_id for entry in facts.entries(company, LIST_OF[slot.section]) if entry.active]
    return "" if number is None or not ids else ids[number % len(ids)]


def _read(company: Connection, gone: Collection[tuple[str, str]]) -> None:
    for entry in db.session.scalars(select(ListEntry).where(ListEntry.connection_id == company.id)):
        entry.active = (entry.list, entry.external_id) not in gone
    db.session.flush()


def _failed(company: Connection, order: Order) -> None:
    values = {"record_kind": "order", "record_id": order.id, "revision": 2, "reason": "finalized"}
    db.session.add(
        Push(**given.owner(), **values, connection_id=company.id, state="failed", settled_at=now())
    )


def _find_all(company: Connection, orders: Sequence[uuid.UUID]) -> None:
    """As if each had just been finalized or pushed."""
    db.session.add_all(
        Problem(
            **given.owner(),
            record_kind="order",
            record_id=order_id,
            code=one.code,
            values=dict(one.values),
            cause=one.cause,
        )
        for order_id, found in _outcomes(company, orders).items()
        for one in found
    )
    badge.restate("order", orders)


def _told() -> set[tuple[str, str]]:
    """Notes of each order, and the code of each problem that it stands with."""
    rows = db.session.execute(
        select(Order.notes, Problem.code)
        .join(Problem, Problem.record_id == Order.id)
        .where(Problem.resolved_at.is_(None), Problem.code.in_(TOLD), holds.FINALIZED, holds.CONCERNED)
    )
    return {(notes, code) for notes, code in rows}


def _planned(company: Connection) -> set[tuple[str, str]]:
    """The same, as planning finds them."""
    concerned = dict(
        db.session.execute(select(Order.id, Order.notes).where(holds.FINALIZED, holds.CONCERNED)).all()
    )
    outcomes = _outcomes(company, concerned)
    return {
        (concerned[order_id], one.code)
        for order_id, found in outcomes.items()
        for one in found
        if one.code in TOLD
    }


def _outcomes(company: Connection, orders: Collection[uuid.UUID]) -> dict[uuid.UUID, Sequence[Found]]:
    """What planning says of each while nothing is looked up in QuickBooks."""
    records = plan_context.load_records({"order": orders})
    known = plan_context.load(company, records.values())
    needed = plan_context.needed_ids(records.values())
    unlinked = {RecordRef(kind, one) for kind, ids in needed.items() for one in ids} - known.links.keys()
    unasked = replace(known, matches={each: Match() for each in unlinked})
    found: dict[uuid.UUID, Sequence[Found]] = {}
    for (_, order_id), order in records.items():
        outcome = plan(order, unasked)
        found[order_id] = outcome.problems if isinstance(outcome, Blocked) else ()
    return found
