"""A number and what it counts."""

import pytest

from portal.plurals import counted


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("order",), "0 orders"),
        (1, ("order",), "1 order"),
        (1_180, ("order",), "1,180 orders"),
        (1, ("push is", "pushes are"), "1 push is"),
        (2, ("push is", "pushes are"), "2 pushes are"),
    ],
)
def test_a_number_reads_with_what_it_counts(count: int, words: tuple[str, ...], said: str) -> None:
    assert counted(count, *words) == said
