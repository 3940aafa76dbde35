"""What else is done with orders in bulk: *Finalize*, *Don't send*, *Reopen*…; confirmed as a push is."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.decisions import LONGEST_REASON, REASONS
from portal.extensions import begin_answering
from portal.models import BulkRun
from portal.models.kinds import RECORDS
from portal.models.pushes import Verb
from portal.sales import orders
from portal.sales.bulk import prospects
from portal.sales.bulk.selection import Chosen
from portal.web.access import allow, asks_for_whole_pages, load_or_404, person, render
from portal.web.bulk.pushes import by_currency, confirmed, elsewhere, lasting, left_out, offered, picked
from portal.web.bulk.reasons import reasons
from portal.web.bulk.ticked import table, view

blueprint = Blueprint("changes", __name__)


@dataclass(frozen=True)
class Words:
    """How a verb is told: as a title, on its button before how many, and while it runs."""

    title: str
    button: str
    doing: str


WORDS: Mapping[Verb, Words] = {
    "push": Words("Push to QuickBooks Online", "Push", "Pushing to QuickBooks Online…"),
    "finalize": Words("Finalize", "Finalize", "Finalizing…"),
    "finalize_and_push": Words("Finalize and push to QuickBooks Online", "Finalize and push", "Finalizing…"),
    "keep_back": Words("Don't send to QuickBooks", "Don't send", "Keeping back…"),
    "send_after_all": Words("Send after all", "Let be sent", "Letting them be sent…"),
    "date_open": Words("Date on the first open day", "Date and push", "Dating on the first open day…"),
    "reopen": Words("Reopen", "Reopen", "Reopening…"),
}
KEPT_BACK_FOR = {**REASONS, "other": "Another reason"}
NO_REASON = "Say why they are not to be sent: the next person will wonder."
EARLY = {
    "start": (
        "is dated before {}, when the sync starts, and does not go",
        "are dated before {}, when the sync starts, and do not go",
    ),
    "closed": (
        "lies in the period that is closed up to {}, and goes as the sync settings say of it",
        "lie in the period that is closed up to {}, and go as the sync settings say of it",
    ),
    "filed": (
        "lies before sales tax was filed up to {}, and waits for a decision where it bears that tax",
        "lie before sales tax was filed up to {}, and wait for a decision where they bear that tax",
    ),
}


def endpoint_of(verb: Verb) -> str:
    return f"changes.{verb}"


def _change(verb: Verb) -> ResponseReturnValue:
    """What is ticked comes to this much, as a line of the table; kept for the page that asks to confirm it;
    and once that is confirmed, done.
    """
    if "confirm" in request.form:
        return _confirmed(verb)
    begin_answering()  # what is chosen may be looked for among very many
    chosen = picked("order")
    if asks_for_whole_pages():
        return offered(chosen, verb)
    return render(
        "runs/confirm.html",
        "runs/_ticked.html",
        chosen=chosen,
        elsewhere=elsewhere(chosen),
        words=WORDS[verb],
        **_told(prospects.counted(verb, chosen)),
    )


def _confirmed(verb: Verb) -> ResponseReturnValue:
    reason = ""
    if verb == "keep_back":
        reason = _reason()
        if not reason:
            return to_confirm(load_or_404(BulkRun, _run_id()), 422, NO_REASON)
    return confirmed("order", reason, _seen())


def _run_id() -> uuid.UUID:
    try:
        return uuid.UUID(request.form["confirm"])
    except ValueError:
        return uuid.UUID(int=0)


def _reason() -> str:
    """One of the list, with what is written beside it; for another reason only that."""
    chosen, text = request.form.get("why", ""), " ".join(request.form.get("text", "").split())
    listed = KEPT_BACK_FOR.get(chosen, "") if chosen != "other" else ""
    return ": ".join(part for part in (listed, text) if part)[:LONGEST_REASON]


def _seen() -> dict[str, int]:
    """Cents by currency as the page told them; none where that was tampered with."""
    try:
        said = json.loads(request.form.get("seen", "{}"))
        return {str(code)[:3]: int(cents) for code, cents in said.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def to_confirm(run: BulkRun, status: int = 200, reason_error: str = "") -> ResponseReturnValue:
    """The page that asks to confirm a run."""
    made = prospects.look(run.verb, Chosen.of(run))
    said = {**request.args, **request.form, **(run.filter or {})}
    return render(
        "runs/confirm.html",
        status=status,
        run=run,
        kind=RECORDS[run.record_kind],
        words=WORDS[run.verb],
        made=made,
        home=person().organization.currency,
        outlook=made.outlook,
        lasting=lasting(made.outlook.seconds) if made.outlook else "",
        early=[(count, *EARLY[why], day) for why, day, count in made.early],
        reasons=reasons(made.needed),
        by_itself=orders.settings_push_orders(),
        seen=json.dumps(made.going.money, sort_keys=True),
        kept_back_for=KEPT_BACK_FOR,
        reason_error=reason_error,
        longest=LONGEST_REASON,
        action=url_for(endpoint_of(run.verb)),
        back=table(run.record_kind, said),
        view=view(run.record_kind, said),
        **_told(made),
    )


def _told(made: prospects.Prospect) -> dict[str, Any]:
    return {
        "prospect": made,
        "money": by_currency(made.going.money),
        "left_out": left_out(made.left_out),
    }


for _verb in WORDS:
    if _verb != "push":
        blueprint.add_url_rule(
            f"/orders/{_verb.replace('_', '-')}",
            _verb,
            allow("bookkeeper")(_change),
            defaults={"verb": _verb},
            methods=["POST"],
        )
