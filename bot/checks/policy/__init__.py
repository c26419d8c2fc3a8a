"""Checks of Kubernetes' network policies (codes NPL)."""
