"""An import from the command line: the same as on the pages, in one go, with what it comes to in lines."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO, Any

from sqlalchemy import select

from portal.extensions import db
from portal.imports import runs
from portal.imports.fields import KINDS
from portal.imports.settings import Rules, Settings, folded
from portal.imports.tally import Tally
from portal.models import Actor, ChargeKind, ImportRun
from portal.models.imports import ImportKind
from portal.models.types import units
from portal.plurals import counted
from portal.sales.refused import Refused

SHOWN = 20


def run(
    kind: ImportKind,
    name: str,
    file: IO[bytes],
    given: Mapping[str, Any],
    actor: Actor,
    *,
    only_check: bool = False,
) -> Iterator[str]:
    """Import a file; yields what it came to. Commits. Raises Refused.

    given: how it is read, laid over what was chosen for such files before: columns (field → the file's name
    of the column), decimal, days, percent, mends and rules, in which charge kinds are called by their names.
    """
    made = runs.start(kind, name, file, actor)
    db.session.commit()
    run_id = made.id
    if made.stage == "refused":
        raise Refused(made.why)
    runs.choose(made, _laid_over(runs.settings_of(made), given, made), actor)
    made = _worked(run_id)
    yield from _told("Would be", made)
    counts = Tally.stored(made.found).counts
    if not only_check and counts["new"] + counts["changed"]:
        runs.confirm(made, actor)
        made = _worked(run_id)
        yield from _told("Are", made)
        yield f"Imported as {made.id}. Nothing was pushed; refused rows are fetched from the page Import."


def _worked(run_id: uuid.UUID) -> ImportRun:
    """Whatever a job would do, done here."""
    runs.go_on(run_id)
    made = db.session.get_one(ImportRun, run_id, populate_existing=True)
    if made.stage in ("refused", "stopped"):
        raise Refused(made.why)
    return made


def _told(word: str, made: ImportRun) -> Iterator[str]:
    tally = Tally.stored(made.found)
    counts = tally.counts
    parts = [f"{counts[name]:,} {name}" for name in ("new", "changed", "unchanged", "refused")]
    yield f"{word}: {', '.join(parts)}, of {counted(counts['rows'], 'row')}."
    if made.kind == "orders":
        amounts = {name: counts[f"amount_{name}"] for name in ("in", "kept", "refused")}
        yield (
            f"Amounts: {units(amounts['in']):,} in = {units(amounts['kept']):,} in orders + "
            f"{units(amounts['refused']):,} refused; difference "
            f"{units(amounts['in'] - amounts['kept'] - amounts['refused']):,}."
        )
    for group in tally.groups()[:SHOWN]:
        rows = ", ".join(map(str, group.rows))
        yield f"  {group.count:,} × {group.value or '(empty)'}: {group.sentence} Rows {rows}."


def _laid_over(standing: Settings, given: Mapping[str, Any], made: ImportRun) -> Settings:
    known = {"columns", "decimal", "days", "percent", "mends", "rules"}
    if not isinstance(given, Mapping) or set(given) - known:
        raise Refused(f"The settings may say: {', '.join(sorted(known))}.")
    plain = {name: given[name] for name in ("decimal", "days", "percent", "mends") if name in given}
    found = replace(standing, **plain)
    if "columns" in given:
        found = replace(found, columns={**found.columns, **_columns(given["columns"], made)})
    if "rules" in given:
        found = replace(found, rules=_rules(given["rules"]))
    return found


def _columns(named: Mapping[str, str], made: ImportRun) -> dict[str, int]:
    header = [folded(name) for name in made.head[0]]
    fields = {field.name for field in KINDS[made.kind].fields}
    found = {}
    for field, name in named.items():
        if field not in fields or folded(name) not in header:
            raise Refused(f"There is no column “{name}”, or nothing called {field} in a file of {made.kind}.")
        found[field] = header.index(folded(name))
    return found


def _rules(given: Mapping[str, Any]) -> Rules:
    ids = {name: str(kind_id) for kind_id, name in db.session.execute(select(ChargeKind.id, ChargeKind.name))}

    def id_of(name: str) -> str:
        if name not in ids:
            raise Refused(f"There is no charge kind “{name}”. Make it first.")
        return ids[name]

    rules = Rules.stored(given)
    charges = {code: id_of(name) for code, name in rules.charges.items()}
    return replace(rules, charges=charges, freight=id_of(rules.freight) if rules.freight else "")
