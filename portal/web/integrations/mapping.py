"""The mapping pages: which value of theirs stands for each value of ours, suggested, chosen and saved."""

import uuid
from collections.abc import Collection

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from portal.company import current, facts
from portal.connect import connections
from portal.extensions import begin_writing, db
from portal.mapping import charge_items, differing_accounts, registrations, save_choices
from portal.mapping.refresh import refresh_lists
from portal.mapping.sections import PAGES, SECTIONS
from portal.mapping.slots import Slot, provinces, slots
from portal.models import ChargeKind, Connection
from portal.plan.places import name_of as name_of_place
from portal.web.access import actor, allow, load_or_404, person, render
from portal.web.forms import merge
from portal.web.forms.slot_form import Choices, choices_form, name_of
from portal.web.integrations.setup_steps import still_open, told_next, told_with_next

blueprint = Blueprint("mapping", __name__, url_prefix="/settings/integrations/mapping")

PAGE = f"<any({', '.join(repr(page) for page in PAGES)}):page>"
SAID = {"yes": True, "no": False}
WORDS: dict[bool | None, str] = {registered: word for word, registered in SAID.items()}
TAX_PAGES = [page for page, (section, *_) in PAGES.items() if section.list == "tax_codes"]


@blueprint.get(f"/{PAGE}")
@allow("viewer")
def show(page: str) -> ResponseReturnValue:
    notice = None
    connection = current.connection()
    if connection is not None and facts.lists_are_old(connection):
        begin_writing()
        notice = _read_lists()
    return _page(page, notice=notice)


@blueprint.post(f"/{PAGE}")
@allow("bookkeeper")
def save(page: str) -> ResponseReturnValue:
    # Of categories only those that were shown: the others have no choice and got none.
    shown = _shown(page)
    form = choices_form(current.connection(), shown, _home(), registrations.registrations())
    if "add" in request.form:
        return _page(page, add=request.form.get("category", ""))
    if "create" in request.form:
        return _create_charge_item(page, request.form["create"])
    if "take" in request.form:
        for slot in shown:
            if request.form["take"] in ("all", name_of(slot)):
                form.take(slot)
        return _page(page, form)
    if not form.validate():
        return _page(page, form, status=422)
    stored = {name_of(slot): slot.chosen for slot in shown}
    wanted = {name_of(slot): form.of(slot).data or "" for slot in shown}
    values, changed_by_both = merge.merged(stored, request.form, wanted)
    if changed_by_both:
        _say_who_chose_what(form, shown, changed_by_both)
        return _page(page, form, status=409)
    answers = _save_answers(page)
    saved = save_choices.save(shown, {slot.key: values[name_of(slot)] for slot in shown}, actor())
    db.session.commit()
    lacking = [slot.label for slot in slots(page) if slot.is_gap]  # one may make others needed
    said = told_with_next(saved, page, lacking)
    flash(Markup("Saved: {}. {}").format("; ".join(answers), said) if answers else said, "success")
    return redirect(url_for("mapping.show", page=page), 303)


@blueprint.post("/registrations")
@allow("bookkeeper")
def save_registrations() -> ResponseReturnValue:
    """What was answered about the taxes of provinces, and the suggestions that follow from it."""
    page = SECTIONS["customer_tax"].page
    changes = _save_answers(page)
    db.session.commit()
    said = f"Saved: {'; '.join(changes)}." if changes else "Nothing was changed."
    form = _as_entered(page)
    if not _is_more_entered(form, page):
        flash(said, "success")
        return redirect(url_for("mapping.show", page=page, suggest=1), 303)
    flash(f"{said} What else you filled in here is not saved yet.", "success")
    for slot in _shown(page):
        form.take(slot)
    return _page(page, form)


@blueprint.post(f"/{PAGE}/refresh")
@allow("bookkeeper")
def refresh(page: str) -> ResponseReturnValue:
    notice = _read_lists()
    flash(notice or "The lists were read from QuickBooks just now.", "warning" if notice else "success")
    return redirect(url_for("mapping.show", page=page), 303)


def _create_charge_item(page: str, charge_kind_id: str) -> ResponseReturnValue:
    """Make the QuickBooks item of a charge kind, on the income account that is chosen on the page, saved or
    not. What else was filled in there stays as it is.
    """
    slot = next(
        (slot for slot in _shown(page) if slot.ours == charge_kind_id),
        None,
    )
    if slot is None:
        abort(404)
    kind = load_or_404(ChargeKind, uuid.UUID(charge_kind_id))
    form = _as_entered(page)
    income, expense = (_account(form, page, ours) for ours in ("income", "expense"))
    try:
        said = charge_items.create(kind, actor(), income, expense)
    except (charge_items.CantCreate, connections.Unavailable, connections.Reconnect) as error:
        flash(str(error), "error")
        return _page(page, form)
    form = _as_entered(page)
    form.of(slot).data = next(each.chosen for each in _shown(page) if each.key == slot.key)
    if _is_more_entered(form, page):
        flash(f"{said} What else you filled in here is not saved yet.", "success")
    else:
        lacking = [slot.label for slot in slots(page) if slot.is_gap]
        flash(Markup(" ").join([escape(said), *still_open(lacking), *told_next(page)]), "success")
    return _page(page, form)


