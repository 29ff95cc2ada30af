"""One event, rebuilt."""
