#!/usr/bin/env bash
# kor v0.6.8, `kor service`, beside k8s.io/endpointslice v0.36.3 (the code of the EndpointSlice controller).
# Expected: what its table of resources says, "Services with no endpoints", is unused.
# Seen: each EndpointSlice is judged by itself. The controller keeps an empty slice for a family that no pod of the Service has, so a Service with PreferDualStack whose pods have
#   IPv4 addresses alone is unused, with its ready pods. A Service that has no slice at all, and so no endpoint, is never looked at.
# Output: slices IPv4 with 1 endpoint, IPv6 with 0 | unused: web
# Why it matters: `kor service --delete` deletes the Service, and it is the last step on the way to two families that makes it so: first the Services, then the pods.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/yonahd/kor/pkg/common"
	"github.com/yonahd/kor/pkg/filters"
	"github.com/yonahd/kor/pkg/kor"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"
	"k8s.io/endpointslice"
	"k8s.io/endpointslice/util"
	"k8s.io/klog/v2"
)

func main() {
	prefer := corev1.IPFamilyPolicyPreferDualStack
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "1"},
		Spec: corev1.ServiceSpec{
			Selector:       map[string]string{"app": "web"},
			Ports:          []corev1.ServicePort{{Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(8080)}},
			ClusterIP:      "10.96.0.7",
			ClusterIPs:     []string{"10.96.0.7", "fd00::7"},
			IPFamilies:     []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol},
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
	client := fake.NewClientset(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, service, pod, node)
	named := 0
	client.PrependReactor("create", "endpointslices", func(action testing.Action) (bool, runtime.Object, error) {
		named++
		slice := action.(testing.CreateAction).GetObject().(*discoveryv1.EndpointSlice)
		slice.Name = fmt.Sprint(slice.GenerateName, named)
		return false, slice, nil
	})
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes()
	if err := nodes.Informer().GetStore().Add(node); err != nil {
		panic(err)
	}
	controller := endpointslice.NewReconciler(client, nodes.Lister(), 100, util.NewEndpointSliceTracker(), nil, record.NewFakeRecorder(9), "endpointslice-controller.k8s.io")
	if err := controller.Reconcile(klog.Background(), service, []*corev1.Pod{pod}, nil, time.Now()); err != nil {
		panic(err)
	}
	found, err := client.DiscoveryV1().EndpointSlices("shop").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		panic(err)
	}
	var slices []string
	for _, each := range found.Items {
		slices = append(slices, fmt.Sprintf("%s with %d", each.AddressType, len(each.Endpoints)))
	}
	sort.Strings(slices)
	text, err := kor.GetUnusedServices(filters.NewFilterOptions(), client, "json", common.Opts{GroupBy: "namespace"})
	if err != nil {
		panic(err)
	}
	var unused map[string]map[string][]string
	if err := json.Unmarshal([]byte(text), &unused); err != nil {
		panic(err)
	}
	seen := fmt.Sprint("slices ", strings.Join(slices, ", "), " | unused: ", strings.Join(unused["shop"]["Service"], ", "))
	fmt.Println(seen)
	if seen != "slices IPv4 with 1, IPv6 with 0 | unused: web" {
		fmt.Fprintln(os.Stderr, "kor now looks at all slices of a Service.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get github.com/yonahd/kor@v0.6.8 k8s.io/endpointslice@v0.36.3 2>> log; go mod tidy 2>> log; go run .
