#!/usr/bin/env bash
# grpcio-health-checking 1.85.1 (Python, grpcio 1.85.3) beside grpc-health-check 2.1.0 (Node.js), both of the gRPC project.
# Expected: two servers that know one service, which does not serve, say the same of their overall health (the empty name, which the protocol has for it), and not that they serve.
# Seen: Python's says SERVING from its first moment and whatever is set for services, until somebody sets the empty name. Node's says NOT_FOUND until then.
# Output: Python: shop.Cart NOT_SERVING, overall SERVING · Node.js: shop.Cart NOT_SERVING, overall NOT_FOUND
# Why it matters: a gRPC probe of Kubernetes without `service` asks for the empty name. A pod of the one is ready with nothing behind it, one of the other never becomes ready
#   though it serves: `service` in the probe is what both understand.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q grpcio==1.85.3 grpcio-health-checking==1.85.1
echo '{"private": true}' > package.json; npm install --silent --no-fund --no-audit grpc-health-check@2.1.0 @grpc/grpc-js@1.14.7
cat > serve.js <<'JS'
const { Server, ServerCredentials } = require("@grpc/grpc-js");
const { HealthImplementation } = require("grpc-health-check");

const server = new Server();
const health = new HealthImplementation();
health.setStatus("shop.Cart", "NOT_SERVING");
health.addToServer(server);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_, port) => console.log(port));
JS
cat > ask.py <<'PY'
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

def told(port):
    stub = health_pb2_grpc.HealthStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    said = []
    for label, service in {"shop.Cart": "shop.Cart", "overall": ""}.items():
        try:
            status = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=20, wait_for_ready=True).status
            said.append(f"{label} {health_pb2.HealthCheckResponse.ServingStatus.Name(status)}")
        except grpc.RpcError as error:
            said.append(f"{label} {error.code().name}")
    return ", ".join(said)

server = grpc.server(ThreadPoolExecutor())
servicer = health.HealthServicer()
servicer.set("shop.Cart", health_pb2.HealthCheckResponse.NOT_SERVING)
health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
node = subprocess.Popen(["node", "serve.js"], stdout=subprocess.PIPE, text=True)
try:
    seen = f"Python: {told(port)} · Node.js: {told(int(node.stdout.readline()))}"
finally:
    node.kill()
    server.stop(None)
print(seen)
if seen != "Python: shop.Cart NOT_SERVING, overall SERVING · Node.js: shop.Cart NOT_SERVING, overall NOT_FOUND":
    sys.exit("The two libraries now agree on a server's overall health before somebody sets it.")
PY
venv/bin/python ask.py
