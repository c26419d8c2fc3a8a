#!/usr/bin/env bash
# kube-score v1.20.0.
# Expected: a Service without a selector chooses no pod. The API's field says that such a Service "is assumed to have an external process managing its endpoints", and that
#   ExternalName ignores selectors. kube-score leaves a pod's probes alone if "the pod is not targeted by a service".
# Seen: an empty selector chooses every pod of the namespace. One ExternalName in the files, and each worker is critical for its missing readinessProbe; and a Service
#   whose EndpointSlices are written by hand is fine beside any pod, and critical ("selector does not match any pods") without one.
# Output: worker alone skipped, beside an ExternalName CRITICAL · Service without selector alone CRITICAL, beside a worker OK
# Why it matters: an alias for a database changes what is said of pods that nobody calls, and whether a Service "targets a pod" depends on pods that it does not know.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
GOBIN=$dir go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0 2> log
cat > worker.yaml <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, namespace: shop}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: worker, image: "shop.example/worker:1"}]}
YAML
cat > alias.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: database, namespace: shop}
spec: {type: ExternalName, externalName: database.example}
YAML
cat > outside.yaml <<'YAML'
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: shop}
spec: {ports: [{port: 5432}]}
YAML
grade() {
  check=$1; shift
  ./kube-score score --output-format=json "$@" > scores || true
  python3 - "$check" <<'PY'
import json, sys
check = next(each for found in json.load(open("scores")) for each in found["checks"] or () if each["check"]["name"] == sys.argv[1])
print("skipped" if check["skipped"] else {1: "CRITICAL", 10: "OK"}.get(check["grade"], check["grade"]))
PY
}
seen="worker alone $(grade 'Pod Probes' worker.yaml), beside an ExternalName $(grade 'Pod Probes' worker.yaml alias.yaml)"
seen="$seen · Service without selector alone $(grade 'Service Targets Pod' outside.yaml), beside a worker $(grade 'Service Targets Pod' outside.yaml worker.yaml)"
echo "$seen"
if [ "$seen" != "worker alone skipped, beside an ExternalName CRITICAL · Service without selector alone CRITICAL, beside a worker OK" ]; then
  echo "kube-score no longer takes an empty selector of a Service for all pods." >&2; exit 1
fi
