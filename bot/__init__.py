"""k8snet: says why one pod cannot reach a Service. Rooms and their laws: docs/architecture.md."""

__version__ = "0.1.0"
