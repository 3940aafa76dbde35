"""An import from its upload to its result: what a person does to it, and what a job goes on with.

A check changes nothing and is begun anew when it is cut off. An import stores some records to a commit and
notes in it how far it is, so that one that was killed goes on where it was: nothing comes in twice.
"""

import json
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from portal.company import current
from portal.extensions import db, only_looking
from portal.imports import stored_file
from portal.imports.customers import CustomerJudge
from portal.imports.fields import KINDS
from portal.imports.judging import Cells, Judge
from portal.imports.orders import OrderJudge
from portal.imports.products import ProductJudge
from portal.imports.reading import Layout, Unreadable, head_of, layout_of
from portal.imports.settings import REASON_COLUMN, Settings, fingerprint, recognized, without_nul
from portal.imports.table import Table
from portal.imports.tally import Tally, told
from portal.imports.terms import TermJudge
from portal.imports.values import Values, is_ambiguous, order_of_days
from portal.models import (
    Actor,
    ChargeKind,
    ImportPiece,
    ImportProfile,
    ImportRun,
    Location,
    Organization,
    PaymentTerm,
    User,
)
from portal.models.base import new_id, now
from portal.models.imports import ImportKind, ImportStage
from portal.outbox import bell
from portal.runtime import transactions
from portal.runtime.crashpoint import crashpoint
from portal.runtime.history import refuse_foreign, remember
from portal.sales.refused import Refused

JOB = "portal.jobs.import_file"
AT_ONCE = 100_000
"""Bytes: a file as small as this is checked and imported while the person waits."""
KEPT = timedelta(days=7)
"""How long a file can be looked at and imported, and its refused rows be fetched."""
FORGOTTEN = 20  # pieces that one transaction throws away
TRIES = 4
PROGRESS_EVERY = 5  # chunks of a check
GONE = "This file is not kept any more: files are thrown away after a week. Upload it again."
IN_THE_WAY = "This import is at another point by now. Look at it again."

log = logging.getLogger(__name__)


class Overtaken(Exception):
    """Somebody stopped it, or another worker goes on with it."""


def start(kind: ImportKind, name: str, file: IO[bytes], actor: Actor) -> ImportRun:
    """Store an upload, and recognize its columns: as they were chosen for such a file before, or by their
    names. A file that can't be read is kept as refused, with why. The caller commits.
    """
    refuse_foreign(actor)
    run = ImportRun(
        id=new_id(),
        organization_id=actor.organization_id,
        kind=kind,
        file_name=_plain_name(name),
        size=0,
        user_id=actor.user_id,
        actor=actor.name,
        settings=Settings().storable(),
    )
    db.session.add(run)
    db.session.flush()
    try:
        with db.session.begin_nested():
            run.size = stored_file.keep(run.id, file)
        layout = layout_of(file, name)
        run.layout = layout.storable()
        run.head = without_nul(head_of(file, layout))
    except Unreadable as unreadable:
        stored_file.forget(run.id, "file")
        run.stage, run.why, run.finished_at = "refused", unreadable.sentence[:500], now()
        return run
    run.fingerprint = fingerprint(run.head[0])
    profile = profile_of(run)
    found = Settings.stored(profile.settings) if profile else _guessed(run, layout)
    run.settings = found.storable()
    return run


def profile_of(run: ImportRun) -> ImportProfile | None:
    """How a file with these columns was read before."""
    return db.session.scalar(
        select(ImportProfile).where(
            ImportProfile.kind == run.kind, ImportProfile.fingerprint == run.fingerprint
        )
    )


def settings_of(run: ImportRun) -> Settings:
    """How the file is read."""
    return Settings.stored(run.settings)


def asks_for_days(run: ImportRun, columns: Mapping[str, int]) -> bool:
    """Whether days of the file may be read in two ways, and none of them says in which."""
    days = list(_days(run, columns))
    return any(map(is_ambiguous, days)) and not any(map(order_of_days, days))


def choose(run: ImportRun, chosen: Settings, actor: Actor) -> None:
    """Read the file so, remember it for others like it, and check it. Raises Refused. Commits."""
    refuse_foreign(actor)
    kind = KINDS[run.kind]
    for field in kind.fields:
        if field.required and field.name not in chosen.columns:
            raise Refused(f"Choose the column that holds: {field.label}.")
    if asks_for_days(run, chosen.columns) and not chosen.days:
        raise Refused("Choose how the file writes days: some can be read in two ways.")
    if run.kind == "orders":
        _check_rules(chosen)
    _turn(run, ("read", "offered"), "checking", settings=chosen.storable(), seen=0, why="", found={})
    _remember(run, chosen)
    _begin(run)


