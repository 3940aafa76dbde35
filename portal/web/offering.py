"""What may be chosen, right where a cause is told, to put it right."""

from portal.company import facts
from portal.mapping.choices import LIST_OF_SECTION, Option, fitting
from portal.mapping.slots import waiting_for
from portal.models import Connection, ListEntry


class Offering:
    """Options by cause; each list is loaded once, however many causes wait for it."""

    def __init__(self, connection: Connection | None) -> None:
        self.connection = connection
        self.read: dict[str, list[ListEntry]] = {}

    def of(self, cause: str) -> list[Option]:
        waiting = waiting_for(cause)
        if waiting is None or self.connection is None:
            return []
        section, ours = waiting
        name = LIST_OF_SECTION[section]
        if name not in self.read:
            self.read[name] = facts.entries(self.connection, name)
        return fitting(self.connection, self.read[name], section, ours)
