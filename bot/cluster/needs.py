"""Names under which what is missing of a question's reading is told, beside the needs of checks."""

# A need of no check, as those of the model: what is missing of it costs a hint.
SIMILAR_PODS = "similar pods"
