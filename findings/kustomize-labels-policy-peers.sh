#!/usr/bin/env bash
# kustomize api v0.21.1 (the library of kustomize 5 and kubectl -k).
# Expected: labels with includeSelectors puts the label on the resources and on the selectors that choose them; the reference speaks of "selectors and templates".
# Seen: it is also put into the peers of NetworkPolicies: the rule that opens egress to kube-system's DNS pods now wants the label of the release from them.
# Output: to: k8s-app: kube-dns release: blue
# Why it matters: one overlay line shuts off DNS for the pods that the policy governs; the policy that is written in git is right, the one in the cluster is not.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"; mkdir base
cat > base/kustomization.yaml <<'YAML'
resources: [policy.yaml]
labels:
- pairs: {release: blue}
  includeSelectors: true
YAML
cat > base/policy.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shop}
spec:
  podSelector: {matchLabels: {app: shop}}
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{port: 53, protocol: UDP}]
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
echo "to:" $(grep -A1 "k8s-app: kube-dns" built.yaml)
if ! grep -A1 "k8s-app: kube-dns" built.yaml | grep -q "release: blue"; then
  echo "kustomize no longer labels the peers of a NetworkPolicy." >&2; exit 1
fi
