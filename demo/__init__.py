"""Generated demo data as plain values, and the driver of `make demo`, which knows the portal by HTTP only."""
