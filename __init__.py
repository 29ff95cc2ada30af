"""tracetui: record every callback event of a Hugging Face Trainer, replay it in the terminal."""
