"""The people of an organization: making them, inviting them, checking passwords."""
