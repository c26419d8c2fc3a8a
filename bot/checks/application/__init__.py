"""Checks whose codes belong to the application layer, one file each; nothing is registered by hand."""
