"""In which order a drain locks rows: pages lock them in the same order, so that none waits for the other."""

from tests.support.bookkeeping import Books
from tests.support.queries import queries


def test_the_connection_is_locked_before_anything_that_a_page_may_hold(books: Books) -> None:
    books.order()
    with queries() as seen:
        books.carry()
    armed = [number for number, one in enumerate(seen) if one.startswith("INSERT INTO delivery")]
    assert armed
    for number in armed:
        begun = max(n for n in range(number) if seen[n].startswith("UPDATE drain_lease"))
        assert seen[begun + 1].startswith("SELECT connection.id \nFROM connection"), seen[begun : begun + 3]
