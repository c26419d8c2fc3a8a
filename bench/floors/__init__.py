"""Floors: small programs that do the unavoidable part of the work. They are run by path, so nothing of ours comes along."""
