"""Two companies to begin with: a Canadian distributor and an American one. Only an empty store is seeded."""

from __future__ import annotations

import importlib
import json
import sqlite3
from datetime import timedelta
from typing import Any

from . import writing
from .books import Books, Indexed, open_books
from .clock import Clock
from .kinds import KINDS
from .seed_facts import ACCOUNTS, CANADA, CANADIAN_TAXES, TERMS, UNITED_STATES, US_TAXES, CompanyFacts, Taxes
from .wire import Body

CLOSED_DAYS_AGO = 75


def plant(connection: sqlite3.Connection, clock: Clock, seed: str) -> None:
    """`plain`: the companies with their lists. `demo`: also what the demo's distributor has there already."""
    if connection.execute("SELECT 1 FROM company").fetchone():
        return
    _plant_company(connection, clock, CANADA, CANADIAN_TAXES)
    _plant_company(connection, clock, UNITED_STATES, US_TAXES)
    if seed == "demo":
        books = open_books(connection, CANADA.realm, clock)
        assert books is not None
        # Imported by name: the simulator runs without the demo's data unless it is asked for.
        _plant_records(books, importlib.import_module("demo.data").already_in_quickbooks())


def _plant_company(connection: sqlite3.Connection, clock: Clock, facts: CompanyFacts, taxes: Taxes) -> None:
    connection.execute(
        "INSERT INTO company (realm, name, country, switches) VALUES (?, ?, ?, ?)",
        (facts.realm, facts.name, facts.country, json.dumps(facts.switches)),
    )
    books = open_books(connection, facts.realm, clock)
    assert books is not None
    closed = (clock.today() - timedelta(days=CLOSED_DAYS_AGO)).isoformat() if facts.closes_books else None
    books.insert("CompanyInfo", "1", facts.company_info(), Indexed(name=facts.name))
    books.insert("Preferences", "1", facts.preferences(closed), Indexed())
    for id, rate in taxes.rates().items():
        books.insert("TaxRate", id, rate, Indexed(name=rate["Name"], full_name=rate["Name"]))
    for id, code in taxes.codes().items():
        _plant_tax_code(books, id, code)
    for name, days in TERMS:
        writing.save(books, KINDS["Term"], {"Name": name, "DueDays": days})
    for name, account_type, sub_type in ACCOUNTS:
        body = {"Name": name, "AccountType": account_type, "AccountSubType": sub_type}
        writing.save(books, KINDS["Account"], body)
    _plant_records(books, facts.records)


def _plant_tax_code(books: Books, id: str, code: Body) -> None:
    books.insert("TaxCode", id, code, Indexed(name=code["Name"], full_name=code["Name"]))
    if id.isdecimal():
        return
    # Pseudo codes are the one thing without SyncToken, domain and Active.
    books.connection.execute(
        "UPDATE record SET body = json_remove(body, '$.SyncToken', '$.domain', '$.sparse', '$.Active')"
        " WHERE realm = ? AND entity = 'TaxCode' AND id = ?",
        (books.realm, id),
    )
    books.forget_known()


def _plant_records(books: Books, records: dict[str, list[Body]]) -> None:
    for entity in ("Vendor", "Customer", "Item"):
        for body in records.get(entity, []):
            wanted = {key: _resolved(books, key, value) for key, value in body.items() if key != "Active"}
            record = writing.save(books, KINDS[entity], wanted)
            if body.get("Active", True) is False:
                named = {"Id": record.id, "SyncToken": "0", "sparse": True, "Active": False}
                writing.save(books, KINDS[entity], named)


def _resolved(books: Books, field: str, value: Any) -> Any:
    """Seeds name accounts, terms and codes; what is stored names their Ids."""
    if not isinstance(value, dict) or "name" not in value or "value" in value:
        return value
    entity = "Account" if field.endswith("AccountRef") else "Term" if field.endswith("TermRef") else "TaxCode"
    found = books.find(entity, "name", value["name"].casefold())
    if not found:
        raise LookupError(
            f"{field} of a seeded record names {value['name']}, which is no {entity} of {books.realm}"
        )
    return {"value": found[0].id}
