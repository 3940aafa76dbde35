"""Which of theirs most likely stands for a value of ours: only the obvious, for a person to confirm."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rapidfuzz import fuzz, process, utils

from portal.mapping.choices import Option
from portal.mapping.sections import SECTIONS
from portal.mapping.slots import Slot
from portal.plan.places import FEDERAL_ONLY, HARMONIZED, NOT_TOLD, TAXED_APART, name_of
from portal.plan.taxes import UNTAXED
from portal.plan.types import fold

# Of 100, as rapidfuzz scores: below, names are merely alike.
SURE = 85
FEDERAL_RATE = Decimal(5)  # of GST, in per cent


def suggest(
    slot: Slot, options: Sequence[Option], home: str = "", registered: Mapping[str, bool] | None = None
) -> str | None:
    """The Id of the option that is meant by name, days or rate; None where a person must look.

    `home`: the province that most deliveries go to, by which a tax code is told from its neighbours.
    `registered`: for the province's own tax, where that was said.
    """
    usable = [option for option in options if option.active]
    section = SECTIONS[slot.section]
    if section.list == "terms":
        return _term(slot, usable) if slot.days is not None else None
    if section.list == "tax_codes":
        return _tax_code(slot, usable, home, registered or {})
    if section.falls_back:
        return None
    if slot.ours not in section.values:
        return _best([slot.label], usable)
    usual = section.values[slot.ours].usual
    return (_only(usable) or _best(usual, usable)) if usual else None


def _term(slot: Slot, options: Sequence[Option]) -> str | None:
    """Of those with our days the one named most alike; without such days only one of the very name."""
    same_days = [option for option in options if option.days == slot.days]
    named = [option for option in options if fold(option.name) == fold(slot.label)]
    return _only(same_days) or _only(named) or _most_alike(slot.label, same_days)


def _tax_code(slot: Slot, options: Sequence[Option], home: str, registered: Mapping[str, bool]) -> str | None:
    if slot.ours == "provincial_exempt":
        return None if slot.province in (*HARMONIZED, NOT_TOLD) else _federal(options)
    if slot.else_for_all:
        return None  # what is suggested for all is the rule; a person knows where it is not
    if slot.ours != "default":
        untaxed = [option for option in options if option.rate == 0]
        in_the_us = [option for option in options if option.external_id == UNTAXED]
        return (
            _only(in_the_us)
            or _only(options)
            or _best(SECTIONS[slot.section].values[slot.ours].usual, untaxed)
        )
    taxed = [option for option in options if option.rate]
    if slot.province:
        return _there(slot.province, taxed, registered)  # else a person looks
    return _only(options) or (_there(home, taxed, registered) if home else None) or _last_left(home, taxed)


def _there(province: str, taxed: Sequence[Option], registered: Mapping[str, bool]) -> str | None:
    """The code of deliveries there. Where the province asks for a tax of its own, only who is registered for
    it collects it: nothing is taken for granted.
    """
    if province in FEDERAL_ONLY or registered.get(province) is False:
        return _federal(taxed)
    if province in TAXED_APART and province not in registered:
        return None
    named = {province, *name_of(province, "CA").upper().split(" AND ")}
    return _only([option for option in taxed if any(_is_told(name, option.name) for name in named)])


def _federal(options: Sequence[Option]) -> str | None:
    """GST alone."""
    rates = [option for option in options if option.rate == FEDERAL_RATE]
    return _only(rates) or _only([option for option in rates if fold(option.name) == "gst"])


def _last_left(home: str, taxed: Sequence[Option]) -> str | None:
    return None if home in TAXED_APART else _only(taxed)


def _is_told(name: str, theirs: str) -> bool:
    return f" {name} " in f" {' '.join(utils.default_process(theirs).upper().split())} "


def _best(names: Iterable[str], options: Sequence[Option]) -> str | None:
    """The one that is meant by the first of these names that any is called by."""
    theirs = [option.name for option in options]
    for name in names:
        found = process.extractOne(
            name, theirs, scorer=fuzz.token_sort_ratio, processor=utils.default_process, score_cutoff=SURE
        )
        if found:
            return options[found[2]].external_id
    return None


def _most_alike(name: str, options: Sequence[Option]) -> str | None:
    names = [option.name for option in options]
    found = process.extractOne(name, names, scorer=fuzz.WRatio, processor=utils.default_process)
    return options[found[2]].external_id if found else None


def _only(options: Sequence[Option]) -> str | None:
    return options[0].external_id if len(options) == 1 else None
