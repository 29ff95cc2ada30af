"""The browser in a web browser: a server on this machine alone, over textual-serve."""
