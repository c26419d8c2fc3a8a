"""Checks of how calls come into the cluster: Ingresses, and routes of the Gateway API."""
