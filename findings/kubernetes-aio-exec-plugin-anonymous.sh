#!/usr/bin/env bash
# kubernetes 37.0.2 (kubernetes.aio).
# Expected: load_kube_config raises when the user's exec credential plugin fails; kubectl stops with "getting credentials: exec: executable ... failed with exit code 1".
# Seen: it logs "exec: process returned 1" and the client goes on without credentials: the request is made, and has no Authorization header.
# Output: load_kube_config returned; the server was asked with Authorization = None
# Why it matters: an expired cloud login looks like missing RBAC ("system:anonymous cannot list services"), and a diagnosis would send people to their ClusterRole.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubernetes==37.0.2 aiohttp==3.14.5
venv/bin/python - <<'PY'
import asyncio, sys
from aiohttp import web
from kubernetes.aio import client, config

async def main():
    asked = []

    async def services(request):
        asked.append(request.headers.get("Authorization"))
        return web.json_response({"kind": "ServiceList", "apiVersion": "v1", "metadata": {}, "items": []})

    app = web.Application()
    app.router.add_get("/api/v1/services", services)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "false", "interactiveMode": "Never"}
    server = {"server": f"http://127.0.0.1:{runner.addresses[0][1]}"}
    kubeconfig = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": server}],
        "users": [{"name": "u", "user": {"exec": plugin}}],
    }
    configuration = client.Configuration()
    await config.load_kube_config_from_dict(kubeconfig, client_configuration=configuration)
    async with client.ApiClient(configuration) as api:
        await client.CoreV1Api(api).list_service_for_all_namespaces()
    await runner.cleanup()
    return asked

try:
    asked = asyncio.run(main())
except Exception as error:
    sys.exit(f"kubernetes.aio no longer goes on when the exec plugin fails: {error!r}")
print("load_kube_config returned; the server was asked with Authorization =", asked[0])
if asked != [None]:
    sys.exit("kubernetes.aio now sends credentials, or nothing, after its exec plugin failed.")
PY
