"""Values: what changed, as plain data, without secrets."""
