"""Reads Kubernetes. Law of this room: it only ever reads; it gives a Snapshot and judges nothing.

The only room that knows the `kubernetes` package, and it keeps it out of all that a dump needs: `transport` alone
imports it, and only when a cluster is opened. Documents, redaction and zone are pure.
"""