def mend(run: ImportRun, mended: Mapping[str, Mapping[str, str]], actor: Actor) -> None:
    """Read other values instead of wrong ones, by field, and check again. Raises Refused. Commits."""
    standing = settings_of(run)
    mends = {name: dict(values) for name, values in standing.mends.items()}
    for name, values in mended.items():
        mends.setdefault(name, {}).update(values)
    choose(run, replace(standing, mends=mends), actor)


def confirm(run: ImportRun, actor: Actor) -> None:
    """Import what was offered. Raises Refused. Commits."""
    refuse_foreign(actor)
    _turn(run, ("offered",), "importing", place=0, seen=0, user_id=actor.user_id, actor=actor.name)
    run.found = Tally().storable()
    stored_file.forget(run.id, "refused")
    _begin(run)


def stop(run: ImportRun, actor: Actor) -> None:
    """Leave it at what is stored by now. Raises Refused. Commits."""
    refuse_foreign(actor)
    _turn(run, ("read", "checking", "offered", "importing"), "stopped", finished_at=now())
    run.why = f"Stopped by {actor.name}."[:500]
    db.session.commit()


def go_on(run_id: uuid.UUID) -> None:
    """Check or import what is left of one; begun again, it goes on from there."""
    bell.hear(f"import:{run_id}")
    run = db.session.scalar(
        select(ImportRun).where(ImportRun.id == run_id).execution_options(unscoped="import of a job")
    )
    if run is None:
        return
    db.session.info["organization_id"] = run.organization_id
    db.session.commit()
    _work(run_id)


def recent(limit: int) -> Sequence[ImportRun]:
    """The latest ones, newest first."""
    newest = select(ImportRun).order_by(ImportRun.created_at.desc(), ImportRun.id)
    return db.session.scalars(newest.limit(limit)).all()


def refused_lines(run_id: uuid.UUID) -> Iterator[list[tuple[list[str], str]]]:
    """The rows that were refused, some at a time: the cells of each, and why."""
    after: int | None = None
    while True:
        some, after = refused_some(run_id, after)
        yield some
        if after is None:
            return


def refused_some(run_id: uuid.UUID, after: int | None) -> tuple[list[tuple[list[str], str]], int | None]:
    """Of the rows that were refused, those behind this place, and the place to go on behind; None at the
    end.
    """
    found = stored_file.next_piece(run_id, "refused", -1 if after is None else after)
    if found is None:
        return [], None
    position, data = found
    return [(list(cells), str(why)) for cells, why in json.loads(data)], position


def header_of(run: ImportRun) -> list[str]:
    """The names of the columns, without that of a reason from before."""
    return [name for name in run.head[0] if name != REASON_COLUMN] if run.head else []


def unfinished() -> list[uuid.UUID]:
    """What a job is still to go on with, of any organization. Commits."""
    ids = db.session.scalars(
        select(ImportRun.id).where(ImportRun.stage.in_(("checking", "importing"))),
        execution_options={"unscoped": "clock"},
    ).all()
    db.session.commit()
    return list(ids)


def forget_some() -> bool:
    """Throw away some of the files of long ago, of any organization; whether there were any. What became of
    them is kept. The caller commits.
    """
    anybodys: dict[str, Any] = {"unscoped": "clock", "synchronize_session": False}
    old = select(ImportRun.id).where(
        ImportRun.created_at < now() - KEPT, ImportRun.stage.not_in(("checking", "importing"))
    )
    some = db.session.execute(
        select(ImportPiece.run_id, ImportPiece.part, ImportPiece.position)
        .where(ImportPiece.run_id.in_(old))
        .limit(FORGOTTEN),
        execution_options=anybodys,
    ).all()
    for run_id, part, position in some:
        its = ImportPiece.run_id == run_id, ImportPiece.part == part, ImportPiece.position == position
        db.session.execute(delete(ImportPiece).where(*its), execution_options=anybodys)
    return bool(some)


def _check_rules(chosen: Settings) -> None:
    """Raises Refused for rules that can't be followed."""
    rules = chosen.rules
    known = {str(one) for one in db.session.scalars(select(ChargeKind.id))}
    if "freight" in chosen.columns and rules.freight not in known:
        raise Refused("Choose which charge the freight column is, or don't import that column.")
    if set(rules.charges.values()) - known:
        raise Refused("A charge of the rules is gone. Choose its codes anew.")
    if rules.nobody and db.session.scalar(select(Location.id).where(Location.number == rules.nobody)) is None:
        raise Refused(f"There is no location number {rules.nobody} to put rows without a customer on.")
    if "sku" in chosen.columns and "quantity" not in chosen.columns:
        raise Refused("Choose the column that holds the quantity, or leave out that of the SKU code.")


