"""Block Kit itself: its schema, limits and rules, and the lint that no message may break. Pure."""
