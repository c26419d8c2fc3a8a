"""Tests on two real nodes: kubelet, containerd, kube-proxy, a CNI and CoreDNS in pods."""
