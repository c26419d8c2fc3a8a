#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind and kubernetes plugins), before an API server of a few lines.
# Expected: `noendpoints` takes "endpoint queries and headless service queries" away, and `ignore empty_service` Services "without any ready endpoint addresses (e.g., ready
#   pods)": of a ClusterIP Service with a ready pod both leave the record alone, as each of the two does by itself.
# Seen: together they leave no ClusterIP Service at all. What watches no endpoints finds each Service empty; CoreDNS starts without a word.
# Output: noendpoints: NOERROR A 10.96.0.7 · ignore empty_service: NOERROR A 10.96.0.7 · both: NXDOMAIN
# Why it matters: `noendpoints` is what one sets to spare the API server in a big cluster, and with it every Service of the cluster but its aliases is gone, kubernetes.default as well.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/kubernetes"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
cat > ask.py <<'PY'
import json, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import dns.exception, dns.message, dns.query, dns.rcode

WEB = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"], "ports": [{"port": 80, "protocol": "TCP"}]}}
PIECE = {
    "metadata": {"name": "web-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
    "addressType": "IPv4",
    "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
    "endpoints": [{"addresses": ["10.1.0.7"], "conditions": {"ready": True}}],
}
HELD = {
    "namespaces": ("v1", "Namespace", [{"metadata": {"name": "shop"}}]),
    "services": ("v1", "Service", [WEB]),
    "endpointslices": ("discovery.k8s.io/v1", "EndpointSlice", [PIECE]),
}
LINES = {"noendpoints": "noendpoints", "ignore empty_service": "ignore empty_service", "both": "noendpoints\n  ignore empty_service"}

class Cluster(BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        if "watch=true" in query and "sendInitialEvents" not in query:
            time.sleep(60)  # a watch stays open, and nothing happens
        api, kind, items = HELD[path.rsplit("/", 1)[1]]
        found = {"apiVersion": api, "kind": f"{kind}List", "metadata": {"resourceVersion": "7"}, "items": items}
        refused = {"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Invalid", "code": 422}
        body = json.dumps(refused if "watch=true" in query else found).encode()
        self.send_response(422 if "watch=true" in query else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

def answer(port, name):
    for _ in range(300):
        try:
            reply = dns.query.tcp(dns.message.make_query(f"{name}.shop.svc.cluster.local.", "A"), "127.0.0.1", port=port, timeout=5)
            if port in started or reply.answer or reply.rcode() == dns.rcode.NXDOMAIN:
                started.add(port)
                return dns.rcode.to_text(reply.rcode()) + "".join(f" {each.rdtype.name} {each[0]}" for each in reply.answer)
        except (OSError, dns.exception.DNSException):
            pass
        time.sleep(0.1)  # until it has started and read its objects
    sys.exit("CoreDNS did not start.")

started = set()
server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
ports = dict(zip(LINES, range(5490, 5493)))
plugin = f"kubernetes cluster.local {{\n  endpoint http://127.0.0.1:{server.server_port}\n  "
Path("Corefile").write_text("".join(f".:{ports[label]} {{\n bind 127.0.0.1\n {plugin}{lines}\n }}\n}}\n" for label, lines in LINES.items()))
coredns = subprocess.Popen(["./coredns", "-conf", "Corefile"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    seen = " · ".join(f"{label}: {answer(port, 'web')}" for label, port in ports.items())
finally:
    coredns.terminate()
print(seen)
if seen != "noendpoints: NOERROR A 10.96.0.7 · ignore empty_service: NOERROR A 10.96.0.7 · both: NXDOMAIN":
    sys.exit("CoreDNS now tells Services that are empty from those whose endpoints it does not watch.")
PY
venv/bin/python ask.py
