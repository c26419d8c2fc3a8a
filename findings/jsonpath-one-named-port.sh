#!/usr/bin/env bash
# k8s.io/client-go v0.37.2, util/jsonpath (kubectl -o jsonpath).
# Expected: ?(@.targetPort==8080) passes over entries whose targetPort is a name (IntOrString allows both), and ?(@.appProtocol!="http") picks entries without
#   the field, as a label selector's != does ("a!=b" matches objects without the key, says the reference of labels).
# Seen: one named targetPort anywhere ends the whole query with "incompatible types for comparison"; != never picks an entry that lacks the field.
# Output: ==8080: incompatible types for comparison; !="http": grpc (the entry without appProtocol is left out)
# Why it matters: "which Service sends to 8080" works until somebody names a port, and "which ports are not http" hides all that do not say.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/client-go/util/jsonpath"
)

const spec = `{"ports":[{"name":"web","targetPort":8080,"appProtocol":"http"},{"name":"grpc","targetPort":"grpc","appProtocol":"grpc"},{"name":"plain","targetPort":8080}]}`

func query(template string) string {
	var object any
	if err := json.Unmarshal([]byte(spec), &object); err != nil {
		panic(err)
	}
	path, out := jsonpath.New("finding").AllowMissingKeys(true), bytes.Buffer{}
	if err := path.Parse(template); err != nil {
		return err.Error()
	}
	if err := path.Execute(&out, object); err != nil {
		return err.Error()
	}
	return out.String()
}

func main() {
	equal, unequal := query(`{.ports[?(@.targetPort==8080)].name}`), query(`{.ports[?(@.appProtocol!="http")].name}`)
	fmt.Printf("==8080: %s; !=\"http\": %s (the entry without appProtocol is left out)\n", equal, unequal)
	if equal != "incompatible types for comparison" || unequal != "grpc" {
		fmt.Fprintln(os.Stderr, "kubectl's jsonpath now compares mixed types, or != picks entries that lack the field.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get k8s.io/client-go@v0.37.2 2>> log; go mod tidy 2>> log; go run .
