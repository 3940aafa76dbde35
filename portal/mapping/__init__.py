"""Which value of theirs stands for each value of ours: slots, choices, saving, and settings beside them."""
