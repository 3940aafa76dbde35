"""Many at once, pushed, finalized and the like: the confirm page, a run under way, what failed in it."""
