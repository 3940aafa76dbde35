"""The engine: drain → rounds → delivery → settle or resolve; the lease, look-ups, calls."""
