"""The run page: how far a bulk push is, how long it takes, what failed and why, stop, and try again."""

import uuid

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.company import current
from portal.extensions import db
from portal.models import BulkRun
from portal.models.kinds import RECORDS
from portal.outbox import badge
from portal.plurals import counted
from portal.sales.bulk import progress, runs
from portal.sales.search.table_pages import WITH_ITS_WHOLE
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.bulk.reasons import reasons

blueprint = Blueprint("runs", __name__)

SHOWN_FAILURES = 25


@blueprint.get("/runs/<uuid:run_id>")
@allow("viewer")
def run(run_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(BulkRun, run_id)
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
    )


@blueprint.post("/runs/<uuid:run_id>/stop")
@allow("bookkeeper")
def stop(run_id: uuid.UUID) -> ResponseReturnValue:
    taken_back = runs.stop(load_or_404(BulkRun, run_id))
    db.session.commit()
    flash(f"Stopped: {taken_back:,} not sent. What was sent already stays in QuickBooks.", "success")
    return redirect(url_for("runs.run", run_id=run_id))


@blueprint.post("/runs/<uuid:run_id>/retry-failed")
@allow("bookkeeper")
def retry_failed(run_id: uuid.UUID) -> ResponseReturnValue:
    asked = runs.retry_failed(load_or_404(BulkRun, run_id), actor())
    db.session.commit()
    flash(f"{asked:,} are being pushed again." if asked else "There is nothing to push again.", "success")
    return redirect(url_for("runs.run", run_id=run_id))


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
