"""The question: its grammar, its words, and which objects it is about."""