def _begin(run: ImportRun) -> None:
    """At once where it is little; else a job does it."""
    run_id, few = run.id, run.size <= AT_ONCE
    if not few:
        bell.ring_after_commit(JOB, f"import:{run_id}", str(run_id))
    db.session.commit()
    if few:
        _work(run_id)


def _work(run_id: uuid.UUID) -> None:
    for tries in range(1, TRIES + 1):
        try:
            run = db.session.get_one(ImportRun, run_id, populate_existing=True)
            if run.stage == "checking":
                _check(run)
            elif run.stage == "importing":
                _import(run)
            return
        except Overtaken:
            db.session.rollback()
            return
        except Refused as refused:
            db.session.rollback()
            _end(run_id, "refused", refused.sentence)
            return
        except IntegrityError:
            # Somebody made the same at the same moment: what is there by now is judged anew.
            db.session.rollback()
            if tries == TRIES:
                raise


def _check(run: ImportRun) -> None:
    run_id, turn, tally = run.id, run.turn, Tally()
    stored: list[bytes] = []
    with only_looking():
        table, judge, groups = _opened(run)
        chunks = enumerate(table.chunks(groups), start=1)
    for done, some in chunks:
        with only_looking():
            verdicts = judge.judge(some)
            db.session.commit()
        for verdict in verdicts:
            tally.add(verdict)
        if lines := told(verdicts):
            stored.append(json.dumps(lines, ensure_ascii=False).encode())
        _forget_records()
        if done % PROGRESS_EVERY == 0:
            transactions.run(_moved, run_id, turn, seen=tally.counts["rows"], rows=len(table))

    def keep() -> None:
        stored_file.forget(run_id, "refused")
        for position, data in enumerate(stored):
            stored_file.put(run_id, "refused", position, data)
        _moved(run_id, turn, stage="offered", seen=len(table), rows=len(table), found=tally.storable())

    crashpoint("import checked")
    transactions.run(keep)


def _import(run: ImportRun) -> None:
    run_id, turn, place = run.id, run.turn, run.place
    actor = run.as_actor()
    tally = Tally.stored(run.found)
    with only_looking():
        table, judge, groups = _opened(run)
        db.session.commit()
    for some in table.chunks(groups, place):
        # In one transaction, at whose end the place is right; if it is rolled back, all is begun anew.
        _moved(run_id, turn, place=place + len(some), seen=tally.counts["rows"], rows=len(table), at=place)
        _keep_other_imports_out()
        verdicts = judge.judge(some)
        judge.store(verdicts, actor)
        for verdict in verdicts:
            tally.add(verdict)
        if lines := told(verdicts):
            stored_file.put(run_id, "refused", place, json.dumps(lines, ensure_ascii=False).encode())
        place += len(some)
        _moved(run_id, turn, seen=tally.counts["rows"], found=tally.storable())
        crashpoint("before an import's commit")
        db.session.commit()
        _forget_records()
        crashpoint("after an import's commit")
    _moved(run_id, turn, stage="done", seen=len(table), rows=len(table), finished_at=now())
    made = tally.counts
    remember(
        actor,
        "imported",
        ("import", run_id),
        f"Imported {run.file_name}: {made['new']:,} new, {made['changed']:,} changed, "
        f"{made['unchanged']:,} unchanged, {made['refused']:,} refused.",
    )
    db.session.commit()


def _forget_records() -> None:
    """However many they are, few are in memory at a time."""
    for one in list(db.session):
        if not isinstance(one, ImportRun | Organization | User):
            db.session.expunge(one)


def _opened(run: ImportRun) -> tuple[Table, Judge, list[list[int]]]:
    """The rows of its file, who judges them, and which belong together. Raises Refused."""
    settings, kind = Settings.stored(run.settings), KINDS[run.kind]
    terms = {term.name.casefold(): term.id for term in db.session.scalars(select(PaymentTerm))}
    cells = Cells(kind, settings, Values(settings, terms))
    with stored_file.opened(run.id) as file:
        layout = Layout.stored(run.layout)
        db.session.commit()
        table = Table(file, layout)
    if not len(table):
        raise Refused(GONE)
    judge = _judge(run.kind, cells, run.id)
    return table, judge, table.groups(judge)


