"""The garbage collector, kept from looking through thousands of tests and all modules again and again."""

import gc

RARELY = (100_000, 50, 100)  # new objects until the youngest are looked through; then how often older ones


def look_rarely() -> None:
    """What stands now is never looked through again, and what comes is looked through rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    gc.enable()
