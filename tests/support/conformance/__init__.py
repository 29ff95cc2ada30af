"""The conformance files: how they are made. `python -m support.conformance` in `tests` writes them anew."""
