"""What is kept of a user's work between two looks at a trace, beside the user's configuration."""
