//go:build tools

// Package tools names the commands that the tests take from other modules as they are.
package tools

import (
	_ "helm.sh/helm/v3/cmd/helm"
	_ "sigs.k8s.io/kwok/cmd/kwok"
)
