"""Where secrets stand in texts, options and values, and what is shown in their place."""
