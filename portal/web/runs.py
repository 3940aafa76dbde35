"""The run page: how far a bulk push is, what failed and why, stop, and try again."""

import uuid

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal.extensions import db
from portal.models import BulkRun
from portal.sales import runs
from portal.sync import badge, problems
from portal.web.access import actor, allow, load_or_404, render

blueprint = Blueprint("runs", __name__)

SHOWN_FAILURES = 25


@blueprint.get("/runs/<uuid:run_id>")
@allow("viewer")
def run(run_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(BulkRun, run_id)
    figures = runs.progress(run)
    red = runs.failed_ids(run, SHOWN_FAILURES) if figures.failed else []
    model = runs.MODELS[run.record_kind]
    return render(
        "runs/run.html",
        "runs/_progress.html",
        run=run,
        figures=figures,
        state=runs.state_of(run, figures),
        causes=[
            (problems.sentence(cause.problem.code, cause.problem.values), cause.records)
            for cause in (runs.causes(run) if figures.failed else [])
        ],
        failures=db.session.scalars(select(model).where(model.id.in_(red)).order_by(model.id)).all(),
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
