"""Pushing many at once: the confirm page, a run under way, what failed in it."""
