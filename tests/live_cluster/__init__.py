"""Tests on a real control plane: `make test-cluster`."""
