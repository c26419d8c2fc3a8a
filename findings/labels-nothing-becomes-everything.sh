#!/usr/bin/env bash
# k8s.io/apimachinery v0.37.2, pkg/labels and meta/v1.
# Expected: a selector's String() parses to the same selector, and two selectors of opposite meaning print differently. Documentation: a nil LabelSelector matches
#   no object, an empty one all objects.
# Seen: labels.Nothing() prints as "" and "" parses to a selector that matches everything; FormatLabelSelector writes <none> for both, nil and empty.
# Output: Nothing prints as "", parsed again it matches a pod: true; nil prints <none>, {} prints <none>
# Why it matters: a selector passed on as text (a labelSelector= of a request, a printed command) turns "no pods" into "all pods of the namespace",
#   and kubectl's <none> does not say which of the two it is.
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
	printed := labels.Nothing().String()
	again, err := labels.Parse(printed)
	if err != nil {
		panic(err)
	}
	matches := again.Matches(labels.Set{"app": "shop"})
	none, all := metav1.FormatLabelSelector(nil), metav1.FormatLabelSelector(&metav1.LabelSelector{})
	fmt.Printf("Nothing prints as %q, parsed again it matches a pod: %t; nil prints %s, {} prints %s\n", printed, matches, none, all)
	if !matches || none != all {
		fmt.Fprintln(os.Stderr, "labels.Nothing() now survives being printed, or nil and {} print differently.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get k8s.io/apimachinery@v0.37.2 2>> log; go mod tidy 2>> log; go run .
