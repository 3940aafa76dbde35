"""Reads the simulator's ledger and books, and makes of them what the audit compares."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

Body = Mapping[str, Any]

PAGE_SECONDS = 60
DOCUMENTS = ("Invoice", "CreditMemo")
MARKED_ORDER = re.compile(r"Routeique order (\S+) \(ref")
MARKED_LOCATION = re.compile(r"Routeique location (\S+)")
INACTIVE = " (deleted)"


@dataclass(frozen=True)
class DocumentLine:
    amount_cents: int
    code: str | None
    """The item's Sku; an item without one stands for a charge."""
    tax_code: str


@dataclass(frozen=True)
class Document:
    """An invoice or credit memo as the ledger left it."""

    entity: str
    id: str
    number: str | None
    marked: str | None
    """The order that its note names."""
    customer: str
    date: str
    total_cents: int
    tax_cents: int
    lines: tuple[DocumentLine, ...]
    deleted: bool = False
    voided: bool = False


@dataclass(frozen=True)
class Cost:
    writes: int
    metered_reads: int


class Simulator:
    """The simulator's control address."""

    def __init__(self, url: str, realm: str) -> None:
        self.url, self.realm = url, realm

    def be_strict(self) -> None:
        """From here on whoever goes over a limit is refused at once, and the ledger says so."""
        requests.post(
            f"{self.url}/control/limits", json={"mode": "strict"}, timeout=PAGE_SECONDS
        ).raise_for_status()

    def entries(self, after: int = 0) -> list[dict[str, Any]]:
        """The ledger from there on, oldest first; asked again until nothing more comes."""
        found: list[dict[str, Any]] = []
        while True:
            more = self._get("/control/ledger", after=str(after))["entries"]
            found += more
            if not more:
                return found
            after = int(more[-1]["seq"])

    def last_seq(self) -> int:
        return max((int(entry["seq"]) for entry in self.entries()), default=0)

    def records(self, entity: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._get(f"/control/books/{self.realm}/{entity}")[entity]
        return rows

    def as_it_stood(self, entity: str, id: str, at: str) -> dict[str, Any] | None:
        """One record at a moment; None where it wasn't there."""
        path = f"{self.url}/control/books/{self.realm}/{entity}/{id}"
        answer = requests.get(path, params={"at": at}, timeout=PAGE_SECONDS)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        stood: dict[str, Any] = answer.json(parse_float=Decimal)[entity]
        return stood

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        answer = requests.get(self.url + path, params=parameters, timeout=PAGE_SECONDS)
        answer.raise_for_status()
        whole: dict[str, Any] = answer.json(parse_float=Decimal)
        return whole


def documents(entries: Iterable[Body], items: Iterable[Body], tax_codes: Iterable[Body]) -> list[Document]:
    """Every invoice and credit memo that was ever made, as its last effect left it."""
    last: dict[tuple[str, str], Body] = {}
    gone: set[tuple[str, str]] = set()
    for entry in entries:
        for effect in entry.get("effects") or ():
            key = (effect["entity"], str(effect["id"]))
            if effect["entity"] not in DOCUMENTS:
                continue
            if effect["operation"] == "delete":
                gone.add(key)
            elif effect.get("object"):
                last[key] = effect["object"]
    codes = {str(item["Id"]): item.get("Sku") for item in items}
    names = {str(code["Id"]): str(code["Name"]) for code in tax_codes}
    return [
        _document(entity, id, body, codes, names, (entity, id) in gone) for (entity, id), body in last.items()
    ]


def cost(entries: Iterable[Body]) -> Cost:
    """What the entries cost: writes to the company, and reads that Intuit meters."""
    entries = list(entries)
    return Cost(
        writes=sum(is_write(entry) for entry in entries),
        metered_reads=sum(bool(entry.get("metered")) for entry in entries),
    )


def limits_broken(entries: Iterable[Body]) -> int:
    """How often the portal asked for more than QuickBooks takes."""
    return sum(entry.get("breach") is not None for entry in entries)


def is_write(entry: Body) -> bool:
    path = str(entry.get("path", ""))
    return (
        entry.get("method") == "POST" and "/v3/company/" in path and not path.split("?")[0].endswith("/query")
    )


def doubled_customers(customers: Iterable[Body]) -> int:
    """Customers beyond the first of a name, however it is written, or of one location."""
    active = [body for body in customers if body.get("Active", True)]
    names = [folded(str(body.get("DisplayName", ""))) for body in active]
    marks = [MARKED_LOCATION.search(str(body.get("Notes", ""))) for body in active]
    return max(_doubled(names), _doubled([mark.group(1) for mark in marks if mark]))


def doubled_items(items: Iterable[Body]) -> int:
    """Items beyond the first of a name or a code."""
    active = [body for body in items if body.get("Active", True)]
    names = [folded(str(body.get("Name", ""))) for body in active]
    codes = [str(body["Sku"]).strip().casefold() for body in active if body.get("Sku")]
    return max(_doubled(names), _doubled(codes))


def folded(name: str) -> str:
    """Without case, accents, punctuation and blanks."""
    plain = unicodedata.normalize("NFKD", name.removesuffix(INACTIVE)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def cents(value: Any) -> int:
    """Raises ValueError for a fraction of a cent: books have none."""
    whole = Decimal(value) * 100
    if whole != whole.to_integral_value():
        raise ValueError(f"{value} is no whole number of cents")
    return int(whole)


def _doubled(values: list[str]) -> int:
    return len(values) - len(set(values))


def _document(
    entity: str, id: str, body: Body, codes: Mapping[str, Any], tax_codes: Mapping[str, str], deleted: bool
) -> Document:
    note = str(body.get("PrivateNote") or "")
    marked = MARKED_ORDER.search(note)
    return Document(
        entity=entity,
        id=id,
        number=body.get("DocNumber"),
        marked=marked.group(1) if marked else None,
        customer=str(body["CustomerRef"].get("name", "")),
        date=str(body.get("TxnDate", "")),
        total_cents=cents(body.get("TotalAmt", 0)),
        tax_cents=cents((body.get("TxnTaxDetail") or {}).get("TotalTax", 0)),
        lines=tuple(
            _line(line, codes, tax_codes)
            for line in body["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ),
        deleted=deleted,
        voided=note.startswith("Voided"),
    )


def _line(line: Body, codes: Mapping[str, Any], tax_codes: Mapping[str, str]) -> DocumentLine:
    detail = line["SalesItemLineDetail"]
    tax_code = str(detail.get("TaxCodeRef", {}).get("value", ""))
    return DocumentLine(
        amount_cents=cents(line["Amount"]),
        code=codes.get(str(detail["ItemRef"]["value"])),
        tax_code=tax_codes.get(tax_code, tax_code),
    )
