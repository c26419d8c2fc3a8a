"""The engine of the checks: what a check is, which exist, and how their findings become verdicts."""