def _shown(page: str) -> list[Slot]:
    """Of categories only those that stand in what was sent."""
    return [slot for slot in slots(page) if not slot.category or name_of(slot) in request.form]


def _as_entered(page: str) -> Choices:
    """The form as it was sent; what is missing in it, as it is stored."""
    shown = _shown(page)
    form = choices_form(current.connection(), shown, _home(), registrations.registrations())
    for slot in shown:
        if name_of(slot) not in request.form:
            form.of(slot).data = slot.chosen
    return form


def _is_more_entered(form: Choices, page: str) -> bool:
    """Whether the form says anything that is not stored."""
    return any((form.of(slot).data or "") != slot.chosen for slot in _shown(page))


def _save_answers(page: str) -> list[str]:
    """Keep what was answered about the taxes of provinces since the page was shown; sentences on what
    changed. The caller commits.
    """
    asked = registrations.asked_about(slots(page))
    given = {one: request.form.get(one, "") for one in asked}
    said = {one: SAID.get(word) for one, word in given.items() if word != request.form.get(f"seen-{one}", "")}
    return registrations.save(said, actor())


def _account(form: Choices, page: str, ours: str) -> str | None:
    """What is chosen for an account on the page, if that may be chosen."""
    slot = next(slot for slot in _shown(page) if slot.ours == ours)
    option = form.option_of(slot)
    return option.external_id if option is not None and option.active else None


def _read_lists() -> str | None:
    """Read the lists again; why that could not be, in a sentence."""
    connection = current.connection()
    if connection is None:
        return "Connect to QuickBooks first."
    try:
        refresh_lists(connection)
    except (connections.Unavailable, connections.Reconnect) as error:
        return f"{error} What was chosen and read before is shown."
    return None


def _page(
    page: str, form: Choices | None = None, notice: str | None = None, status: int = 200, add: str = ""
) -> ResponseReturnValue:
    """add: a category that gets a row for each of its accounts, beside those that have a choice."""
    connection = current.connection()
    every = slots(page)
    open_ones = {add} | {slot.category for slot in every if slot.chosen or name_of(slot) in request.form}
    shown = [slot for slot in every if not slot.category or slot.category in open_ones]
    may, registered = person().may("bookkeeper"), registrations.registrations()
    suggesting = may and ("suggest" in request.args or "take" in request.form)
    if form is None:
        form = choices_form(connection, shown, _home() if may else None, registered, filled=suggesting)
    # What is open first, within its section; what QuickBooks has no more is open, too.
    shown = sorted(shown, key=lambda slot: not (slot.is_gap or form.is_lost(slot)))
    places = {section.name: place for place, section in enumerate(PAGES[page])}
    shown = sorted(shown, key=lambda slot: places[slot.section])
    by_province = [slot for slot in shown if slot.province]
    in_canada = connection is not None and connection.country == "CA"
    asked = registrations.asked_about(shown) if in_canada else []
    return render(
        "mapping/page.html",
        status=status,
        page=page,
        section=PAGES[page][0],
        below={section.name: section for section in PAGES[page][1:]},
        form=form,
        slots=[slot for slot in shown if not slot.province and not slot.category],
        by_category=[slot for slot in shown if slot.category],
        categories=list(dict.fromkeys(one.category for one in every if one.category not in open_ones)),
        by_province=by_province,
        falling_back=[slot for slot in by_province if slot.falls_back and not slot.else_for_all],
        asked=asked,
        registered=registered,
        words=WORDS,
        answered={one: request.form.get(one, WORDS.get(registered.get(one), "")) for one in asked},
        tax_of=registrations.tax_of,
        province_name=lambda province: name_of_place(province, "CA"),
        suggesting=suggesting,
        guesses=[slot for slot in shown if form.guess_of(slot)],
        differing=differing_accounts.differing(connection, shown),
        defaults_differ=page in TAX_PAGES and _defaults_differ(),
        connection=connection,
        notice=notice or _trouble(connection),
    )


def _home() -> str:
    """The province that most locations are in."""
    there = provinces().most_common(1)
    return there[0][0] if there else ""


def _say_who_chose_what(form: Choices, shown: Collection[Slot], names: Collection[str]) -> None:
    for slot in shown:
        if name_of(slot) in names:
            stands = f"“{slot.chosen_label}” was chosen" if slot.chosen else "the choice was taken away"
            words = f"While this page was open, {stands} by somebody else. Save again to have yours instead."
            form.of(slot).errors = [words]


def _defaults_differ() -> bool:
    chosen = {slot.chosen for page in TAX_PAGES for slot in slots(page) if _is_default(slot)}
    connection = current.connection()
    return len(chosen) > 1 and "" not in chosen and connection is not None and not connection.is_us


def _is_default(slot: Slot) -> bool:
    return slot.ours == "default" and not slot.province


def _trouble(connection: Connection | None) -> str | None:
    if connection is None:
        return "QuickBooks Online is not connected, so there is nothing to choose from yet."
    if connection.state == "reconnect":
        return "QuickBooks Online must be reconnected. What was chosen and read before is shown."
    return None
