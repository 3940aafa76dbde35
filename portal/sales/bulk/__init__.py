"""Many at once: what was chosen, what it would come to, runs and how far they are."""
