"""Diagnosis, Digest and errors as Block Kit, and the lint that no message may break. Pure."""
