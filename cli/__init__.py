"""The `tracetui` command, one verb per file."""
