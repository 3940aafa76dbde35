"""Companies to begin with: a Canadian distributor and an American one, others where they are asked for."""

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
from .seed_facts import ACCOUNTS, CANADA, TERMS, CompanyFacts, Taxes
from .seed_others import COMPANIES
from .wire import Body

CLOSED_DAYS_AGO = 75
USUAL = ("CA", "US")
SEEDS = ("plain", "demo", "all", *COMPANIES)
"""`plain`: the usual two with their lists. `demo`: also what the demo's distributor has there already. `all`:
every company there is. Else one of them.
"""
OF_COMPANIES = ("record", "past", "sequence", "remembered", "file", "company")
OF_TOKENS = ("authorization_code", "grant_of_access", "refresh_token", "access_token")


def plant(connection: sqlite3.Connection, clock: Clock, seed: str) -> None:
    """Only an empty store is seeded."""
    if connection.execute("SELECT 1 FROM company").fetchone():
        return
    for name in {"plain": USUAL, "demo": USUAL, "all": COMPANIES}.get(seed, (seed,)):
        plant_company(connection, clock, name)
    if seed == "demo":
        books = open_books(connection, CANADA.realm, clock)
        assert books is not None
        # Imported by name: the simulator runs without the demo's data unless it is asked for.
        _plant_records(books, importlib.import_module("demo.data").already_in_quickbooks())


def clear(connection: sqlite3.Connection, *, keeps_tokens: bool) -> None:
    """All but the ledger, which is never cut, and the keys that sign."""
    for table in (*OF_COMPANIES, *(() if keeps_tokens else OF_TOKENS)):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608  # the names stand above


def plant_company(connection: sqlite3.Connection, clock: Clock, name: str) -> str:
    """Its realm; where it is there already, it stays as it is."""
    facts, taxes = COMPANIES[name]
    if connection.execute("SELECT 1 FROM company WHERE realm = ?", (facts.realm,)).fetchone() is None:
        _plant_company(connection, clock, facts, taxes)
    return facts.realm


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
    for name in taxes.agencies:
        writing.save(books, KINDS["TaxAgency"], {"DisplayName": name})
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
