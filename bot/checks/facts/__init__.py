"""Facts: what several families of checks ask of a case."""
