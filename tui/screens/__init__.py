"""What fills the terminal: the browser, what is there before it, and what opens over it."""
