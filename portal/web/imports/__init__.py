"""Files that are imported: uploading one, matching its columns, mending it, and what came of it."""