def _judge(kind: ImportKind, cells: Cells, run_id: uuid.UUID) -> Judge:
    if kind == "terms":
        return TermJudge(cells)
    if kind == "products":
        return ProductJudge(cells)
    if kind == "orders":
        return OrderJudge(cells, run_id)
    connection = current.connection()
    return CustomerJudge(cells, is_us=connection is not None and connection.is_us)


def _keep_other_imports_out() -> None:
    """Two files that hold the same, imported at once, make it once: SKUs and products have no unique name."""
    mine = db.session.info["organization_id"]
    db.session.execute(select(Organization.id).where(Organization.id == mine).with_for_update(key_share=True))


def _turn(run: ImportRun, of: Sequence[ImportStage], stage: ImportStage, **values: Any) -> None:
    """Into another stage, where it still is in one of these. Raises Refused."""
    moved = db.session.scalar(
        update(ImportRun)
        .where(ImportRun.id == run.id, ImportRun.stage.in_(of), ImportRun.turn == run.turn)
        .values(stage=stage, turn=ImportRun.turn + 1, **values)
        .returning(ImportRun.id),
        execution_options={"synchronize_session": False},
    )
    if moved is None:
        raise Refused(IN_THE_WAY)
    db.session.refresh(run)


def _moved(run_id: uuid.UUID, turn: int, at: int | None = None, **values: Any) -> None:
    """Note how far it is, where nobody else did meanwhile. Raises Overtaken."""
    if "stage" in values:
        values["turn"] = turn + 1
    standing = [ImportRun.id == run_id, ImportRun.turn == turn]
    if at is not None:
        standing.append(ImportRun.place == at)
    moved = db.session.scalar(
        update(ImportRun).where(*standing).values(**values).returning(ImportRun.id),
        execution_options={"synchronize_session": False},
    )
    if moved is None:
        raise Overtaken


def _end(run_id: uuid.UUID, stage: ImportStage, why: str) -> None:
    run = db.session.get_one(ImportRun, run_id, populate_existing=True)
    run.stage, run.why, run.turn, run.finished_at = stage, why[:500], run.turn + 1, now()
    db.session.commit()


def _remember(run: ImportRun, chosen: Settings) -> None:
    profile = profile_of(run)
    if profile is None:
        profile = ImportProfile(
            organization_id=run.organization_id, kind=run.kind, fingerprint=run.fingerprint
        )
        try:
            with db.session.begin_nested():
                db.session.add(profile)
        except IntegrityError:
            # Somebody chose for such a file at the same moment: the later choice holds.
            profile = profile_of(run)
            assert profile is not None
    profile.settings, profile.used_at = chosen.storable(), now()


def _guessed(run: ImportRun, layout: Layout) -> Settings:
    """By what stands in the first rows."""
    columns = recognized(KINDS[run.kind], run.head[0])
    said = {order for order in map(order_of_days, _days(run, columns)) if order}
    numbers = [
        row[at]
        for field in KINDS[run.kind].fields
        if field.reads in ("number", "price", "money", "percent")
        and (at := columns.get(field.name)) is not None
        for row in run.head[1:]
        if at < len(row)
    ]
    commas = sum("," in one and "." not in one for one in numbers)
    points = sum("." in one for one in numbers)
    percents = [
        row[at]
        for field in KINDS[run.kind].fields
        if field.reads == "percent" and (at := columns.get(field.name)) is not None
        for row in run.head[1:]
        if at < len(row)
    ]
    return Settings(
        columns=columns,
        decimal="," if commas > points else ".",
        days=said.pop() if len(said) == 1 else "",
        percent="fraction" if _are_fractions(percents) else "percent",
    )


def _are_fractions(texts: Sequence[str]) -> bool:
    """Whether all are below 1, and not all are 0."""
    read = [text.strip().replace(",", ".") for text in texts if text.strip()]
    return any(text.strip("0.") for text in read) and all(text.startswith(("0", ".")) for text in read)


def _days(run: ImportRun, columns: Mapping[str, int]) -> Iterator[str]:
    for field in KINDS[run.kind].fields:
        at = columns.get(field.name)
        if field.reads == "day" and at is not None:
            yield from (row[at].strip() for row in run.head[1:] if at < len(row))


def _plain_name(name: str) -> str:
    """Without the folders of whoever uploads it, and printable."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in last if one.isprintable())[:200] or "file"
