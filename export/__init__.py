"""Other people's formats: a file per format."""
