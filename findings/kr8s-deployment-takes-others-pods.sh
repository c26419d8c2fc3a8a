#!/usr/bin/env bash
# kr8s 0.20.15, kr8s.asyncio.objects.Deployment.
# Expected: pods() and ready_pods() of a Deployment, "list of Pods for this Deployment", are those that its selector takes; exec and portforward of a Deployment go to one of them.
# Seen: only matchLabels are asked for, matchExpressions are left out. A Deployment that leaves the canary out by `track NotIn (canary)` and has no pod of its own is given the
#   canary's, and exec goes into it.
# Output: selector app=web,track notin (canary) · asked app=web · ready pods web-canary-1 · exec in web-canary-1
# Why it matters: "does the stable release answer?" is asked of the canary. A bot that counts ready pods of a Deployment counts another's, and says that all is well.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kr8s==0.20.15
cat > ask.py <<'PY'
import asyncio, json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
import kr8s
from kr8s.asyncio.objects import Deployment

META = {"namespace": "shop", "resourceVersion": "7"}
SELECTOR = {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}]}
WEB = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "generation": 1, **META}, "spec": {"replicas": 1, "selector": SELECTOR}, "status": {}}
READY = [{"type": each, "status": "True"} for each in ("Ready", "ContainersReady")]
CANARY = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web-canary-1", "labels": {"app": "web", "track": "canary"}, **META},
    "spec": {"containers": [{"name": "web"}]},
    "status": {"phase": "Running", "conditions": READY},
}
KIND = {"name": "pods", "kind": "Pod", "singularName": "pod", "namespaced": True, "verbs": ["get", "list"]}
ANSWERS = {
    "/version": {"major": "1", "minor": "35", "gitVersion": "v1.35.4"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [KIND]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/apis/apps/v1/namespaces/shop/deployments": {"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": META, "items": [WEB]},
    "/api/v1/namespaces/shop/pods/web-canary-1": CANARY,
}

class Cluster(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        found = ANSWERS.get(url.path.rstrip("/"))
        if url.path == "/api/v1/namespaces/shop/pods":
            asked.append(parse_qs(url.query)["labelSelector"][0])
            found = {"kind": "PodList", "apiVersion": "v1", "metadata": META, "items": [CANARY] if "track" not in asked[-1] else []}
        if url.path.endswith("/exec"):
            executed.append(url.path.split("/")[-2])
        body = json.dumps(found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "message": "", "code": 404}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

asked, executed = [], []
server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
threading.Thread(target=server.serve_forever, daemon=True).start()
config = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "one", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
    "users": [{"name": "one", "user": {}}],
    "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
    "current-context": "one",
}
Path("config").write_text(json.dumps(config))

async def names():
    web = await Deployment.get("web", namespace="shop", api=await kr8s.asyncio.api(kubeconfig="config"))
    ready = await web.ready_pods()
    try:
        await web.exec(["true"])
    except Exception:
        pass  # this server runs no command; that it was asked is enough
    return ", ".join(each.name for each in ready)

ready = asyncio.run(names())
seen = f"asked {asked[0]} · ready pods {ready} · exec in {', '.join(executed)}"
print(f"selector app=web,track notin (canary) · {seen}")
if seen != "asked app=web · ready pods web-canary-1 · exec in web-canary-1":
    sys.exit("kr8s now asks for the pods of a Deployment by its whole selector.")
PY
venv/bin/python ask.py
