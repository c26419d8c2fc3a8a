"""Planning: which probes settle a case."""
