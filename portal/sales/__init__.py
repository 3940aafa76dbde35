"""Verbs of the distributor that have consequences in the books."""

from portal.sales.refused import Refused

__all__ = ["Refused"]
