package main

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// cluster is what policies are about: pods that have an address of their own, in a fixed order.
type cluster struct {
	pods       []*core.Pod
	policies   []*networking.NetworkPolicy
	namespaces map[string]labels.Set
}

func newCluster(pods []*core.Pod, policies []*networking.NetworkPolicy, namespaces []*core.Namespace) cluster {
	c := cluster{policies: slices.Clone(policies), namespaces: map[string]labels.Set{}}
	for _, pod := range pods {
		over := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !over {
			c.pods = append(c.pods, pod)
		}
	}
	for _, namespace := range namespaces {
		c.namespaces[namespace.Name] = namespace.Labels
	}
	slices.SortFunc(c.pods, func(a, b *core.Pod) int { return strings.Compare(string(a.UID), string(b.UID)) })
	slices.SortFunc(c.policies, func(a, b *networking.NetworkPolicy) int {
		return strings.Compare(string(a.UID), string(b.UID))
	})
	return c
}

// table writes one node's rules: a chain for each isolated pod and direction, which returns for
// what is allowed and drops the rest.
func (c cluster) table(node string) string {
	var chains strings.Builder
	var from, to []string
	for number, pod := range c.pods {
		if pod.Spec.NodeName != node {
			continue
		}
		if rules, isolated := c.egress(pod); isolated {
			from = append(from, chain(&chains, fmt.Sprintf("from%d", number), "daddr", pod, rules))
		}
		if rules, isolated := c.ingress(pod); isolated {
			to = append(to, chain(&chains, fmt.Sprintf("to%d", number), "saddr", pod, rules))
		}
	}
	return "table inet netpol {\n" + chains.String() +
		hook("forward", vmap("saddr", from)+vmap("daddr", to)) + hook("input", vmap("saddr", from)) + "}\n"
}

func chain(chains *strings.Builder, name, side string, pod *core.Pod, rules []string) string {
	fmt.Fprintf(chains, "\tchain %s {\n\t\tip %s %s return\n", name, side, pod.Status.PodIP) // a pod always reaches itself
	for _, rule := range rules {
		fmt.Fprintf(chains, "\t\t%s return\n", rule)
	}
	chains.WriteString("\t\tcounter drop\n\t}\n")
	return fmt.Sprintf("%s : jump %s", pod.Status.PodIP, name)
}

func hook(name, rules string) string {
	return fmt.Sprintf("\tchain %s {\n\t\ttype filter hook %s priority filter; policy accept;\n"+
		"\t\tct state established,related accept\n%s\t}\n", name, name, rules)
}

func vmap(side string, elements []string) string {
	if len(elements) == 0 {
		return ""
	}
	return fmt.Sprintf("\t\tip %s vmap { %s }\n", side, strings.Join(elements, ", "))
}

func (c cluster) ingress(pod *core.Pod) (rules []string, isolated bool) {
	for _, policy := range c.of(pod, networking.PolicyTypeIngress) {
		isolated = true
		for _, rule := range policy.Spec.Ingress {
			for _, peer := range c.peers("saddr", policy.Namespace, rule.From) {
				rules = append(rules, ports(peer.match, rule.Ports, []*core.Pod{pod})...)
			}
		}
	}
	return rules, isolated
}

// egress has a rule for each destination, since a named port is the destination's.
func (c cluster) egress(pod *core.Pod) (rules []string, isolated bool) {
	for _, policy := range c.of(pod, networking.PolicyTypeEgress) {
		isolated = true
		for _, rule := range policy.Spec.Egress {
			for _, peer := range c.peers("daddr", policy.Namespace, rule.To) {
				rules = append(rules, ports(peer.match, rule.Ports, peer.pods)...)
			}
		}
	}
	return rules, isolated
}

func (c cluster) of(pod *core.Pod, kind networking.PolicyType) (found []*networking.NetworkPolicy) {
	for _, policy := range c.policies {
		if policy.Namespace == pod.Namespace && slices.Contains(policy.Spec.PolicyTypes, kind) &&
			selects(&policy.Spec.PodSelector, pod.Labels) {
			found = append(found, policy)
		}
	}
	return found
}

// peer is one address match and the pods behind it, where it is about pods.
type peer struct {
	match string
	pods  []*core.Pod
}

// peers gives what a rule's from or to means; none written means every address.
func (c cluster) peers(side, namespace string, written []networking.NetworkPolicyPeer) (found []peer) {
	if len(written) == 0 {
		return []peer{{match: "meta nfproto ipv4", pods: c.pods}}
	}
	for _, each := range written {
		if block := each.IPBlock; block != nil {
			match := fmt.Sprintf("ip %s %s", side, block.CIDR)
			if len(block.Except) > 0 {
				match += fmt.Sprintf(" ip %s != { %s }", side, strings.Join(block.Except, ", "))
			}
			found = append(found, peer{match: match})
			continue
		}
		for _, pod := range c.pods {
			if c.means(each, namespace, pod) {
				found = append(found, peer{fmt.Sprintf("ip %s %s", side, pod.Status.PodIP), []*core.Pod{pod}})
			}
		}
	}
	return found
}

// means joins the two selectors of one peer by "and"; without a namespace selector it is the policy's own namespace.
func (c cluster) means(written networking.NetworkPolicyPeer, namespace string, pod *core.Pod) bool {
	if written.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	if written.NamespaceSelector != nil && !selects(written.NamespaceSelector, c.namespaces[pod.Namespace]) {
		return false
	}
	return written.PodSelector == nil || selects(written.PodSelector, pod.Labels)
}

func selects(selector *meta.LabelSelector, set labels.Set) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set)
}

// ports adds the ports of a rule to an address match; a named port is looked up on the pods that own it.
func ports(match string, written []networking.NetworkPolicyPort, owners []*core.Pod) (rules []string) {
	if len(written) == 0 {
		return []string{match}
	}
	for _, each := range written {
		protocol := "tcp"
		if each.Protocol != nil {
			protocol = strings.ToLower(string(*each.Protocol))
		}
		switch {
		case each.Port == nil:
			rules = append(rules, fmt.Sprintf("%s meta l4proto %s", match, protocol))
		case each.Port.Type == intstr.Int && each.EndPort != nil:
			rules = append(rules, fmt.Sprintf("%s %s dport %d-%d", match, protocol, each.Port.IntVal, *each.EndPort))
		case each.Port.Type == intstr.Int:
			rules = append(rules, fmt.Sprintf("%s %s dport %d", match, protocol, each.Port.IntVal))
		default:
			for _, owner := range owners {
				if number := named(owner, each.Port.StrVal, protocol); number > 0 {
					rules = append(rules, fmt.Sprintf("%s ip daddr %s %s dport %d", match, owner.Status.PodIP, protocol, number))
				}
			}
		}
	}
	return rules
}

// named gives the number of a pod's named port, 0 where it has none.
func named(pod *core.Pod, name, protocol string) int32 {
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, port := range container.Ports {
			if port.Name == name && strings.EqualFold(string(port.Protocol), protocol) {
				return port.ContainerPort
			}
		}
	}
	return 0
}
