"""Values as text, safe for a terminal."""
