#!/usr/bin/env bash
# kubernetes 37.0.2, CoreV1Api.connect_get_namespaced_service_proxy_with_path (that of pods is generated alike).
# Expected: what a pod answers comes as the text that it sent; the method's type is str, and `kubectl get --raw` prints it as it is.
# Seen: an answer of JSON is parsed, and comes as Python's repr of it, with single quotes, True and None: no JSON. A type that is neither JSON nor text, such as that of OpenMetrics,
#   makes of a 200 an ApiException with status 0, by which callers know that nobody answered.
# Output: application/json: {'ready': True, 'db': None} · text/plain: {"ready": true, "db": null} · application/openmetrics-text: ApiException 0
# Why it matters: json.loads of a health endpoint's answer fails, or a search for `"ready": true` finds nothing, and metrics that are there are told as unreachable.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubernetes==37.0.2
cat > ask.py <<'PY'
import sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from kubernetes import client

HEALTH = '{"ready": true, "db": null}'
ANSWERS = {"application/json": HEALTH, "text/plain": HEALTH, "application/openmetrics-text": "up 1\n# EOF\n"}

class Proxy(BaseHTTPRequestHandler):
    def do_GET(self):
        body = ANSWERS[kind].encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=server.serve_forever, daemon=True).start()
api = client.CoreV1Api(client.ApiClient(client.Configuration(host=f"http://127.0.0.1:{server.server_port}")))
seen = []
for kind in ANSWERS:
    try:
        seen.append(f"{kind}: {api.connect_get_namespaced_service_proxy_with_path('web', 'shop', 'healthz')}")
    except client.ApiException as error:
        seen.append(f"{kind}: ApiException {error.status}")
print(" · ".join(seen))
if seen != [
    "application/json: {'ready': True, 'db': None}",
    'text/plain: {"ready": true, "db": null}',
    "application/openmetrics-text: ApiException 0",
]:
    sys.exit("The client now hands on what a proxied pod answers as it is.")
PY
venv/bin/python ask.py
