"""What is larger than the ordinary run has room for: `make proof` runs it, and whatever grows at full size.

A test that is marked `proof` is run there alone; one that is marked `grows` everywhere, and there with more.
"""

import os
from typing import Any

import pytest

PROOF = bool(os.environ.get("PROOF"))


def in_proof(*values: Any) -> Any:
    """A case of a parametrized test that only `make proof` looks at."""
    return pytest.param(*values, marks=pytest.mark.proof)
