"""Event ingestion: readers, expressions, selections, splits and the events file."""
