"""Work that fails as a database makes it fail: so many times, or always."""

import psycopg
from sqlalchemy.exc import InterfaceError

LOST = InterfaceError("UPDATE …", {}, psycopg.InterfaceError("gone"), connection_invalidated=True)


class Failing:
    """Fails with this error, the first so many times it is called, or always."""

    def __init__(self, error: Exception, times: int | None = None) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self, *args: object) -> str:
        self.calls += 1
        if self.times is None or self.calls <= self.times:
            raise self.error
        return "done"
