"""Doors: where the recorder stands on objects that are not its own, and what it says of them."""
