#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind, cache and kubernetes plugins), before an API server of a few lines.
# Expected: `ttl 0` in kubernetes keeps answers out of caches: its page says that "setting TTL to 0 will prevent records from being cached", and RFC 1035 (3.2.1) that zero
#   "should not be cached".
# Seen: cache in the same server block keeps them for 5 s, its least time, and tells clients 5, who keep them as well. `success 9984 30 0` in cache lets zero through;
#   the page of cache names the 5 s, that of kubernetes does not.
# Output: no cache: TTL 0, 0 · cache 30: TTL 5, 3 · success 9984 30 0: TTL 0, 0 (the second answer two seconds later)
# Why it matters: who sets zero so that clients of a headless Service leave a pod at once has what the default of 5 s gives, since every usual Corefile has `cache 30`.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
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
import dns.exception, dns.message, dns.query

WEB = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"], "ports": [{"port": 80, "protocol": "TCP"}]}}
HELD = {"namespaces": ("v1", "Namespace", [{"metadata": {"name": "shop"}}]), "services": ("v1", "Service", [WEB]), "endpointslices": ("discovery.k8s.io/v1", "EndpointSlice", [])}
BLOCKS = {"no cache": "", "cache 30": "cache 30", "success 9984 30 0": "cache 30 {\n success 9984 30 0\n }"}

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

def ttl(port):
    for _ in range(300):
        try:
            answer = dns.query.tcp(dns.message.make_query("web.shop.svc.cluster.local.", "A"), "127.0.0.1", port=port, timeout=5).answer
        except (OSError, dns.exception.DNSException):
            answer = []
        if answer:
            return answer[0].ttl
        time.sleep(0.1)  # until it has started and read its objects
    sys.exit("CoreDNS did not start.")

server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
ports = dict(zip(BLOCKS, range(5494, 5497)))
plugin = f"kubernetes cluster.local {{\n  endpoint http://127.0.0.1:{server.server_port}\n  ttl 0\n }}"
Path("Corefile").write_text("".join(f".:{ports[label]} {{\n bind 127.0.0.1\n {lines}\n {plugin}\n}}\n" for label, lines in BLOCKS.items()))
coredns = subprocess.Popen(["./coredns", "-conf", "Corefile"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for port in ports.values():
        ttl(port)
    time.sleep(6)  # what was cached while it started ends after 5 s
    first = {label: ttl(port) for label, port in ports.items()}
    time.sleep(2)  # then a cached answer has counted down
    seen = " · ".join(f"{label}: TTL {first[label]}, {ttl(port)}" for label, port in ports.items())
finally:
    coredns.terminate()
print(seen)
if seen not in (f"no cache: TTL 0, 0 · cache 30: TTL 5, {later} · success 9984 30 0: TTL 0, 0" for later in (3, 2)):
    sys.exit("CoreDNS now keeps answers with TTL 0 out of its cache.")
PY
venv/bin/python ask.py
