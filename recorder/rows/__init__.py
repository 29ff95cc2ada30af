"""What one recording writes: rows, notes, the run's header."""
