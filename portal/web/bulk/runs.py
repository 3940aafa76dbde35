"""The page of a run: what it would come to, to be confirmed; then how far it is, what failed, and stop."""

import uuid

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import BulkRun
from portal.models.kinds import RECORDS
from portal.outbox import badge
from portal.plurals import counted
from portal.sales.bulk import progress, runs, selection
from portal.sales.bulk.selection import Chosen
from portal.sales.search.filters import FILTERS, Filter
from portal.sales.search.table_pages import WITH_ITS_WHOLE
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.bulk.pushes import PUSH, comes_to, left_out
from portal.web.bulk.reasons import reasons

blueprint = Blueprint("runs", __name__)

SHOWN_FAILURES = 25


@blueprint.get("/runs/<uuid:run_id>")
@allow("viewer")
def run(run_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(BulkRun, run_id)
    return _to_confirm(run) if run.offered_until is not None else _under_way(run)


def _to_confirm(run: BulkRun) -> ResponseReturnValue:
    """The address also carries what the table was narrowed to, for the way back."""
    chosen = Chosen.of(run)
    told = comes_to(chosen)
    stuck = told["preview"]["in_the_way"].records
    return render(
        "pushes/confirm.html",
        run=run,
        **told,
        reasons=reasons(selection.standing_in_the_way(chosen)) if stuck else [],
        push=url_for(PUSH[run.record_kind]),
        back=_table(run, FILTERS[run.record_kind].from_args(run.filter or request.args)),
        narrowed=FILTERS[run.record_kind].from_args(run.filter or request.args),
    )


def _under_way(run: BulkRun) -> ResponseReturnValue:
    figures = progress.of(run)
    state = progress.state_of(run, figures)
    red = progress.red_ids(run, SHOWN_FAILURES) if figures.failed else []
    model = RECORDS[run.record_kind].model
    return render(
        "runs/run.html",
        "runs/_progress.html",
        run=run,
        figures=figures,
        state=state,
        kind=RECORDS[run.record_kind],
        time_left=time_left(progress.seconds_left(run)) if state == "running" else "",
        # While it runs the page asks again by itself, and would take away what is being chosen.
        reasons=reasons(progress.causes(run), current.connection() if state != "running" else None)
        if figures.failed
        else [],
        failures=db.session.scalars(
            select(model)
            .where(model.id.in_(red))
            .options(*WITH_ITS_WHOLE[run.record_kind])
            .order_by(model.id)
        ).all(),
        home_currency=person().organization.currency,
        badges=badge.badges(run.record_kind, red),
        left_out=left_out(run.left_out_by),
        more=_at_most(runs.more_matching(run) if state != "running" else 0),
        matching=_table(run, FILTERS[run.record_kind].from_args(run.filter or {})),
    )


def _table(run: BulkRun, narrowed: Filter) -> str:
    return url_for(RECORDS[run.record_kind].table, **narrowed.args(), bulk=1)


def _at_most(count: int) -> str:
    return f"{runs.COUNTED:,}+" if count > runs.COUNTED else f"{count:,}" if count else ""


@blueprint.post("/runs/<uuid:run_id>/stop")
@allow("bookkeeper")
def stop(run_id: uuid.UUID) -> ResponseReturnValue:
    taken_back = runs.stop(_confirmed(run_id))
    db.session.commit()
    flash(f"Stopped: {taken_back:,} not sent. What was sent already stays in QuickBooks.", "success")
    return redirect(url_for("runs.run", run_id=run_id))


@blueprint.post("/runs/<uuid:run_id>/retry-failed")
@allow("bookkeeper")
def retry_failed(run_id: uuid.UUID) -> ResponseReturnValue:
    asked = runs.retry_failed(_confirmed(run_id), actor())
    db.session.commit()
    flash(f"{asked:,} are being pushed again." if asked else "There is nothing to push again.", "success")
    return redirect(url_for("runs.run", run_id=run_id))


def _confirmed(run_id: uuid.UUID) -> BulkRun:
    run = load_or_404(BulkRun, run_id)
    if run.offered_until is not None:
        abort(404)
    return run


def time_left(seconds: int | None) -> str:
    """How long the rest takes at best, by what QuickBooks takes in a minute."""
    if seconds is None:
        return "It goes on as soon as QuickBooks Online is connected again."
    if seconds < 60:
        return "Less than a minute left."
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"About {counted(minutes, 'minute')} left."
    hours = round(minutes / 60)
    return f"About {counted(hours, 'hour')} left."
