#!/usr/bin/env bash
# Kubernetes 1.37.2: what the API server answers to `kubectl get pods -o wide` (its table printers, k8s.io/kubernetes/pkg/printers).
# Expected: a pod whose condition Ready is False, and to which no Service sends anything, is not READY in the table; there is a STATUS "NotReady" for such a one.
# Seen: READY counts containers, and the condition of the pod is not looked at. On a node that no longer reports, where the node controller has set Ready to False, the pod is 1/1
#   Running, and so is one that waits for a readiness gate (-o wide has a column for gates). Only beside a container that has completed STATUS is "NotReady".
# Output: node gone 1/1 Running · gate open 1/1 Running · one completed 1/2 NotReady · ready 1/1 Running
# Why it matters: "the pods are all 1/1 Running" is the reason to look for the fault elsewhere. Of a lost node no column says a word, and its Services have no endpoint.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	core "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/printers"
	internal "k8s.io/kubernetes/pkg/printers/internalversion"
)

func row(label string, ready core.PodCondition, change func(*core.Pod)) string {
	running := core.ContainerStatus{Name: "web", Ready: true, State: core.ContainerState{Running: &core.ContainerStateRunning{}}}
	ready.Type = core.PodReady
	pod := &core.Pod{
		Spec: core.PodSpec{NodeName: "one", Containers: []core.Container{{Name: "web"}}},
		Status: core.PodStatus{
			Phase:             core.PodRunning,
			PodIPs:            []core.PodIP{{IP: "10.1.0.7"}},
			Conditions:        []core.PodCondition{ready},
			ContainerStatuses: []core.ContainerStatus{running},
		},
	}
	change(pod)
	table, err := printers.NewTableGenerator().With(internal.AddHandlers).GenerateTable(pod, printers.GenerateOptions{Wide: true})
	if err != nil {
		panic(err)
	}
	cells := map[string]any{}
	for i, each := range table.ColumnDefinitions {
		cells[each.Name] = table.Rows[0].Cells[i]
	}
	return fmt.Sprintf("%s %v %v", label, cells["Ready"], cells["Status"])
}

func main() {
	gone := core.PodCondition{Status: core.ConditionFalse, Reason: "NodeNotReady"}
	closed := core.PodCondition{Status: core.ConditionFalse, Reason: "ReadinessGatesNotReady"}
	unready := core.PodCondition{Status: core.ConditionFalse, Reason: "ContainersNotReady"}
	seen := strings.Join([]string{
		row("node gone", gone, func(*core.Pod) {}),
		row("gate open", closed, func(pod *core.Pod) {
			pod.Spec.ReadinessGates = []core.PodReadinessGate{{ConditionType: "balancer.example/registered"}}
		}),
		row("one completed", unready, func(pod *core.Pod) {
			done := core.ContainerStatus{Name: "job", State: core.ContainerState{Terminated: &core.ContainerStateTerminated{Reason: "Completed"}}}
			pod.Spec.Containers = append(pod.Spec.Containers, core.Container{Name: "job"})
			pod.Status.ContainerStatuses = append([]core.ContainerStatus{done}, pod.Status.ContainerStatuses...)
		}),
		row("ready", core.PodCondition{Status: core.ConditionTrue}, func(*core.Pod) {}),
	}, " · ")
	fmt.Println(seen)
	if seen != "node gone 1/1 Running · gate open 1/1 Running · one completed 1/2 NotReady · ready 1/1 Running" {
		fmt.Fprintln(os.Stderr, "The table of pods now tells a pod whose condition Ready is False.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log
all=$(go mod download -json k8s.io/kubernetes@v1.37.2 2>> log | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
sed -n 's#.*\(k8s.io/[a-z-]*\) => ./staging.*#\1#p' "$all" | while read -r module; do go mod edit -replace "$module=$module@v0.37.2"; done
go get k8s.io/kubernetes@v1.37.2 2>> log; go mod tidy 2>> log; go run .
