"""Where a value comes from: who set a flag and what came of it, who asked for an event, where a hook's code stands."""
