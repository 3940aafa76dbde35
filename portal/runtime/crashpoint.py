"""Where tests kill or pause a process: a no-op without CRASH_AT=name:n or STOP_AT=name:n."""

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def crashpoint(name: str) -> None:
    """Die by SIGKILL, or pause by SIGSTOP, on this process's n-th passing of the point that is named."""
    for variable, number in (("CRASH_AT", signal.SIGKILL), ("STOP_AT", signal.SIGSTOP)):
        wanted, _, count = os.environ.get(variable, "").partition(":")
        if name == wanted:
            _passed[variable] += 1
            if _passed[variable] == int(count or 1):
                os.kill(os.getpid(), number)
