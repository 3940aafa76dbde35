"""Records that come in by file: reading it, what each row is here, what is wrong with it, and storing it."""
