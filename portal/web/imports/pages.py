"""Imports: the page that files are uploaded on, the page of one, its refused rows, and example files."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select

from portal.extensions import db
from portal.imports import runs
from portal.imports.fields import KINDS, FileKind
from portal.imports.outlook import outlook
from portal.imports.reading import MOST_BYTES, MOST_ROWS
from portal.imports.settings import REASON_COLUMN
from portal.imports.tally import Alike, Tally
from portal.models import ImportRun, PaymentTerm
from portal.models.imports import ImportKind
from portal.plan import countries
from portal.plan.exemptions import REASONS
from portal.sales import Refused
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.imports import columns_form
from portal.web.spreadsheet import as_file, header_line, lines_of, read_some_at_a_time

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

KIND = "any(terms, customers, products, orders)"
RECENT = 20
MENDED_AT_ONCE = 60
MULTIPART = 64 * 2**10  # bytes of an upload beside the file
STAGES = {
    "read": "Columns to be matched",
    "checking": "Being looked at",
    "offered": "To be confirmed",
    "importing": "Being imported",
    "done": "Imported",
    "stopped": "Stopped",
    "refused": "Can't be read",
}


@blueprint.url_value_preprocessor
def _take_more(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A file may be larger than forms are; asked before the form's token is looked for in it."""
    if endpoint == "imports.create" and current_user.is_authenticated:
        request.max_content_length = MOST_BYTES + MULTIPART


@blueprint.get("")
@allow("bookkeeper")
def index() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    return render(
        "imports/index.html",
        kinds=KINDS,
        wanted=kind if kind in KINDS else "",
        recent=runs.recent(RECENT),
        stages=STAGES,
        most_rows=MOST_ROWS,
        most_mb=MOST_BYTES // 2**20,
    )


@blueprint.post("")
@allow("bookkeeper")
def create() -> ResponseReturnValue:
    """Files known by their columns go on to what they would do; of others, the columns are matched first."""
    kind, file = request.form.get("kind", ""), request.files.get("file")
    if kind not in KINDS or file is None or not file.filename:
        flash("Choose what the file holds, and the file.", "warning")
        return redirect(url_for("imports.index", kind=kind if kind in KINDS else None))
    run = runs.start(_kind(kind), file.filename, file.stream, actor())
    db.session.commit()
    import_id = run.id
    if run.stage == "read" and runs.profile_of(run) is not None:
        try:
            runs.choose(run, runs.settings_of(run), actor())
        except Refused:
            db.session.rollback()  # what is missing is said beside the columns
    return redirect(url_for("imports.show", import_id=import_id))


@blueprint.get(f"/examples/<{KIND}:kind>.csv")
@allow("bookkeeper")
def example(kind: str) -> ResponseReturnValue:
    fields = [field for field in KINDS[_kind(kind)].fields if any(field.example)]
    rows = [[field.example[at] for field in fields] for at in (0, 1)]
    text = header_line([field.label for field in fields]) + lines_of(rows)
    return as_file(f"example-{kind}.csv", iter([text]))


