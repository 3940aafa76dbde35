"""Switches of a company, turned: beside its preferences, in them, and the country."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from . import switches, taking
from .books import Books
from .kinds import KINDS
from .wire import Body

OF_FIELDS = {"texts_cut": taking.check_cut, "fields_ignored": taking.check_ignored}
"""Switches that name fields, and what holds these against those that are there."""


def turn(books: Books, given: Body) -> None:
    """Raises ValueError for a switch that isn't there, or not one of its values."""
    for name, value in given.items():
        if name == "country" and value in switches.COUNTRIES:
            _move_to_country(books, value)
        elif switches.fits(name, value):
            if name in OF_FIELDS:
                OF_FIELDS[name]({each.name: each.shape for each in KINDS.values()}, value)
            books.switches[name] = value
            if name == "plan":
                _name_plan(books, value)
            if name == "time_zone" and value != "as_begun":
                _tell_time_zone(books, value)
        else:
            _turn_preference(books, name, value)
    books.connection.execute(
        "UPDATE company SET switches = ? WHERE realm = ?", (json.dumps(books.switches), books.realm)
    )


def _move_to_country(books: Books, country: str) -> None:
    """Another tax model and other wordings, with the lists the company has."""
    books.connection.execute("UPDATE company SET country = ? WHERE realm = ?", (country, books.realm))
    standing = books.get("CompanyInfo", "1")
    assert standing is not None
    changed = standing.body | {"Country": country}
    books.replace(standing, changed, KINDS["CompanyInfo"].index(changed))


def _name_plan(books: Books, plan: str) -> None:
    """Company info shows which one it is."""
    standing = books.get("CompanyInfo", "1")
    assert standing is not None
    names = [
        {**each, "Value": f"QuickBooks Online {plan}"} if each["Name"] == "OfferingSku" else each
        for each in standing.body["NameValue"]
    ]
    changed = standing.body | {"NameValue": names}
    books.replace(standing, changed, KINDS["CompanyInfo"].index(changed))


def _tell_time_zone(books: Books, zone: str) -> None:
    """Nothing stands in company info where it is empty."""
    standing = books.get("CompanyInfo", "1")
    assert standing is not None
    changed = {key: each for key, each in standing.body.items() if key != "DefaultTimeZone"}
    changed |= {"DefaultTimeZone": zone} if zone else {}
    books.replace(standing, changed, KINDS["CompanyInfo"].index(changed))


def _turn_preference(books: Books, name: str, value: Any) -> None:
    group, field = switches.PREFERENCES.get(name, ("", ""))
    fits = isinstance(value, bool) or (name == "automated_sales_tax" and value is None)
    if name == "close_date":
        fits = value is None or _is_day(value)
    if not group or not fits:
        raise ValueError(f"no such switch, or not one of its values: {name} = {value!r}")
    standing = books.get("Preferences", "1")
    assert standing is not None
    changed = {key: each for key, each in standing.body[group].items() if key != field}
    if value is not None:
        changed[field] = value
    after = books.replace(
        standing, standing.body | {group: changed}, KINDS["Preferences"].index(standing.body)
    )
    books.note_effect("update", after)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
