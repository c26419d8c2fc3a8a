#!/usr/bin/env bash
# k8s.io/apimachinery v0.37.2, labels.Parse (kubectl -l, labelSelector=).
# Expected: "tier in ()" is an error, as the same requirement is in a manifest (validation: values must be specified for In), or it matches nothing.
# Seen: it parses, and means the set that holds the empty string: it matches objects whose label is there and empty. "tier notin ()" excludes just these.
# Output: in a manifest: values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty; tier in (): parsed, matches tier="": true, tier="web": false, no tier: false
# Why it matters: a tool that joins a list of names into "key in (...)" gets no error for an empty list, but an answer about other objects.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func main() {
	in := metav1.LabelSelectorRequirement{Key: "tier", Operator: metav1.LabelSelectorOpIn}
	_, refused := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{in}})
	selector, err := labels.Parse("tier in ()")
	if err != nil || refused == nil {
		fmt.Fprintln(os.Stderr, "Text and manifest now treat In without values alike.", err, refused)
		os.Exit(1)
	}
	empty := selector.Matches(labels.Set{"tier": ""})
	web, absent := selector.Matches(labels.Set{"tier": "web"}), selector.Matches(labels.Set{})
	fmt.Printf("in a manifest: %v; tier in (): parsed, matches tier=\"\": %t, tier=\"web\": %t, no tier: %t\n", refused, empty, web, absent)
	if !empty || web || absent {
		fmt.Fprintln(os.Stderr, "An empty set in text no longer means the empty value.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get k8s.io/apimachinery@v0.37.2 2>> log; go mod tidy 2>> log; go run .
