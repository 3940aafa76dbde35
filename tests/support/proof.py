"""What is larger than the ordinary run has room for: `make proof` runs it, and whatever grows at full size.

A test that is marked `proof` is run there alone; one that is marked `grows` everywhere, and there with more.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest

PROOF = bool(os.environ.get("PROOF"))


def in_proof(*values: Any) -> Any:
    """A case of a parametrized test that only `make proof` looks at."""
    return pytest.param(*values, marks=pytest.mark.proof)


def others_in_proof(values: Iterable[str], ordinary: Iterable[str]) -> list[Any]:
    """All cases of a parametrized test, of which an ordinary run looks at some."""
    known = set(ordinary)
    return [value if value in known else in_proof(value) for value in values]
