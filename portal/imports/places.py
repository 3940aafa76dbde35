"""Which location a value of a file names: by its number, its third-party ID, its customer or its name."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, select

from portal.extensions import db
from portal.models import Customer, Location
from portal.models.base import chunks


class Places:
    """All locations of the organization by what they are known by, read once; what is unknown is asked for
    again, since others make locations too.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, uuid.UUID] = {}
        self.third_parties: dict[str, list[uuid.UUID]] = defaultdict(list)
        self.names: dict[tuple[str, str], list[uuid.UUID]] = defaultdict(list)
        self.own_names: dict[str, list[uuid.UUID]] = defaultdict(list)
        self.of_customer: dict[str, list[uuid.UUID]] = defaultdict(list)
        self.customers: dict[str, uuid.UUID] = {}
        self.customer_names: dict[str, str] = {}
        self._take(_all())
        for customer_id, number, name in db.session.execute(
            select(Customer.id, Customer.number, Customer.name)
        ):
            self.customers[number], self.customer_names[number] = customer_id, name

    def look(self, numbers: Iterable[str]) -> None:
        """Know these as well, if they are there by now."""
        unknown = {one for one in numbers if one and one not in self.numbers}
        for some in chunks(unknown):
            self._take(_all().where(Location.number.in_(some)))
            found = select(Customer.id, Customer.number, Customer.name).where(Customer.number.in_(some))
            for customer_id, number, name in db.session.execute(found):
                self.customers[number], self.customer_names[number] = customer_id, name

    def know(self, location: Location) -> None:
        """A location that was just stored."""
        self.numbers[location.number] = location.id
        if location.third_party_id:
            self.third_parties[location.third_party_id].append(location.id)

    def named(self, value: str) -> list[uuid.UUID]:
        """The locations that this value names; more than one where it does not say which."""
        if (found := self.numbers.get(value)) is not None:
            return [found]
        for known in (self.third_parties, self.of_customer, self.own_names):
            if value in known:
                return known[value]
        return []

    def _take(self, found: Select[Any]) -> None:
        for location_id, number, third, name, customer_number, customer_name in db.session.execute(found):
            if number in self.numbers:
                continue
            self.numbers[number] = location_id
            if third:
                self.third_parties[third].append(location_id)
            self.names[customer_name, name].append(location_id)
            self.own_names[name].append(location_id)
            if customer_name != name:
                self.own_names[customer_name].append(location_id)
            self.of_customer[customer_number].append(location_id)


def _all() -> Any:
    return select(
        Location.id, Location.number, Location.third_party_id, Location.name, Customer.number, Customer.name
    ).join(Location.customer)
