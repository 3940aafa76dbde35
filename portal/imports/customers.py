"""Customers with their locations by file, one location a row."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.imports.judging import Cells, Group, Row, Trouble, Verdict, of_one_row
from portal.imports.places import Places
from portal.models import Actor, Customer, Location
from portal.models.base import chunks, new_id
from portal.sales import edit_conflicts, records
from portal.sales.edit_conflicts import ChangedMeanwhile
from portal.sales.field_rules import Wrong, location_rules
from portal.sales.field_words import differences, sentence
from portal.sales.refused import Refused

ADDRESSES = ("billing", "delivery")
OF_CUSTOMER = ("customer_number", "customer_name")


class CustomerJudge:
    """A row is a location, by its number, its third-party ID or its name."""

    def __init__(self, cells: Cells, *, is_us: bool) -> None:
        self.cells = cells
        self.rules = location_rules(is_us=is_us)
        self.places = Places()
        self.called: dict[str, Row] = {}
        """The first row of each customer number: the others may call the customer nothing else."""

    def key(self, row: Row) -> str:
        raw = self.cells.raw
        number = raw(row, "customer_number")
        if number:
            self.called.setdefault(number, row)
        own = raw(row, "number") or (number if not self.cells.has("number") else "")
        return own or raw(row, "third_party_id") or f"{raw(row, 'customer_name')}\x1f{raw(row, 'name')}"

    def judge(self, groups: Sequence[Group]) -> list[Verdict]:
        verdicts = [of_one_row(group, "location") for group in groups]
        drafts = [self._values(verdict) for verdict in verdicts]
        self.places.look(
            [str(draft.get(name) or "") for draft in drafts for name in ("number", "customer_number")]
        )
        standing: dict[uuid.UUID, Location] = {}
        found = [self._standing(verdict, draft) for verdict, draft in zip(verdicts, drafts, strict=True)]
        for some in chunks([one for one in found if one is not None]):
            of_these = select(Location).options(joinedload(Location.customer)).where(Location.id.in_(some))
            standing |= {one.id: one for one in db.session.scalars(of_these)}
        for verdict, draft, location_id in zip(verdicts, drafts, found, strict=True):
            if not verdict.troubles:
                self._decide(verdict, draft, standing[location_id] if location_id is not None else None)
            if verdict.troubles:
                verdict.outcome = "refused"
        return verdicts

    def store(self, verdicts: Sequence[Verdict], actor: Actor) -> None:
        mine = db.session.info["organization_id"]
        customers: dict[str, Customer] = {}
        locations: list[Location] = []
        for verdict in verdicts:
            if verdict.outcome != "new":
                continue
            draft = dict(verdict.draft)
            name, number = draft.pop("customer_name"), draft.pop("customer_number")
            customer_id = self.places.customers.get(number)
            if customer_id is None and number not in customers:
                customers[number] = Customer(id=new_id(), organization_id=mine, number=number, name=name)
            location = Location(id=new_id(), organization_id=mine, version=1, revision=1, **draft)
            location.customer_id = customer_id or customers[number].id
            locations.append(location)
        records.store_new(list(customers.values()), [], locations, actor)
        for location in locations:
            self.places.know(location)
        self.places.customers |= {number: one.id for number, one in customers.items()}
        self._store_changed([one for one in verdicts if one.outcome == "changed"], actor)

    def _store_changed(self, verdicts: Sequence[Verdict], actor: Actor) -> None:
        for verdict in verdicts:
            location = db.session.get_one(Location, verdict.record_id)
            draft = dict(verdict.draft)
            name = draft.pop("customer_name", None)
            draft.pop("customer_number", None)
            try:
                with db.session.begin_nested(), db.session.no_autoflush:
                    customer = location.customer
                    if name is not None and customer.name != name:
                        edit_conflicts.write(customer, {"name": name}, customer.version)
                        records.save_customer(customer, actor, asks=False)
                    changed = {key: value for key, value in draft.items() if getattr(location, key) != value}
                    if changed:
                        edit_conflicts.write(location, changed, location.version)
                        records.save_location(location, actor, asks=False)
            except (Refused, ChangedMeanwhile) as error:
                verdict.refuse_late(error)

    def _values(self, verdict: Verdict) -> dict[str, Any]:
        row = verdict.rows[0]
        draft = self.cells.filled(row, verdict.troubles)
        for name in ("certificate", "tax_registration_number"):
            if name in draft:
                try:
                    self.rules[name].check(draft[name])
                except Wrong as wrong:
                    verdict.troubles.append(Trouble(row.number, name, draft[name], str(wrong)))
        if "inactive" in draft:
            draft.setdefault("active", draft.pop("inactive"))
        first = self.called.get(self.cells.raw(row, "customer_number"), row)
        spelled = self.cells.raw(row, "customer_name")
        if first.number != row.number and self.cells.raw(first, "customer_name") != spelled:
            verdict.troubles.append(
                Trouble(
                    *(row.number, "customer_name", spelled),
                    f"Row {first.number} calls this customer “{self.cells.raw(first, 'customer_name')}”: "
                    "give it one name.",
                )
            )
        if "number" not in draft and not self.cells.has("number") and draft.get("customer_number"):
            draft["number"] = draft["customer_number"]
        verdict.name = draft.get("name") or draft.get("customer_name") or ""
        return draft

    def _standing(self, verdict: Verdict, draft: Mapping[str, Any]) -> uuid.UUID | None:
        """The location that this row is."""
        number, third = draft.get("number"), draft.get("third_party_id")
        if number and (found := self.places.numbers.get(number)):
            return found
        if number and not self.cells.has("number"):
            its_own = self.places.of_customer.get(number, [])
            if len(its_own) == 1:
                return its_own[0]
        for word, known in (
            ("third-party ID", self.places.third_parties.get(third, []) if third else []),
            (
                "name",
                [] if number else self.places.names.get(_called(draft), []),
            ),
        ):
            if len(known) == 1:
                return known[0]
            if known:
                verdict.refuse(
                    f"{len(known)} locations have this {word}. Add a column with location numbers."
                )
                return None
        return None

    def _decide(self, verdict: Verdict, draft: dict[str, Any], standing: Location | None) -> None:
        if standing is None:
            self._as_new(verdict, draft)
            return
        if not self.cells.has("number"):
            draft.pop("number", None)  # the customer's, by which it was found
        number = draft.get("customer_number")
        if number and number != standing.customer.number and not self._is_own(number, standing):
            verdict.refuse(
                f"Location {standing.number} belongs to customer {standing.customer.number} here.",
                "customer_number",
                number,
            )
            return
        wanted = _with_addresses(draft, standing)
        was = {name: getattr(standing, name) for name in wanted if name not in OF_CUSTOMER}
        was["customer_name"] = standing.customer.name
        wanted.pop("customer_number", None)
        changed = {name: value for name, value in wanted.items() if was[name] != value}
        if changed:
            verdict.outcome, verdict.record_id, verdict.draft = "changed", standing.id, changed
            told = differences({name: was[name] for name in changed}, changed)
            verdict.told = sentence(told)

    def _is_own(self, number: str, standing: Location) -> bool:
        return number == standing.number and self.places.customers.get(number) is None

    def _as_new(self, verdict: Verdict, draft: dict[str, Any]) -> None:
        number = draft.get("customer_number") or draft.get("number")
        if not number:
            name = "customer_number" if self.cells.has("customer_number") else ""
            verdict.refuse("A customer that is new here needs a number.", name)
            return
        taken = self.places.customers.get(number)
        wanted = _with_addresses(draft, None)
        wanted["customer_number"] = number
        wanted.setdefault("number", number)
        wanted.setdefault("name", wanted["customer_name"])
        if taken is not None and self.places.customer_names.get(number) != wanted["customer_name"]:
            verdict.refuse(
                f"Customer {number} is called “{self.places.customer_names.get(number)}” here.",
                *("customer_name", wanted["customer_name"]),
            )
            return
        verdict.outcome, verdict.draft = "new", wanted


def _called(draft: Mapping[str, Any]) -> tuple[str, str]:
    """Customer and location, by name."""
    name = draft.get("customer_name") or ""
    return name, draft.get("name") or name


def _with_addresses(draft: Mapping[str, Any], standing: Location | None) -> dict[str, Any]:
    """The values by column of the location; of an address, what the file lacks stays."""
    wanted = {
        name: value
        for name, value in draft.items()
        if not name.startswith(tuple(f"{one}_" for one in ADDRESSES))
    }
    parts: dict[str, dict[str, str]] = defaultdict(dict)
    for name, value in draft.items():
        which, _, part = name.partition("_")
        if which in ADDRESSES and value:
            parts[which][part] = value
    for which, given in parts.items():
        column = f"{which}_address"
        stored = dict(getattr(standing, column) or {}) if standing is not None else {}
        wanted[column] = {**stored, **given}
    return wanted
