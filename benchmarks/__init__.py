"""Where README's figures come from: each module is run by `make bench` and prints a table."""
