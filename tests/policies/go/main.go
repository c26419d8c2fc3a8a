// The evaluator of kube-network-policies, asked without a network: clusters and connections on standard input, one JSON
// object a line, its answers on standard output. It is the second oracle of tests/policies/test_against_engine.py.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"os"

	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	cnp "sigs.k8s.io/kube-network-policies/plugins/npa-v1alpha2"
	npav1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
	cnpfake "sigs.k8s.io/network-policy-api/pkg/client/clientset/versioned/fake"
	cnpinformers "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"
)

type question struct {
	Namespaces []v1.Namespace
	Nodes      []v1.Node
	Pods       []v1.Pod
	Policies   []networkingv1.NetworkPolicy
	Admin      []npav1alpha2.ClusterNetworkPolicy
	Asked      []connection
}

type connection struct {
	Source, Target string
	Port           int
	Protocol       v1.Protocol
}

type pods map[string]*api.PodInfo

func (p pods) GetPodInfoByIP(ip string) (*api.PodInfo, bool) {
	found, ok := p[ip]
	return found, ok
}

func main() {
	klog.InitFlags(nil)
	klog.SetOutput(io.Discard)
	flag.Parse()
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(answers(asked)); err != nil {
			log.Fatal(err)
		}
	}
}

func answers(asked question) []bool {
	core := informers.NewSharedInformerFactory(fake.NewSimpleClientset(), 0)
	admin := cnpinformers.NewSharedInformerFactory(cnpfake.NewSimpleClientset(), 0)
	labels := map[string]map[string]string{}
	for i := range asked.Namespaces {
		labels[asked.Namespaces[i].Name] = asked.Namespaces[i].Labels
		must(core.Core().V1().Namespaces().Informer().GetIndexer().Add(&asked.Namespaces[i]))
	}
	for i := range asked.Nodes {
		must(core.Core().V1().Nodes().Informer().GetIndexer().Add(&asked.Nodes[i]))
	}
	known := pods{}
	for i := range asked.Pods {
		pod := &asked.Pods[i]
		for _, each := range pod.Status.PodIPs {
			known[each.IP] = api.NewPodInfo(pod, labels[pod.Namespace], nil, "")
		}
		must(core.Core().V1().Pods().Informer().GetIndexer().Add(pod))
	}
	for i := range asked.Policies {
		must(core.Networking().V1().NetworkPolicies().Informer().GetIndexer().Add(&asked.Policies[i]))
	}
	for i := range asked.Admin {
		must(admin.Policy().V1alpha2().ClusterNetworkPolicies().Informer().GetIndexer().Add(&asked.Admin[i]))
	}
	tier := func(name npav1alpha2.Tier) api.PolicyEvaluator {
		nodes := core.Core().V1().Nodes().Lister()
		return cnp.NewClusterNetworkPolicy(name, admin.Policy().V1alpha2().ClusterNetworkPolicies(), nil, nodes)
	}
	standard := networkpolicy.NewStandardNetworkPolicy(
		"", core.Core().V1().Namespaces(), core.Core().V1().Pods(), core.Networking().V1().NetworkPolicies())
	engine := networkpolicy.NewPolicyEngine(
		known, []api.PolicyEvaluator{tier(npav1alpha2.AdminTier), standard, tier(npav1alpha2.BaselineTier)})
	found := make([]bool, 0, len(asked.Asked))
	for _, each := range asked.Asked {
		packet := &network.Packet{
			SrcIP: net.ParseIP(each.Source), DstIP: net.ParseIP(each.Target),
			SrcPort: 40000, DstPort: each.Port, Proto: each.Protocol,
		}
		allowed, err := engine.EvaluatePacket(context.Background(), packet)
		must(err)
		found = append(found, allowed)
	}
	return found
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
