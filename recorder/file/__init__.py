"""The file of a recording: its name, and what others do to it."""
