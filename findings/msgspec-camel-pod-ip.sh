#!/usr/bin/env bash
# msgspec 0.22.0 with JSON of Kubernetes.
# Expected: rename="camel" (documented for APIs that write camelCase) fits the API's conventions of names, so pod_ip reads podIP.
# Seen: it looks for podIp. Unknown fields are ignored and the field has a default, so podIP, hostIP, clusterIP, podIPs, externalIPs are None in silence,
#   while nodeName beside them is read.
# Output: Status(pod_ip=None, host_ip=None, node_name='worker-1')
# Why it matters: the very fields that a connectivity tool lives on look like "the pod has no address yet", for every pod, and every type check passes.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q msgspec==0.22.0
venv/bin/python - <<'PY'
import sys
import msgspec

class Status(msgspec.Struct, rename="camel"):
    pod_ip: str | None = None
    host_ip: str | None = None
    node_name: str | None = None

status = msgspec.json.decode(b'{"podIP": "10.0.0.7", "hostIP": "192.0.2.1", "nodeName": "worker-1"}', type=Status)
print(status)
if status != Status(pod_ip=None, host_ip=None, node_name="worker-1"):
    sys.exit("msgspec's camel names now reach podIP and hostIP.")
PY
