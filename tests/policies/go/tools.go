//go:build tools

// Package tools names the command that enforces policies on the tests' real nodes: the engine itself, as it is released.
package tools

import _ "sigs.k8s.io/kube-network-policies/cmd/kube-network-policies/npa-v1alpha2"
