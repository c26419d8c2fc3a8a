#!/usr/bin/env bash
# sigs.k8s.io/kube-network-policies v1.1.1 beside k8s.io/endpointslice v0.37.2 (the code of the EndpointSlice controller).
# Expected: the name of a port means the same for a Service and for a policy: NetworkPolicyPort has "a numerical or named port on a pod", and a native sidecar (an init container
#   with restartPolicy Always) serves for the life of the pod. The controller looks its named ports up.
# Seen: the policy engine knows the names of ordinary containers alone. A Service leads to the sidecar's port by its name; the policy that allows this port by the same name
#   denies it, and by its number allows it.
# Output: sidecar: Service to 15090, by name deny, by number allow · container: Service to 15090, by name allow, by number allow
# Why it matters: moving a container to initContainers, as sidecars should be since Kubernetes 1.29, cuts its callers off though no port and no policy has changed.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/endpointslice"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const number = 15090

var always, tcp = corev1.ContainerRestartPolicyAlways, corev1.ProtocolTCP

func pod(asSidecar bool) *corev1.Pod {
	proxy := corev1.Container{Name: "proxy", Ports: []corev1.ContainerPort{{Name: "metrics", ContainerPort: number, Protocol: tcp}}}
	made := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", Labels: map[string]string{"app": "web"}}}
	made.Spec.Containers = []corev1.Container{{Name: "web"}}
	if asSidecar {
		proxy.RestartPolicy = &always
		made.Spec.InitContainers = []corev1.Container{proxy}
	} else {
		made.Spec.Containers = append(made.Spec.Containers, proxy)
	}
	return made
}

func verdict(port intstr.IntOrString, to *corev1.Pod) string {
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	policies := factory.Networking().V1().NetworkPolicies()
	evaluator := networkpolicy.NewStandardNetworkPolicy("one", factory.Core().V1().Namespaces(), factory.Core().V1().Pods(), policies)
	err := policies.Informer().GetStore().Add(&networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "metrics", Namespace: "shop"},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{Ports: []networkingv1.NetworkPolicyPort{{Port: &port, Protocol: &tcp}}}},
		},
	})
	if err != nil {
		panic(err)
	}
	packet := &network.Packet{SrcIP: net.ParseIP("10.1.0.8"), DstIP: net.ParseIP("10.1.0.7"), Proto: tcp, SrcPort: 40000, DstPort: number}
	found, err := evaluator.EvaluateIngress(context.Background(), packet, nil, api.NewPodInfo(to, nil, nil, ""))
	if err != nil {
		panic(err)
	}
	if found == api.VerdictDeny {
		return "deny"
	}
	return "allow"
}

func main() {
	var seen []string
	for _, asSidecar := range []bool{true, false} {
		to := pod(asSidecar)
		target, err := endpointslice.FindPort(to, &corev1.ServicePort{TargetPort: intstr.FromString("metrics"), Protocol: tcp})
		if err != nil {
			panic(err)
		}
		seen = append(seen, fmt.Sprintf("Service to %d, by name %s, by number %s", target, verdict(intstr.FromString("metrics"), to), verdict(intstr.FromInt32(number), to)))
	}
	fmt.Println("sidecar:", seen[0], "· container:", seen[1])
	if strings.Join(seen, " ") != "Service to 15090, by name deny, by number allow Service to 15090, by name allow, by number allow" {
		fmt.Fprintln(os.Stderr, "kube-network-policies now knows the named ports of native sidecars.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get sigs.k8s.io/kube-network-policies@v1.1.1 k8s.io/endpointslice@v0.37.2 2>> log; go mod tidy 2>> log; go run .
