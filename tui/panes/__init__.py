"""What the tabs of the details show, as rows. Pure functions: no widget, no terminal."""
