"""What is looked at on each hop of a call, one file a hop: a function from the case to a `Sight`."""
