#!/usr/bin/env bash
# kstatus of github.com/fluxcd/cli-utils v1.2.2 (Flux, and `helm install --wait` of Helm 4) and of sigs.k8s.io/cli-utils v0.37.2 (kpt).
# Expected: what its controller refuses is Failed or InProgress; of a kind that it has no rule for, "situations when the library are unable to determine the status", it is Unknown.
# Seen: without a condition by the name of Ready, Reconciling or Stalled the object is Current: "the desired state matches the actual state". The Gateway API has none of these. A
#   Gateway whose Programmed is False is Current, and so is an HTTPRoute that its only parent refuses, whose conditions lie in status.parents.
# Output: Gateway Accepted=True Programmed=False: Current, Current · HTTPRoute Accepted=False: Current, Current · the same with Ready=False: InProgress, InProgress
# Why it matters: health checks and --wait are green for a route that serves nobody. "The release went through" is no sign that a route was accepted.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kpt "sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func conditions(typesAndStatuses ...string) []any {
	var found []any
	for _, each := range typesAndStatuses {
		kind, status, _ := strings.Cut(each, "=")
		found = append(found, map[string]any{"type": kind, "status": status, "observedGeneration": int64(1), "reason": "Why", "message": "words"})
	}
	return found
}

func judged(kind string, status map[string]any) string {
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "gateway.networking.k8s.io/v1",
		"kind":       kind,
		"metadata":   map[string]any{"name": "web", "namespace": "shop", "generation": int64(1)},
		"status":     status,
	}}
	one, err := flux.Compute(object)
	if err != nil {
		panic(err)
	}
	other, err := kpt.Compute(object)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%s, %s", one.Status, other.Status)
}

func main() {
	parent := map[string]any{"parentRef": map[string]any{"name": "edge"}, "controllerName": "gateway.example/controller", "conditions": conditions("Accepted=False")}
	seen := strings.Join([]string{
		"Gateway Accepted=True Programmed=False: " + judged("Gateway", map[string]any{"conditions": conditions("Accepted=True", "Programmed=False")}),
		"HTTPRoute Accepted=False: " + judged("HTTPRoute", map[string]any{"parents": []any{parent}}),
		"the same with Ready=False: " + judged("Gateway", map[string]any{"conditions": conditions("Accepted=True", "Programmed=False", "Ready=False")}),
	}, " · ")
	fmt.Println(seen)
	if seen != "Gateway Accepted=True Programmed=False: Current, Current · HTTPRoute Accepted=False: Current, Current · the same with Ready=False: InProgress, InProgress" {
		fmt.Fprintln(os.Stderr, "kstatus now reads the conditions of the Gateway API, or says Unknown of a kind without a rule.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get github.com/fluxcd/cli-utils@v1.2.2 sigs.k8s.io/cli-utils@v0.37.2 2>> log; go mod tidy 2>> log; go run .
