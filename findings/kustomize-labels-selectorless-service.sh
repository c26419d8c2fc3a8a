#!/usr/bin/env bash
# kustomize api v0.21.1 (the library of kustomize 5 and kubectl -k).
# Expected: includeSelectors adds to selectors that are there. A Service without a selector has a meaning of its own: its EndpointSlices are written by hand.
# Seen: it gets a selector made of the label alone, and so does a Service of type ExternalName.
# Output: Services with the selector release: blue: 2 of 2
# Why it matters: the controller now makes slices for it, and pods of the release, any of them, get traffic that was meant for the database outside;
#   "selectorless" in git is no longer selectorless in the cluster.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"; mkdir base
cat > base/kustomization.yaml <<'YAML'
resources: [ledger.yaml, alias.yaml]
labels:
- pairs: {release: blue}
  includeSelectors: true
YAML
cat > base/ledger.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: ledger}
spec: {ports: [{port: 5432}]}
YAML
cat > base/alias.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: db.example.com}
YAML
cat > main.go <<'GO'
package main

import (
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "base")
	if err != nil {
		panic(err)
	}
	text, err := built.AsYaml()
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(text)
}
GO
go mod init finding 2> log; go get sigs.k8s.io/kustomize/api@v0.21.1 sigs.k8s.io/kustomize/kyaml@v0.21.1 2>> log; go mod tidy 2>> log; go run . > built.yaml
selectors=$(grep -A1 "selector:" built.yaml | grep -c "release: blue" || true)
echo "Services with the selector release: blue: $selectors of 2"
if [ "$selectors" != 2 ]; then
  echo "kustomize no longer gives a selector to a Service that has none." >&2; exit 1
fi
