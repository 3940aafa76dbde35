"""By which fields records are the same, and how well ours fit."""
