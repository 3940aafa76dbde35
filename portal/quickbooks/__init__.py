"""QuickBooks Online and nothing else: transport, OAuth, faults, lists. No Flask, no database."""
