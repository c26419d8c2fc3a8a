#!/usr/bin/env bash
# kubernetes 37.0.2, kubernetes.informer.SharedInformer (the class is new in this client).
# Expected: a watch that the server refuses is tried again after a pause, as by client-go's Reflector, whose pauses grow from 0.8 to 30 s; the class itself waits
#   5 s after a refused list. Its docstring says no more than "reconnect on errors".
# Seen: after a refused watch (403, 429 and 500 alike) it asks again at once, for ever. The list is not repeated, so the cache stays as it was at the start, and
#   nothing but the ERROR handler tells.
# Output: {403: (1, True), 429: (1, True), 500: (1, True)} (lists in two seconds; more than five watches a second)
# Why it matters: a Role with list and without watch, which is easily written, turns each replica of a bot into a load on the API server, and its answers are those of its start.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubernetes==37.0.2
venv/bin/python - <<'PY'
import json, logging, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from kubernetes import client
from kubernetes.informer import SharedInformer

logging.disable(logging.CRITICAL)
SERVICES = {"kind": "ServiceList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": []}

class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        watching = "watch=true" in self.path
        asked.append(watching)
        body = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code} if watching else SERVICES).encode()
        self.send_response(code if watching else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
api = client.CoreV1Api(client.ApiClient(client.Configuration(host=f"http://127.0.0.1:{server.server_port}")))
seen = {}
for code in (403, 429, 500):
    asked = []
    informer = SharedInformer(api.list_namespaced_service, namespace="shop")
    informer.start()
    time.sleep(2)
    informer.stop()
    seen[code] = asked.count(False), asked.count(True) > 10
print(seen)
if set(seen.values()) != {(1, True)}:
    sys.exit("The informer now waits after a refused watch, or lists anew.")
PY
