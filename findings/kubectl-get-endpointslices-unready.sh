#!/usr/bin/env bash
# Kubernetes 1.37.2: what the API server answers to `kubectl get endpoints` and `kubectl get endpointslices` (its table printers, k8s.io/kubernetes/pkg/printers).
# Expected: both columns called ENDPOINTS list where a Service leads to. Endpoints are deprecated since 1.33, and the API server's warning at each look at one says to use
#   EndpointSlices; `kubectl describe service` lists those that are ready.
# Seen: of EndpointSlices all addresses are listed, those of pods that are not ready and get no traffic as well, and no column, -o wide included, tells one from the other. A
#   Service with no ready pod looks as if it had two.
# Output: one of two ready: endpoints 10.1.0.7:8080, endpointslices 10.1.0.7,10.1.0.8 · none of two ready: endpoints nothing, endpointslices 10.1.0.7,10.1.0.8
# Why it matters: "does it have endpoints?" is the first question about a Service that refuses connections, and the command that is recommended for it says yes.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	core "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/discovery"
	"k8s.io/kubernetes/pkg/printers"
	internal "k8s.io/kubernetes/pkg/printers/internalversion"
)

func column(of runtime.Object) string {
	table, err := printers.NewTableGenerator().With(internal.AddHandlers).GenerateTable(of, printers.GenerateOptions{Wide: true})
	if err != nil {
		panic(err)
	}
	for i, each := range table.ColumnDefinitions {
		if each.Name == "Endpoints" {
			return fmt.Sprint(table.Rows[0].Cells[i])
		}
	}
	panic("no such column")
}

func both(ready, others []string) string {
	yes, no, name, port := true, false, "http", int32(8080)
	subset := core.EndpointSubset{Ports: []core.EndpointPort{{Name: name, Port: port, Protocol: core.ProtocolTCP}}}
	slice := &discovery.EndpointSlice{AddressType: discovery.AddressTypeIPv4, Ports: []discovery.EndpointPort{{Name: &name, Port: &port}}}
	for _, each := range ready {
		subset.Addresses = append(subset.Addresses, core.EndpointAddress{IP: each})
		slice.Endpoints = append(slice.Endpoints, discovery.Endpoint{Addresses: []string{each}, Conditions: discovery.EndpointConditions{Ready: &yes, Serving: &yes}})
	}
	for _, each := range others {
		subset.NotReadyAddresses = append(subset.NotReadyAddresses, core.EndpointAddress{IP: each})
		slice.Endpoints = append(slice.Endpoints, discovery.Endpoint{Addresses: []string{each}, Conditions: discovery.EndpointConditions{Ready: &no, Serving: &no}})
	}
	listed := column(&core.Endpoints{Subsets: []core.EndpointSubset{subset}})
	if listed == "" {
		listed = "nothing"
	}
	return fmt.Sprintf("endpoints %s, endpointslices %s", listed, column(slice))
}

func main() {
	seen := strings.Join([]string{
		"one of two ready: " + both([]string{"10.1.0.7"}, []string{"10.1.0.8"}),
		"none of two ready: " + both(nil, []string{"10.1.0.7", "10.1.0.8"}),
	}, " · ")
	fmt.Println(seen)
	if seen != "one of two ready: endpoints 10.1.0.7:8080, endpointslices 10.1.0.7,10.1.0.8 · none of two ready: endpoints nothing, endpointslices 10.1.0.7,10.1.0.8" {
		fmt.Fprintln(os.Stderr, "The table of EndpointSlices now tells addresses that are ready from those that are not.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log
all=$(go mod download -json k8s.io/kubernetes@v1.37.2 2>> log | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
sed -n 's#.*\(k8s.io/[a-z-]*\) => ./staging.*#\1#p' "$all" | while read -r module; do go mod edit -replace "$module=$module@v0.37.2"; done
go get k8s.io/kubernetes@v1.37.2 2>> log; go mod tidy 2>> log; go run .
