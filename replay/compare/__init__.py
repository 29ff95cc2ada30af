"""Two places of a run, or of two runs: which values differ, and what was done to them in between."""
