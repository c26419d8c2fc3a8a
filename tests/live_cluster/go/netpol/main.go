// Command netpol enforces NetworkPolicies for the pods of one node, the part of
// a CNI that the plain plugins leave out. At each change it writes the whole
// node's rules as one nftables table and loads it in one transaction.
//
// IPv4 only. What no policy allows is dropped, so a denied connection times
// out. Connections that stand and those that the node itself opens (the
// kubelet's probes) always pass.
package main

import (
	"context"
	"flag"
	"log"
	"os/exec"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig file")
	node := flag.String("node", "", "name of the node whose pods are guarded")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(config), 0)
	core, networking := factory.Core().V1(), factory.Networking().V1()
	changed := make(chan struct{}, 1)
	for _, informer := range []cache.SharedIndexInformer{
		core.Pods().Informer(), core.Namespaces().Informer(), networking.NetworkPolicies().Informer(),
	} {
		informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { ring(changed) },
			UpdateFunc: func(any, any) { ring(changed) },
			DeleteFunc: func(any) { ring(changed) },
		})
	}
	forever := context.Background()
	factory.Start(forever.Done())
	factory.WaitForCacheSync(forever.Done())
	seen := func() cluster {
		pods, _ := core.Pods().Lister().List(labels.Everything())
		policies, _ := networking.NetworkPolicies().Lister().List(labels.Everything())
		namespaces, _ := core.Namespaces().Lister().List(labels.Everything())
		return newCluster(pods, policies, namespaces)
	}
	loaded := ""
	for range changed {
		if table := seen().table(*node); table != loaded {
			if output, err := load(table); err != nil {
				log.Printf("not loaded: %v: %s\n%s", err, output, table)
				time.AfterFunc(time.Second, func() { ring(changed) })
			} else {
				loaded = table
			}
		}
		time.Sleep(50 * time.Millisecond) // one table for a burst of events
	}
}

func ring(bell chan<- struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

func load(table string) ([]byte, error) {
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader("table inet netpol {}\ndelete table inet netpol\n" + table)
	return nft.CombinedOutput()
}
