"""One Trainer being recorded: who takes part, and what the doors report."""
