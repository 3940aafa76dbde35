"""Trouble that comes upon a house while orders are carried over."""

import uuid
from collections.abc import Callable, Sequence

from tests.support.stack import Stack

Scenario = Callable[..., list[uuid.UUID]]
INVOICES = {"path": "batch", "body": '"Invoice"'}


def in_trouble(stack: Stack, scenarios: Sequence[Scenario], **env: str) -> list[uuid.UUID]:
    """Scenarios, one upon the other; the orders of them all, and the one that stood before."""
    orders = [stack.first]
    for scenario in scenarios:
        stack.let_lease_run_out()
        orders += scenario(stack, **env)
        assert not stack.simulator_has_faults_left(), f"{scenario.__name__} did not come about"
    return orders
