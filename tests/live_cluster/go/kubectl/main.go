// Command kubectl is a program of its own, beside kube: the tests call it thousands of times, and starting kube
// initialises every component of Kubernetes and etcd.
package main

import (
	"os"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
)

func main() {
	os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand()))
}
