"""Forms of the mapping pages: the keys, and one dropdown for each value of ours."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField

from portal.company.facts import entries
from portal.mapping.choices import LIST_OF_SECTION, Option, detail_type, fitting
from portal.mapping.slots import Key, Slot
from portal.mapping.suggest import suggest
from portal.models import Connection, ListEntry
from portal.web.forms.fields import OneOf

NOT_MAPPED = SelectChoice("", "— not mapped —")
AS_THE_DEFAULT = SelectChoice("", "— as the default —")


class KeysForm(FlaskForm):
    order_ours = OneOf(
        "Our order number",
        choices=[
            SelectChoice("number", "Order number"),
            SelectChoice("external_reference", "External reference"),
        ],
        description="Goes into DocNumber, QuickBooks' number of an invoice or credit memo.",
    )
    customer_ours = OneOf(
        "Our field of a customer's location",
        choices=[
            SelectChoice("third_party_id", "Third-party ID"),
            SelectChoice("number", "Location number"),
            SelectChoice("name", "Location name"),
        ],
    )
    customer_theirs = OneOf(
        "is the same as this field of a QuickBooks customer",
        choices=[
            SelectChoice("DisplayName", "DisplayName: the customer display name"),
            SelectChoice("CompanyName", "CompanyName: the company name"),
            SelectChoice("Id", "Id: QuickBooks' own number (then nothing is created)"),
        ],
    )
    sku_ours = OneOf(
        "Our field of a SKU",
        choices=[
            SelectChoice("code", "Code"),
            SelectChoice("barcode", "Barcode"),
            SelectChoice("name", "Name"),
        ],
    )
    sku_theirs = OneOf(
        "is the same as this field of a QuickBooks product or service",
        choices=[
            SelectChoice("Sku", "Sku: the SKU"),
            SelectChoice("Name", "Name: the product or service name"),
            SelectChoice("Id", "Id: QuickBooks' own number (then nothing is created)"),
        ],
    )


class Choices(FlaskForm):
    """One dropdown per slot; made by `choices_form`. `suggested`: slots filled by a guess, not yet saved."""

    def of(self, slot: Slot) -> SelectField:
        """The dropdown of a slot."""
        return self[name_of(slot)]

    def option_of(self, slot: Slot) -> Option | None:
        """What is chosen for a slot, as far as the lists know it."""
        return self.known.get((LIST_OF_SECTION[slot.section], self.of(slot).data or ""))

    known: dict[tuple[str, str], Option]
    suggested: set[Key]


def choices_form(connection: Connection | None, slots: list[Slot], home: str | None = None) -> Choices:
    """The form of one page, its dropdowns filled from the lists as last read.

    `home`: fill in suggestions where nothing is chosen; the province that most deliveries go to, or "".
    """
    lists = {LIST_OF_SECTION[slot.section] for slot in slots}
    read = {name: entries(connection, name) for name in lists}
    fields: dict[str, Any] = {}
    known: dict[tuple[str, str], Option] = {}
    suggested: set[Key] = set()
    for slot in slots:
        name = LIST_OF_SECTION[slot.section]
        options = fitting(connection, read[name], slot.section, slot.ours)
        if slot.chosen and slot.chosen not in {option.external_id for option in options}:
            options.append(_lost(slot, read[name]))
        known |= {(name, option.external_id): option for option in options}
        guess = suggest(slot, options, home) if home is not None and not slot.chosen else None
        if guess:
            suggested.add(slot.key)
        fields[name_of(slot)] = OneOf(
            slot.label,
            choices=[
                AS_THE_DEFAULT if slot.province else NOT_MAPPED,
                *(SelectChoice(option.external_id, option.text) for option in options),
            ],
            default=guess or slot.chosen,
        )
    form = type("ChoicesOfPage", (Choices,), fields)()
    form.known, form.suggested = known, suggested
    return form


def name_of(slot: Slot) -> str:
    """The name of a slot's dropdown."""
    return "-".join(part for part in slot.key if part)


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
