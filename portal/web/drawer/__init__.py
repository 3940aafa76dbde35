"""The drawer behind a badge: why a record stands as it does, and what to do about it."""
