#!/usr/bin/env bash
# Kubernetes 1.37.2, the kubelet's package that writes a pod's resolv.conf (k8s.io/kubernetes/pkg/kubelet/network/dns).
# Expected: an option of a pod's dnsConfig "will override those in the base DNSPolicy", and the file is the same each time; an option that is no name of one is refused by the API.
# Seen: options are merged by name, and `name: "ndots:2"`, as the line in resolv.conf is spelled, is another name than `ndots`. Both stand in the file, in the order of a Go map:
#   another one at each start of a pod. A name alone, `name: ndots`, takes the 5 away and leaves a word that means nothing. The API takes both.
# Output: ndots and 2: [ndots:2] · "ndots:2": [ndots:2 ndots:5] or [ndots:5 ndots:2] · ndots alone: [ndots]
# Why it matters: which of the two counts goes by their order, so of ten equal pods some look up web.shop.svc in the search list first and some do not, until they are started anew.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/tools/record"
	"k8s.io/kubernetes/pkg/apis/core"
	conversion "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/kubelet/network/dns"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func written(option corev1.PodDNSConfigOption) string {
	given := corev1.PodSpec{
		DNSPolicy:                     corev1.DNSClusterFirst,
		DNSConfig:                     &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{option}},
		RestartPolicy:                 corev1.RestartPolicyAlways,
		TerminationGracePeriodSeconds: new(int64),
		Containers: []corev1.Container{{
			Name: "web", Image: "web", ImagePullPolicy: corev1.PullAlways, TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		}},
	}
	var taken core.PodSpec
	check(conversion.Convert_v1_PodSpec_To_core_PodSpec(&given, &taken, nil))
	check(validation.ValidatePodSpec(&taken, nil, field.NewPath("spec"), validation.PodValidationOptions{}).ToAggregate())

	configurer := dns.NewConfigurer(record.NewFakeRecorder(9), nil, nil, []net.IP{net.ParseIP("10.96.0.10")}, "cluster.local", "resolv.conf")
	files := map[string]bool{}
	for range 200 {
		file, err := configurer.GetPodDNS(context.Background(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop"}, Spec: given})
		check(err)
		files[fmt.Sprint(file.Options)] = true
	}
	var found []string
	for each := range files {
		found = append(found, each)
	}
	sort.Strings(found)
	return strings.Join(found, " or ")
}

func main() {
	check(os.WriteFile("resolv.conf", []byte("nameserver 192.0.2.53\n"), 0o600))
	two := "2"
	seen := strings.Join([]string{
		"ndots and 2: " + written(corev1.PodDNSConfigOption{Name: "ndots", Value: &two}),
		`"ndots:2": ` + written(corev1.PodDNSConfigOption{Name: "ndots:2"}),
		"ndots alone: " + written(corev1.PodDNSConfigOption{Name: "ndots"}),
	}, " · ")
	fmt.Println(seen)
	if seen != `ndots and 2: [ndots:2] · "ndots:2": [ndots:2 ndots:5] or [ndots:5 ndots:2] · ndots alone: [ndots]` {
		fmt.Fprintln(os.Stderr, "The kubelet now reads an option of dnsConfig in one word, or keeps its options in order.")
		os.Exit(1)
	}
}
GO
go mod init finding 2> log
all=$(go mod download -json k8s.io/kubernetes@v1.37.2 2>> log | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
sed -n 's#.*\(k8s.io/[a-z-]*\) => ./staging.*#\1#p' "$all" | while read -r module; do go mod edit -replace "$module=$module@v0.37.2"; done
go get k8s.io/kubernetes@v1.37.2 2>> log; go mod tidy 2>> log; go run .
