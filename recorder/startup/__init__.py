"""A folder for `PYTHONPATH`: in each Python that is started with it, every Trainer is recorded."""
