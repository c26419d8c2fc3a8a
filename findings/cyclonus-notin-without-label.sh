#!/usr/bin/env bash
# cyclonus v0.5.6 (pkg/matcher, which analyzes NetworkPolicies and says what a CNI should do) beside k8s.io/apimachinery v0.30.2, which it requires.
# Expected: both read a podSelector alike. Kubernetes' page "Labels and Selectors" says that `notin` also takes objects without the label, and that `=` takes those
#   "with key equal to" the label and the value.
# Seen: in cyclonus NotIn never takes a pod without the label, with a comment that points to that page, and matchLabels with an empty value takes it. A policy for all but tier web,
#   which allows nothing, isolates such a pod in Kubernetes, and cyclonus says that traffic to it is allowed.
# Output: tier NotIn (web): Kubernetes [none db empty], cyclonus [db empty] | tier="": Kubernetes [empty], cyclonus [none empty] | isolated: Kubernetes [none db empty], cyclonus [db empty]
# Why it matters: the table that a plugin's behaviour is compared with is wrong for the pods that somebody forgot to label, and a tool built on it says "allowed".
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/mattfenwick/cyclonus/pkg/kube"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

type pod struct {
	name   string
	labels map[string]string
}

var pods = []pod{{"none", map[string]string{}}, {"web", map[string]string{"tier": "web"}}, {"db", map[string]string{"tier": "db"}}, {"empty", map[string]string{"tier": ""}}}

func which(takes func(map[string]string) bool) []string {
	var names []string
	for _, each := range pods {
		if takes(each.labels) {
			names = append(names, each.name)
		}
	}
	return names
}

func both(selector metav1.LabelSelector) string {
	parsed, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		panic(err)
	}
	kubernetes := which(func(of map[string]string) bool { return parsed.Matches(labels.Set(of)) })
	cyclonus := which(func(of map[string]string) bool { return kube.IsLabelsMatchLabelSelector(of, selector) })
	return fmt.Sprint("Kubernetes ", kubernetes, ", cyclonus ", cyclonus)
}

func isolated(selector metav1.LabelSelector) []string {
	policy := &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "all-but-web", Namespace: "shop"},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: selector, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}},
	}
	built := matcher.BuildNetworkPolicies(false, []*networkingv1.NetworkPolicy{policy})
	peer := func(ip string, of map[string]string) *matcher.TrafficPeer {
		return &matcher.TrafficPeer{Internal: &matcher.InternalPeer{Namespace: "shop", PodLabels: of}, IP: ip}
	}
	return which(func(of map[string]string) bool {
		call := &matcher.Traffic{Source: peer("10.0.0.1", nil), Destination: peer("10.0.0.2", of), ResolvedPort: 80, Protocol: corev1.ProtocolTCP}
		return !built.IsTrafficAllowed(call).IsAllowed()
	})
}

func main() {
	notWeb := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"web"}}}}
	empty := metav1.LabelSelector{MatchLabels: map[string]string{"tier": ""}}
	parsed, _ := metav1.LabelSelectorAsSelector(&notWeb)
	right := which(func(of map[string]string) bool { return parsed.Matches(labels.Set(of)) })
	seen := strings.Join([]string{
		"tier NotIn (web): " + both(notWeb),
		`tier="": ` + both(empty),
		fmt.Sprint("isolated: Kubernetes ", right, ", cyclonus ", isolated(notWeb)),
	}, " | ")
	fmt.Println(seen)
	if seen != `tier NotIn (web): Kubernetes [none db empty], cyclonus [db empty] | tier="": Kubernetes [empty], cyclonus [none empty] | isolated: Kubernetes [none db empty], cyclonus [db empty]` {
		fmt.Fprintln(os.Stderr, "cyclonus now reads selectors as Kubernetes does.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log; go get github.com/mattfenwick/cyclonus@v0.5.6 2>> log; go mod tidy 2>> log; go run .
