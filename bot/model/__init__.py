"""The words. Rule: pure, frozen, no input or output, knows no other room.

What the Kubernetes API means (selectors, ports, usability, policies) is said here, once, as methods of the words.
"""
