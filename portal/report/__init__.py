"""What is told of all this: counts, history, preview, health, what support needs."""
