"""The journey of one push: asked for, planned, armed, sent, settled or resolved."""
