"""What forms of all pages share: fields, look-ups, keeping and merging what was entered."""
