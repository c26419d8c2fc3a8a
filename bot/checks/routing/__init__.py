"""Checks whose codes belong to the routing layer, one file each; nothing is registered by hand."""