@blueprint.get("/<uuid:import_id>")
@allow("bookkeeper")
def show(import_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(ImportRun, import_id)
    if run.stage == "read" or (run.stage == "offered" and "columns" in request.args):
        return _columns_page(run)
    return _run_page(run)


@blueprint.post("/<uuid:import_id>/columns")
@allow("bookkeeper")
def choose(import_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(ImportRun, import_id)
    if run.stage not in ("read", "offered"):
        return redirect(url_for("imports.show", import_id=import_id))
    wanted = columns_form.chosen(run, runs.settings_of(run), request.form)
    try:
        if twice := columns_form.doubled(run, request.form):
            raise Refused(f"Two columns are matched with: {twice}. Choose one of them.")
        runs.choose(run, wanted, actor())
    except Refused as refused:
        db.session.rollback()
        run = load_or_404(ImportRun, import_id)
        return _columns_page(run, wanted, refused.sentence)
    return redirect(url_for("imports.show", import_id=import_id))


@blueprint.post("/<uuid:import_id>/mend")
@allow("bookkeeper")
def mend(import_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(ImportRun, import_id)
    mended: dict[str, dict[str, str]] = {}
    known = {field.name for field in KINDS[run.kind].fields}
    for at in range(MENDED_AT_ONCE):
        name, becomes = request.form.get(f"field-{at}", ""), request.form.get(f"mend-{at}", "").strip()
        if name in known and becomes:
            mended.setdefault(name, {})[request.form.get(f"value-{at}", "")] = becomes[:500]
    if not mended:
        flash("Write what is meant beside a wrong value first.", "warning")
        return redirect(url_for("imports.show", import_id=import_id))
    return _done(import_id, lambda: runs.mend(run, mended, actor()))


@blueprint.post("/<uuid:import_id>/import")
@allow("bookkeeper")
def confirm(import_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(ImportRun, import_id)
    return _done(import_id, lambda: runs.confirm(run, actor()))


@blueprint.post("/<uuid:import_id>/stop")
@allow("bookkeeper")
def stop(import_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(ImportRun, import_id)
    return _done(import_id, lambda: runs.stop(run, actor()))


@blueprint.get("/<uuid:import_id>/refused.csv")
@allow("bookkeeper")
def refused(import_id: uuid.UUID) -> ResponseReturnValue:
    """The rows as they were, and why each was refused: to be mended and uploaded again."""
    run = load_or_404(ImportRun, import_id)
    header = runs.header_of(run)
    wide = [at for at, name in enumerate(run.head[0]) if name != REASON_COLUMN] if run.head else []

    def some(after: Any) -> tuple[list[list[object]], Any]:
        rows, place = runs.refused_some(import_id, after)
        return [[*_filled(cells, wide), why] for cells, why in rows], place

    mine = person().organization_id
    return as_file("refused-rows.csv", read_some_at_a_time(mine, [*header, REASON_COLUMN], some))


def _filled(cells: list[str], wide: list[int]) -> list[str]:
    return [cells[at] if at < len(cells) else "" for at in wide]


def _done(import_id: uuid.UUID, verb: Any) -> ResponseReturnValue:
    try:
        verb()
    except Refused as refused:
        db.session.rollback()
        flash(refused.sentence, "warning")
    return redirect(url_for("imports.show", import_id=import_id))


def _columns_page(run: ImportRun, wanted: Any = None, complaint: str = "") -> ResponseReturnValue:
    settings = wanted or runs.settings_of(run)
    return render(
        "imports/columns.html",
        status=422 if complaint else 200,
        run=run,
        kind=KINDS[run.kind],
        settings=settings,
        complaint=complaint,
        columns=columns_form.column_rows(run, settings),
        words=columns_form,
        charge_kinds=columns_form.charge_kinds() if run.kind == "orders" else [],
        asks_for_days=runs.asks_for_days(run, settings.columns),
    )


def _run_page(run: ImportRun) -> ResponseReturnValue:
    tally, kind = Tally.stored(run.found), KINDS[run.kind]
    groups = tally.groups()
    shown = groups[:MENDED_AT_ONCE]
    return render(
        "imports/run.html",
        "imports/_run.html",
        run=run,
        kind=kind,
        stage=STAGES[run.stage],
        moving=run.stage in ("checking", "importing"),
        tally=tally,
        groups=shown,
        more_groups=len(groups) - len(shown) + tally.more_alike,
        lists=_lists(kind, shown),
        label=lambda name: kind.field(name).label if name else "",
        column=lambda name: _column(run, name),
        outlook=outlook(run.id) if run.kind == "orders" and run.stage in ("done", "stopped") else None,
        mends=sum(len(values) for values in runs.settings_of(run).mends.values()),
        home_currency=person().organization.currency,
    )


def _column(run: ImportRun, name: str) -> str:
    """What the file calls the column of a field."""
    at = runs.settings_of(run).columns.get(name)
    return str(run.head[0][at]) if at is not None and at < len(run.head[0]) else ""


def _lists(kind: FileKind, groups: list[Alike]) -> dict[str, list[str]]:
    """What may be meant, for the fields of which something is wrong and that hold one of a list."""
    found: dict[str, list[str]] = {}
    for name in {group.column for group in groups if group.column}:
        field = kind.field(name)
        if field.choices is not None:
            found[name] = [one.replace("_", " ") for one in field.choices]
        elif field.reads == "term":
            found[name] = list(db.session.scalars(select(PaymentTerm.name).order_by(PaymentTerm.name)))
        elif field.reads == "country":
            found[name] = list(countries.names().values())
        elif field.reads == "reason":
            found[name] = list(REASONS.values())
        elif field.reads in ("yes", "no"):
            found[name] = ["yes", "no"]
    return found


def _kind(name: str) -> ImportKind:
    return next(kind for kind in KINDS if kind == name)
