#!/usr/bin/env bash
# Prometheus 3.16 (github.com/prometheus/prometheus v0.316.0), service discovery by the role endpointslice, beside k8s.io/endpointslice v0.37.2 (the code of the EndpointSlice controller).
# Expected: "For each endpoint address referenced in the endpointslice object one target is discovered": a ready pod behind a Service is a target.
# Seen: of a Service with two families only slices of the first are read, since those of the second would say the same twice. If the pods have the second family alone, the first
#   slice is empty and the other is left out: no target, though the Service's second ClusterIP leads to the pod.
# Output: families IPv4, IPv6: slices IPv4 with 1, IPv6 with 0, targets 10.1.0.7:8080 · families IPv6, IPv4: slices IPv4 with 1, IPv6 with 0, targets none
# Why it matters: what has no target has no `up` either, so nothing turns red while callers are served. Pods of the host's network have the family of their node; and a headless Service
#   without selector gets both families by itself (RequireDualStack), while its hand-made slice has the one of the outside host.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	discovery "github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/endpointslice"
	"k8s.io/endpointslice/util"
	"k8s.io/klog/v2"
)

func told(addresses []string, families ...corev1.IPFamily) string {
	prefer := corev1.IPFamilyPolicyPreferDualStack
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "1"},
		Spec: corev1.ServiceSpec{
			Selector:       map[string]string{"app": "web"},
			Ports:          []corev1.ServicePort{{Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(8080)}},
			ClusterIP:      addresses[0],
			ClusterIPs:     addresses,
			IPFamilies:     families,
			IPFamilyPolicy: &prefer,
		},
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "shop", Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{NodeName: "one"},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			PodIP:      "10.1.0.7",
			PodIPs:     []corev1.PodIP{{IP: "10.1.0.7"}},
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "one"}}
	client := fake.NewClientset(service, pod, node)
	named := 0
	client.PrependReactor("create", "endpointslices", func(action testing.Action) (bool, runtime.Object, error) {
		named++
		slice := action.(testing.CreateAction).GetObject().(*discoveryv1.EndpointSlice)
		slice.Name = fmt.Sprint(slice.GenerateName, named)
		return false, slice, nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes()
	check(nodes.Informer().GetStore().Add(node))
	controller := endpointslice.NewReconciler(client, nodes.Lister(), 100, util.NewEndpointSliceTracker(), nil, record.NewFakeRecorder(9), "endpointslice-controller.k8s.io")
	check(controller.Reconcile(klog.Background(), service, []*corev1.Pod{pod}, nil, time.Now()))
	made, err := client.DiscoveryV1().EndpointSlices("shop").List(ctx, metav1.ListOptions{})
	check(err)
	var slices []string
	for _, each := range made.Items {
		slices = append(slices, fmt.Sprintf("%s with %d", each.AddressType, len(each.Endpoints)))
	}
	sort.Strings(slices)

	byService := cache.Indexers{"service": func(any) ([]string, error) { return nil, nil }}
	pieces := factory.Discovery().V1().EndpointSlices().Informer()
	check(pieces.AddIndexers(byService))
	count := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "events"}, []string{"role", "event"})
	found := make(chan []*targetgroup.Group)
	role := discovery.NewEndpointSlice(nil, pieces, factory.Core().V1().Services().Informer(), factory.Core().V1().Pods().Informer(), nil, nil, nil, nil, false, false, false, count)
	factory.Start(ctx.Done())
	go role.Run(ctx, found)
	groups := map[string][]string{}
	for len(groups) < len(made.Items) {
		select {
		case several := <-found:
			for _, group := range several {
				groups[group.Source] = nil
				for _, target := range group.Targets {
					groups[group.Source] = append(groups[group.Source], string(target["__address__"]))
				}
			}
		case <-ctx.Done():
			panic("nothing was discovered")
		}
	}
	var targets []string
	for _, each := range groups {
		targets = append(targets, each...)
	}
	if targets == nil {
		targets = []string{"none"}
	}
	return fmt.Sprintf("families %s, %s: slices %s, targets %s", families[0], families[1], strings.Join(slices, ", "), strings.Join(targets, ", "))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	seen := told([]string{"10.96.0.7", "fd00::7"}, corev1.IPv4Protocol, corev1.IPv6Protocol) + " · " + told([]string{"fd00::7", "10.96.0.7"}, corev1.IPv6Protocol, corev1.IPv4Protocol)
	fmt.Println(seen)
	if seen != "families IPv4, IPv6: slices IPv4 with 1, IPv6 with 0, targets 10.1.0.7:8080 · families IPv6, IPv4: slices IPv4 with 1, IPv6 with 0, targets none" {
		fmt.Fprintln(os.Stderr, "Prometheus now reads the slice of the second family where the first has no endpoint.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get github.com/prometheus/prometheus@v0.316.0 k8s.io/endpointslice@v0.37.2 2>> log; go mod tidy 2>> log; go run .
