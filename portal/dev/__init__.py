"""What only `make run` needs: supervisor, processes, an embedded Redis, demo data."""
