#!/usr/bin/env bash
# k8s.io/kubernetes v1.37.2, pkg/proxy/config, which tells the modes of kube-proxy the zone of their node.
# Expected: a kube-proxy that has read its Node knows its topology.kubernetes.io/zone; were it told late, the next update of the Node would tell it.
# Seen: NewNodeTopologyConfig adds its function to an informer that runs already, as kube-proxy's start does, and the handler is registered a line later. Where the informer is quicker, the
#   zone is noted as known and told to nobody; updates of the Node change nothing after that, since the zone is the same. Only another zone label is heard. Called line after line, as in
#   kube-proxy, it is rare: two runs of some hundred with four kube-proxies each, on loaded machines.
# Output: registered at once: zone a · registered later: no zone, after an update of the Node: no zone, after another zone: zone b
# Why it matters: such a kube-proxy ignores trafficDistribution PreferClose and PreferSameZone for all of its life; its log says at -v=2 that the Node lacks the label, which it has. Calls go to endpoints of all
#   zones, also to a broken one that callers of this zone should not meet. Restarting it helps.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/proxy/config"
)

type proxier struct{ zone atomic.Value }

func (p *proxier) OnTopologyChange(labels map[string]string) { p.zone.Store(labels[v1.LabelTopologyZone]) }

func (p *proxier) said() string {
	if zone := p.zone.Load(); zone != nil {
		return fmt.Sprint("zone ", zone)
	}
	return "no zone"
}

func node(zone, other string) *v1.Node {
	return &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node", Labels: map[string]string{v1.LabelTopologyZone: zone, "other": other}}}
}

// heard waits until a function of the informer, added last, has seen the node as it is now: those before it have been told, too.
func heard(nodes cache.SharedIndexInformer, zone, other string) {
	seen := make(chan struct{}, 100)
	look := func(each any) {
		if labels := each.(*v1.Node).Labels; labels[v1.LabelTopologyZone] == zone && labels["other"] == other {
			seen <- struct{}{}
		}
	}
	_, err := nodes.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: look, UpdateFunc: func(_, each any) { look(each) }})
	if err != nil {
		panic(err)
	}
	<-seen
	time.Sleep(time.Second) // each function has a queue of its own
}

func update(client kubernetes.Interface, nodes cache.SharedIndexInformer, zone, other string) {
	if _, err := client.CoreV1().Nodes().Update(context.Background(), node(zone, other), metav1.UpdateOptions{}); err != nil {
		panic(err)
	}
	heard(nodes, zone, other)
}

func main() {
	ctx := context.Background()
	client := fake.NewClientset(node("a", "1"))
	nodes := informers.NewSharedInformerFactory(client, 0).Core().V1().Nodes()
	go nodes.Informer().Run(ctx.Done())
	cache.WaitForCacheSync(ctx.Done(), nodes.Informer().HasSynced)

	var first, late proxier
	early := fake.NewClientset(node("a", "1"))
	unstarted := informers.NewSharedInformerFactory(early, 0).Core().V1().Nodes()
	config.NewNodeTopologyConfig(ctx, unstarted, 0).RegisterEventHandler(&first)
	go unstarted.Informer().Run(ctx.Done())
	heard(unstarted.Informer(), "a", "1")

	topology := config.NewNodeTopologyConfig(ctx, nodes, 0)
	heard(nodes.Informer(), "a", "1")
	topology.RegisterEventHandler(&late)
	seen := []string{first.said(), late.said()}
	update(client, nodes.Informer(), "a", "2")
	seen = append(seen, late.said())
	update(client, nodes.Informer(), "b", "2")
	seen = append(seen, late.said())
	fmt.Printf("registered at once: %s · registered later: %s, after an update of the Node: %s, after another zone: %s\n", seen[0], seen[1], seen[2], seen[3])
	if strings.Join(seen, ", ") != "zone a, no zone, no zone, zone b" {
		fmt.Fprintln(os.Stderr, "A handler that is registered late now learns the zone.")
		os.Exit(1)
	}
}
GO
version=1.37.2
go mod init finding 2> log
go get "k8s.io/kubernetes@v$version" "k8s.io/api@v0.${version#1.}" "k8s.io/apimachinery@v0.${version#1.}" "k8s.io/client-go@v0.${version#1.}" 2>> log; go mod tidy 2>> log; go run .
