"""What a run came to, line by line: each fact with the event that it leads to."""
