"""Reads Kubernetes. Rule: it only ever reads; it gives a Snapshot and judges nothing.

The only room that knows the `kubernetes` package, and it keeps it out of all that a dump needs: `credentials` and
`exec_plugin` alone import it, and only when a cluster is opened. Documents, redaction and zone are pure.
"""
