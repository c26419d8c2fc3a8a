#!/usr/bin/env bash
# Helm 4.3.1, `helm install --wait`, before an API server of a few lines. `--wait=legacy` is what Helm 3 does.
# Expected: `--wait` will "wait until resources are ready", and a Service of type LoadBalancer is ready once it has an address, as for Helm 3; the strategy `watcher`, which `--wait`
#   alone means now, is said to be "more accurate".
# Seen: with `watcher` such a Service is ready as soon as it has a ClusterIP, which it is created with. Helm says STATUS: deployed of one that no load balancer ever answers for.
# Output: 0 addresses, --wait: exit 0, deployed · 0 addresses, --wait=legacy: exit 1, context deadline exceeded · 1 addresses, --wait=legacy: exit 0, deployed
# Why it matters: a cloud that is out of addresses, or a wrong annotation, made the release fail with Helm 3; now it goes through, and the first to notice are callers from outside.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
GOBIN=$dir go install helm.sh/helm/v4/cmd/helm@v4.3.1 2> log
mkdir -p chart/templates
printf 'apiVersion: v2\nname: web\nversion: 1.0.0\n' > chart/Chart.yaml
printf 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: LoadBalancer\n  selector:\n    app: web\n  ports:\n    - port: 80\n' > chart/templates/service.yaml
cat > install.py <<'PY'
import json, os, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEB = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop", "uid": "1", "resourceVersion": "7"},
    "spec": {"type": "LoadBalancer", "clusterIP": "10.96.0.7", "selector": {"app": "web"}, "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30080}]},
    "status": {"loadBalancer": {}},
}
KIND = {"name": "services", "kind": "Service", "singularName": "service", "namespaced": True, "verbs": ["get", "list", "watch", "create", "patch"]}
DISCOVERY = {
    "/version": {"major": "1", "minor": "37", "gitVersion": "v1.37.2"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [KIND]},
}

class Cluster(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if "watch=true" in query:
            if "sendInitialEvents" in query:
                return self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Invalid", "code": 422}, 422)
            time.sleep(60)
        if path in DISCOVERY:
            return self.answer(DISCOVERY[path])
        if path.endswith(("/services", "/secrets")):
            kind, items = ("ServiceList", made) if path.endswith("/services") else ("SecretList", [])
            return self.answer({"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": items})
        found = made[0] if made else {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        self.answer(found, 200 if made else 404)

    def keep(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if "/services" in self.path:
            made.append(WEB)
        self.answer(WEB if "/services" in self.path else {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "release"}}, 200 if self.command == "PUT" else 201)

    do_PATCH = do_POST = do_PUT = keep

    def answer(self, found, code=200):
        body = json.dumps(found).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
seen = []
for wait, addresses in ("--wait", []), ("--wait=legacy", []), ("--wait=legacy", [{"ip": "192.0.2.7"}]):
    made, WEB["status"] = [], {"loadBalancer": {"ingress": addresses} if addresses else {}}
    command = ["./helm", "install", "web", "chart", "-n", "shop", f"--kube-apiserver=http://127.0.0.1:{server.server_port}", "--disable-openapi-validation", "--timeout=15s", wait]
    run = subprocess.run(command, capture_output=True, text=True, env={"KUBECONFIG": "/dev/null", "HOME": os.getcwd(), "PATH": os.environ["PATH"]})
    if not made:
        sys.exit(run.stdout + run.stderr)
    outcome = "deployed" if "STATUS: deployed" in run.stdout else run.stderr.strip().rpartition(": ")[2]
    seen.append(f"{len(addresses)} addresses, {wait}: exit {run.returncode}, {outcome}")
print(" · ".join(seen))
if seen != [
    "0 addresses, --wait: exit 0, deployed",
    "0 addresses, --wait=legacy: exit 1, context deadline exceeded",
    "1 addresses, --wait=legacy: exit 0, deployed",
]:
    sys.exit("helm install --wait now waits for the address of a load balancer, or legacy no longer does.")
PY
python3 install.py
