"""Checks whose codes belong to the dns layer, one file each; nothing is registered by hand."""
