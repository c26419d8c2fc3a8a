#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind, kubernetes and template plugins), before an API server of a few lines.
# Expected: an ExternalName is a CNAME with its value, whatever the value is: Kubernetes' page "Service" says that the lookup "returns a CNAME record". To a name that does
#   not exist the answer is that CNAME and NXDOMAIN (RFC 6604, 3).
# Seen: to a name outside it is the CNAME, with NOERROR. To a name in the cluster's own zone it is neither: an empty NOERROR, as of a name that has other types only,
#   though the target asked by itself is NXDOMAIN.
# Output: alias to a Service: NOERROR CNAME web.shop.svc.cluster.local. A 10.96.0.7 · to none: NOERROR · to nothing.example: NOERROR CNAME nothing.example. · none: NXDOMAIN
# Why it matters: the answer does not tell that the alias leads to a Service that was deleted, nor that it is an alias; resolvers that stop at "no data", as musl's, never
#   try the rest of the search list.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/template"

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

def alias(name, to):
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": {"type": "ExternalName", "externalName": to}}

WEB = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7"], "ports": [{"port": 80, "protocol": "TCP"}]}}
ALIASES = [alias("to-web", "web.shop.svc.cluster.local"), alias("to-none", "none.shop.svc.cluster.local"), alias("to-nothing", "nothing.example")]
HELD = {
    "namespaces": ("v1", "Namespace", [{"metadata": {"name": "shop"}}]),
    "services": ("v1", "Service", [WEB, *ALIASES]),
    "endpointslices": ("discovery.k8s.io/v1", "EndpointSlice", []),
}

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
            if port in started or reply.answer:
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
Path("Corefile").write_text(f""".:5497 {{
 bind 127.0.0.1
 template ANY ANY example. {{
  rcode NXDOMAIN
 }}
 kubernetes cluster.local {{
  endpoint http://127.0.0.1:{server.server_port}
 }}
}}
""")
coredns = subprocess.Popen(["./coredns", "-conf", "Corefile"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    answer(5497, "web")
    asked = {"alias to a Service": "to-web", "to none": "to-none", "to nothing.example": "to-nothing", "none": "none"}
    seen = " · ".join(f"{label}: {answer(5497, name)}" for label, name in asked.items())
finally:
    coredns.terminate()
print(seen)
if seen != "alias to a Service: NOERROR CNAME web.shop.svc.cluster.local. A 10.96.0.7 · to none: NOERROR · to nothing.example: NOERROR CNAME nothing.example. · none: NXDOMAIN":
    sys.exit("CoreDNS now answers an alias whose target is missing with its CNAME, or NXDOMAIN.")
PY
venv/bin/python ask.py
