"""What a person chooses for a file: which field each column is, how it writes values, and the rules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from portal.extensions import db
from portal.imports.fields import KINDS, Field
from portal.imports.settings import REASON_COLUMN, Rules, Settings
from portal.models import ChargeKind, ImportRun

SAMPLES = 3
DECIMALS = {".": "1,234.50 (a point before the cents)", ",": "1.234,50 (a comma before the cents)"}
DAYS = {
    "": "As 2026-11-30, or so that only one day can be meant",
    "dmy": "Day first: 30/11/2026",
    "mdy": "Month first: 11/30/2026",
}
PERCENTS = {"percent": "5 is 5 %", "fraction": "0.05 is 5 %"}
FREE = {
    "keep": "They are lines that cost nothing",
    "refuse": "They are no sale, and are refused",
}
LONGEST_CODES = 4_000


@dataclass(frozen=True)
class ColumnRow:
    """One column of the file: its place, its name, its first values, and the field it is matched with."""

    at: int
    name: str
    samples: Sequence[str]
    field: str


def column_rows(run: ImportRun, settings: Settings) -> list[ColumnRow]:
    """The columns of the file, without that of a reason from before."""
    header, *rows = run.head
    matched = {at: name for name, at in settings.columns.items()}
    return [
        ColumnRow(
            at,
            name or f"Column {at + 1}",
            [row[at] for row in rows if at < len(row) and row[at].strip()][:SAMPLES],
            matched.get(at, ""),
        )
        for at, name in enumerate(header)
        if name != REASON_COLUMN
    ]


def fields_of(run: ImportRun) -> Sequence[Field]:
    """What a column may be."""
    return KINDS[run.kind].fields


def doubled(run: ImportRun, form: Mapping[str, str]) -> str:
    """The first field that two columns are matched with; empty where none is."""
    matched = [form.get(f"column-{at}", "") for at in range(len(run.head[0]))]
    return next((field.label for field in fields_of(run) if matched.count(field.name) > 1), "")


def chosen(run: ImportRun, standing: Settings, form: MultiDict[str, str]) -> Settings:
    """What was posted, laid over what stands; what the page does not offer stays as it is."""
    known = {field.name for field in fields_of(run)}
    columns = {name: at for at in range(len(run.head[0])) if (name := form.get(f"column-{at}", "")) in known}
    found = replace(
        standing,
        columns=columns,
        decimal=_one_of(form.get("decimal"), DECIMALS, standing.decimal),
        days=_one_of(form.get("days"), DAYS, standing.days),
        percent=_one_of(form.get("percent"), PERCENTS, standing.percent),
        mends={} if form.get("forget_mends") else standing.mends,
    )
    return replace(found, rules=_rules(standing.rules, form)) if run.kind == "orders" else found


def charge_kinds() -> list[tuple[str, str]]:
    """Each charge kind: its id and name."""
    named = select(ChargeKind.id, ChargeKind.name).order_by(ChargeKind.name)
    return [(str(kind_id), name) for kind_id, name in db.session.execute(named)]


def codes_of(rules: Rules, kind_id: str) -> str:
    """The codes that are charges of this kind, as they are typed."""
    return ", ".join(code for code, kind in rules.charges.items() if kind == kind_id)


def _rules(standing: Rules, form: Mapping[str, str]) -> Rules:
    known = dict(charge_kinds())
    charges = {code: kind for kind in known for code in _codes(form.get(f"charge-{kind}", ""))}
    return replace(
        standing,
        charges=charges,
        not_sales=tuple(_codes(form.get("not_sales", ""))),
        returns=form.get("returns", "").strip()[:10],
        free=_one_of(form.get("free"), FREE, standing.free),
        nobody=form.get("nobody", "").strip()[:40],
        make_customers="make_customers" in form,
        make_products="make_products" in form,
        freight=_one_of(form.get("freight"), {"": "", **known}, ""),
    )


def _codes(text: str) -> list[str]:
    """Separated by commas or lines: a code may hold a blank."""
    parts = (part.strip() for part in re.split(r"[,;\n]", text[:LONGEST_CODES]))
    return list(dict.fromkeys(part for part in parts if part))


def _one_of(value: str | None, known: Mapping[str, Any], otherwise: str) -> str:
    return value if value is not None and value in known else otherwise
