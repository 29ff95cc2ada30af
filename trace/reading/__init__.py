"""Reading: from bytes to records, and to blocks with their summaries."""
