"""Folds the events of a trace: a run of steps in which nothing special happened is one line."""
