"""The search tables: their words, filters, pages and pickers, alike fast from first to last."""
