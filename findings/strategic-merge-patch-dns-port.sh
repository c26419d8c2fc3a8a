#!/usr/bin/env bash
# k8s.io/apimachinery v0.37.2, strategicpatch with k8s.io/api v0.37.2 (kubectl patch, default type).
# Expected: the entry that names port 53 and TCP changes the TCP port: the API says that port and protocol together are the key (listMapKey port, listMapKey protocol).
# Seen: strategic merge goes by `port` alone and takes the first entry: UDP 53 is overwritten and becomes a second TCP 53; the TCP entry stays as it was.
#   The name in the patch does not help.
# Output: dns TCP 5353 | dns-tcp TCP 53
# Why it matters: a printed `kubectl patch service kube-dns -p ...` for DNS over TCP takes UDP away, or is refused as a duplicate; use a JSON patch with a test of the entry.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

const (
	service = `{"spec":{"ports":[{"name":"dns","port":53,"protocol":"UDP","targetPort":53},{"name":"dns-tcp","port":53,"protocol":"TCP","targetPort":53}]}}`
	patch   = `{"spec":{"ports":[{"port":53,"protocol":"TCP","targetPort":5353}]}}`
)

func main() {
	merged, err := strategicpatch.StrategicMergePatch([]byte(service), []byte(patch), corev1.Service{})
	if err != nil {
		panic(err)
	}
	var after corev1.Service
	if err := json.Unmarshal(merged, &after); err != nil {
		panic(err)
	}
	var ports []string
	for _, port := range after.Spec.Ports {
		ports = append(ports, fmt.Sprint(port.Name, " ", port.Protocol, " ", port.TargetPort.IntVal))
	}
	seen := strings.Join(ports, " | ")
	fmt.Println(seen)
	if seen != "dns TCP 5353 | dns-tcp TCP 53" {
		fmt.Fprintln(os.Stderr, "A strategic merge patch now tells TCP 53 from UDP 53.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get k8s.io/apimachinery@v0.37.2 k8s.io/api@v0.37.2 2>> log; go mod tidy 2>> log; go run .
