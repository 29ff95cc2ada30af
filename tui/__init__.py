"""The Textual app: shows what replay/ finds, holds no logic of its own."""
