"""How a run ended, and who ended it."""
