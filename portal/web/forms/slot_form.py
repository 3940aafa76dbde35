"""Choosing of theirs for values of ours: a dropdown for each, on a mapping page or where a cause is told."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField

from portal.company.facts import entries
from portal.mapping.choices import Option, detail_type, fitting
from portal.mapping.registrations import contradiction
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import Key, Slot
from portal.mapping.suggest import suggest
from portal.models import Connection, ListEntry
from portal.plan.customers import NO_TERM
from portal.web.forms.fields import OneOf

NOT_MAPPED = SelectChoice("", "— not mapped —")
LEFT_OPEN = SelectChoice("", "— the customer's own term —")
AS_THE_DEFAULT = SelectChoice("", "— as the default —")
AS_ALL_DEPOSITS = SelectChoice("", "— as container deposits elsewhere —")


class Choices(FlaskForm):
    """One dropdown per slot; made by `choices_form`. `guesses`: what is suggested where nothing is saved."""

    def of(self, slot: Slot) -> SelectField:
        """The dropdown of a slot."""
        return self[name_of(slot)]

    def option_of(self, slot: Slot) -> Option | None:
        """What is chosen for a slot, as far as the lists know it."""
        return self.known.get((slot.key, self.of(slot).data or ""))

    def is_lost(self, slot: Slot) -> bool:
        """Whether its saved choice is none any more."""
        option = self.known.get((slot.key, slot.chosen))
        return option is not None and not option.active

    def guess_of(self, slot: Slot) -> Option | None:
        """What may be taken for a slot that nothing is chosen for, or what contradicts something said."""
        data, guess = self.of(slot).data, self.guesses.get(slot.key)
        if guess is None or guess.external_id == data:
            return None
        return guess if not data or self.contradiction(slot) else None

    def contradiction(self, slot: Slot) -> str:
        """Why what holds for a slot is odd, after what was said of the province; empty if it isn't."""
        option, for_all = self.option_of(slot), replace(slot, province="")
        if option is None and slot.falls_back and name_of(for_all) in self:
            option = self.option_of(for_all)
        return contradiction(slot, option, self.registered) if option is not None else ""

    def take(self, slot: Slot) -> None:
        """Fill in what is suggested for a slot, where there is a guess for it."""
        guess = self.guess_of(slot)
        if guess is not None:
            self.of(slot).data = guess.external_id

    @property
    def suggested(self) -> set[Key]:
        """Slots filled with what was suggested, not yet saved."""
        filled = {key: self[name].data for key, name in self.names.items()}
        return {key for key, guess in self.guesses.items() if filled[key] == guess.external_id}

    # What fits one value may not fit another.
    known: dict[tuple[Key, str], Option]
    guesses: dict[Key, Option]
    names: dict[Key, str]
    registered: Mapping[str, bool]


def choices_form(
    connection: Connection | None,
    slots: list[Slot],
    home: str | None = None,
    registered: Mapping[str, bool] | None = None,
    *,
    filled: bool = False,
) -> Choices:
    """The form of one page, its dropdowns filled from the lists as last read.

    `home`: suggest where nothing is chosen; the province that most deliveries go to, or "". `registered`: for
    the taxes of provinces. `filled`: with what is suggested.
    """
    lists = {SECTIONS[slot.section].list for slot in slots}
    read = {name: entries(connection, name) for name in lists}
    fields: dict[str, Any] = {}
    known: dict[tuple[Key, str], Option] = {}
    guesses: dict[Key, Option] = {}
    for slot in slots:
        options = _options(connection, slot, read[SECTIONS[slot.section].list])
        known |= {(slot.key, option.external_id): option for option in options}
        chosen = known.get((slot.key, slot.chosen))
        is_open = chosen is None or contradiction(slot, chosen, registered or {})
        guess = suggest(slot, options, home, registered) if home is not None and is_open else None
        if guess:
            guesses[slot.key] = known[slot.key, guess]
        fields[name_of(slot)] = _dropdown(slot, options, slot.chosen or (guess if filled and guess else ""))
    form = type("ChoicesOfPage", (Choices,), fields)()
    form.registered = registered or {}
    form.known, form.guesses, form.names = known, guesses, {slot.key: name_of(slot) for slot in slots}
    return form


def choice_form(connection: Connection | None, slot: Slot) -> FlaskForm:
    """The form of one slot, shown beside the cause that waits for it; its dropdown is called `choice`."""
    options = _options(connection, slot, entries(connection, SECTIONS[slot.section].list))
    return type("ChoiceForCause", (FlaskForm,), {"choice": _dropdown(slot, options, slot.chosen)})()


def name_of(slot: Slot) -> str:
    """The name of a slot's dropdown, of what may stand in an id: a category is called anything."""
    ours = f"{slot.ours.partition(':')[0]}-{slot.category.encode().hex()}" if slot.category else slot.ours
    return "-".join(part for part in (slot.section, ours, slot.province) if part)


def _options(connection: Connection | None, slot: Slot, read: list[ListEntry]) -> list[Option]:
    """What fits, and what was chosen even where that is offered no more."""
    options = fitting(connection, read, slot.section, slot.ours)
    if slot.chosen and slot.chosen not in {option.external_id for option in options}:
        options.append(_lost(slot, read))
    return options


def _dropdown(slot: Slot, options: Iterable[Option], chosen: str) -> OneOf:
    return OneOf(
        slot.label,
        id=name_of(slot),
        choices=[
            _left_open(slot),
            *(SelectChoice(option.external_id, option.text) for option in options),
        ],
        default=chosen,
    )


def _left_open(slot: Slot) -> SelectChoice:
    """What no choice means."""
    if slot.ours == NO_TERM:
        return LEFT_OPEN
    if slot.else_for_all:
        return AS_ALL_DEPOSITS
    return AS_THE_DEFAULT if slot.falls_back or slot.category else NOT_MAPPED


def _lost(slot: Slot, read: list[ListEntry]) -> Option:
    """A saved choice that is offered no more: still shown, and marked."""
    entry = next((entry for entry in read if entry.external_id == slot.chosen), None)
    wrong = "does not fit here any more"
    if entry is None or not entry.active:
        wrong = "no longer active in QuickBooks"
    elif detail_type(slot.section, slot.ours) == "SalesOfProductIncome":
        wrong = "inventory items need an account of the detail type Sales of Product Income"
    label = (entry.name if entry else "") or slot.chosen_label or slot.chosen
    return Option(slot.chosen, label, f"{label} · {wrong}", active=False, wrong=wrong)
