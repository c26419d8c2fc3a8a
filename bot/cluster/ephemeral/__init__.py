"""Measures from a caller's pod, by an ephemeral container of our own image in it: the one thing that k8snet ever writes.

Rule: only where somebody has agreed to it, once a pod and question, and whatever keeps it from measuring is said in words.
https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
"""
