"""The page of a run: what it would come to, to be confirmed; then how far it is, what failed, and stop."""

import uuid
from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.company import current
from portal.extensions import db
from portal.models import BulkRun
from portal.models.base import now
from portal.models.kinds import RECORDS
from portal.outbox import badge
from portal.problems.reasons import words
from portal.sales.bulk import failures, progress, run_records, runs, selection
from portal.sales.bulk.outlook import outlook
from portal.sales.bulk.selection import Chosen
from portal.sales.bulk.verbs import DONE
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.bulk.changes import WORDS, to_confirm
from portal.web.bulk.pushes import LEFT_OUT, PUSH, by_currency, comes_to, lasting, left_out
from portal.web.bulk.reasons import reasons, reasons_of
from portal.web.bulk.ticked import table, view

blueprint = Blueprint("runs", __name__)

SHOWN_FAILURES = 25
MOST_SUMMED = 10_000
"""Of larger runs the money is summed up at their end, not each time that the page asks how far they are."""
PART_WORDS: Mapping[run_records.Part, str] = {
    "synced": "Synced",
    "failed": "Failed",
    "moving": "Waiting",
    "ahead": "Waiting until their day",
    "cancelled": "Taken back",
    "done": "Done",
    "left_out": "Left out",
}


@blueprint.get("/runs/<uuid:run_id>")
@allow("viewer")
def run(run_id: uuid.UUID) -> ResponseReturnValue:
    run = load_or_404(BulkRun, run_id)
    if run.offered_until is None:
        return _under_way(run)
    return _to_confirm(run) if run.verb == "push" else to_confirm(run)


def _to_confirm(run: BulkRun) -> ResponseReturnValue:
    """The address also carries what the table was narrowed to, for the way back."""
    chosen = Chosen.of(run)
    told = comes_to(chosen)
    stuck = told["preview"]["in_the_way"].records
    ahead = outlook(chosen) if told["preview"].would_go else None
    return render(
        "pushes/confirm.html",
        run=run,
        **told,
        outlook=ahead,
        lacking=_lacking(chosen),
        lasting=lasting(ahead.seconds) if ahead else "",
        reasons=reasons(selection.standing_in_the_way(chosen)) if stuck else [],
        push=url_for(PUSH[run.record_kind]),
        back=table(run.record_kind, {**request.args, **(run.filter or {})}),
        view=view(run.record_kind, {**request.args, **(run.filter or {})}),
    )


def _lacking(chosen: Chosen) -> int:
    """How many go without a purchase order number that their customer asks for."""
    if chosen.record_kind != "order":
        return 0
    return selection.lacking_purchase_order(selection.would_be_pushed(chosen))


def _under_way(run: BulkRun) -> ResponseReturnValue:
    figures = progress.of(run)
    state = progress.state_of(run, figures)
    under_way = state == "running"
    found = failures.of(run, figures)
    shown = run_records.page(run, "failed").records[:SHOWN_FAILURES] if figures.failed else []
    return render(
        "runs/run.html",
        "runs/_progress.html",
        run=run,
        words=WORDS[run.verb],
        done_word=DONE[run.verb],
        chosen=runs.confirmed_of(run),
        done_money=by_currency(run.money_done),
        seen_money=by_currency(run.money_seen) if run.money_seen else [],
        figures=figures,
        state=state,
        later=progress.went_later(run, figures),
        kind=RECORDS[run.record_kind],
        time_left=time_left(progress.seconds_left(run)) if under_way else "",
        ended=None if under_way else progress.ended_at(run),
        now=now(),
        money={} if under_way and figures.total > MOST_SUMMED else _money(progress.money_of(run)),
        # While it runs the page asks again by itself, and would take away what is being chosen.
        reasons=reasons_of(run, found, None if under_way else current.connection()),
        not_told=found,
        failures=shown,
        home_currency=person().organization.currency,
        badges=badge.badges(run.record_kind, [record.id for record in shown]),
        left_out=left_out(run.left_out_by),
        more=_at_most(runs.more_matching(run) if not under_way else 0),
        matching=table(run.record_kind, run.filter or {}),
    )


@blueprint.get("/runs/<uuid:run_id>/records")
@allow("viewer")
def records(run_id: uuid.UUID) -> ResponseReturnValue:
    """The records of a run that ended in one way: `part`; with `reason` those that failed for it."""
    run = _confirmed(run_id)
    part, reason = request.args.get("part", ""), request.args.get("reason", "")
    known: run_records.Part = next((one for one in run_records.PARTS if one == part), "failed")
    after = request.args.get("after", type=uuid.UUID)
    if known == "left_out":
        return _left_out(run, after)
    page = run_records.page(run, known, after, reason)
    further = url_for("runs.records", run_id=run.id, part=known, reason=reason or None, after=page.after)
    return render(
        "runs/records.html",
        run=run,
        words=WORDS[run.verb],
        kind=RECORDS[run.record_kind],
        title=f"{PART_WORDS[known]}: {words(reason)}" if reason else PART_WORDS[known],
        failures=page.records,
        further=further if page.after else "",
        home_currency=person().organization.currency,
        badges=badge.badges(run.record_kind, [record.id for record in page.records]),
    )


def _left_out(run: BulkRun, after: uuid.UUID | None) -> ResponseReturnValue:
    page = run_records.left_out(run, after)
    further = url_for("runs.records", run_id=run.id, part="left_out", after=page.after)
    return render(
        "runs/left_out.html",
        run=run,
        words=WORDS[run.verb],
        kind=RECORDS[run.record_kind],
        title=PART_WORDS["left_out"],
        left=[
            (record, sentence or f"It {LEFT_OUT.get(why, ('was left out',))[0]}.")
            for record, why, sentence in page.records
        ],
        further=further if page.after else "",
        home_currency=person().organization.currency,
        badges=badge.badges(run.record_kind, [record.id for record, *_ in page.records]),
    )


def _money(sums: Mapping[str, Mapping[str, int]]) -> dict[str, list[tuple[str, int]]]:
    """By how they ended, each currency; the organization's own first."""
    return {part: by_currency(cents) for part, cents in sums.items()}


def _at_most(count: int) -> str:
    return f"{runs.COUNTED:,}+" if count > runs.COUNTED else f"{count:,}" if count else ""


@blueprint.post("/runs/<uuid:run_id>/stop")
@allow("bookkeeper")
def stop(run_id: uuid.UUID) -> ResponseReturnValue:
    run = _confirmed(run_id)
    taken_back = runs.stop(run, actor())
    db.session.commit()
    stays = "" if run.verb == "push" else " What was done already stays done."
    flash(f"Stopped: {taken_back:,} not sent. What was sent already stays in QuickBooks.{stays}", "success")
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
    return f"{lasting(seconds).capitalize()} left."
