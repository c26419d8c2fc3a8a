#!/usr/bin/env bash
# kustomize api v0.21.1 (the library of kustomize 5 and kubectl -k).
# Expected: namePrefix renames a Service and all that refers to it; the reference says that references are updated.
# Seen: an Ingress's backend and a StatefulSet's serviceName follow. An EndpointSlice's kubernetes.io/service-name label and an HTTPRoute's backendRefs keep the old name.
# Output: Ingress: blue-ledger · EndpointSlice: ledger · HTTPRoute: ledger
# Why it matters: hand-made slices belong to no Service any more (no endpoints, connection refused), and the route's backend does not exist (500), with valid manifests.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"; mkdir base
cat > base/kustomization.yaml <<'YAML'
resources: [all.yaml]
namePrefix: blue-
YAML
cat > base/all.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: ledger}
spec: {ports: [{port: 5432}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ledger-1, labels: {kubernetes.io/service-name: ledger}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.7]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {rules: [{backendRefs: [{name: ledger, port: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: ledger, port: {number: 5432}}}}
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
ingress=$(grep -A1 "service:$" built.yaml | sed -n 's/.*name: //p')
slice=$(sed -n 's/.*service-name: //p' built.yaml)
route=$(grep -A1 "backendRefs:" built.yaml | sed -n 's/.*name: //p')
echo "Ingress: $ingress · EndpointSlice: $slice · HTTPRoute: $route"
if [ "$ingress $slice $route" != "blue-ledger ledger ledger" ]; then
  echo "kustomize's namePrefix now reaches other references to a Service." >&2; exit 1
fi
