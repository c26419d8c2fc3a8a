#!/usr/bin/env bash
# kubernetes 37.0.2, kubernetes.watch.Watch.
# Expected: an ERROR event raises ApiException with the Status that the server sent; deserialize=False only leaves objects as dicts (docstring of stream()).
# Seen: with deserialize=False it raises KeyError 'raw_object', and the server's code and message are gone.
# Output: {True: 'ApiException (500) Reason: InternalError: boom', False: "KeyError 'raw_object'"}
# Why it matters: whoever reads raw dicts for speed loses the 410, at which a watch must list anew, and the reason of every other end.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubernetes==37.0.2
venv/bin/python - <<'PY'
import json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from kubernetes import client, watch

STATUS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 500, "reason": "InternalError", "message": "boom"}

class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"type": "ERROR", "object": STATUS}).encode() + b"\n"
        self.send_response(200)
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
for deserialize in (True, False):
    try:
        list(watch.Watch().stream(api.list_namespace, timeout_seconds=2, deserialize=deserialize))
    except Exception as error:
        seen[deserialize] = " ".join(f"{type(error).__name__} {error}".split())
print(seen)
if "boom" not in seen[True] or seen[False] != "KeyError 'raw_object'":
    sys.exit("kubernetes.watch now tells an ERROR event alike with and without deserialize.")
PY
