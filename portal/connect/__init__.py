"""Connecting a company, switching to another one, disconnecting."""
