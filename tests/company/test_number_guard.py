"""For how long a refused number says that QuickBooks refuses a second one."""

import uuid
from datetime import timedelta

import pytest

from portal.company import number_guard
from portal.models.base import now
from tests.support import distributor


@pytest.mark.parametrize(
    ("days_ago", "proven"),
    [(None, False), (0.0, True), (29.9, True), (30.1, False), (-0.1, False)],
    ids=["never seen", "just now", "up to the end", "after it", "by a clock that ran ahead"],
)
def test_a_refusal_proves_it_for_30_days(ours: uuid.UUID, days_ago: float | None, proven: bool) -> None:
    seen = None if days_ago is None else now() - timedelta(days=days_ago)
    connection = distributor.connection(number_guard=seen)
    assert number_guard.is_proven(connection) == proven
    until = seen + timedelta(days=30) if seen is not None and proven else None
    assert number_guard.proven_until(connection) == until
