#!/usr/bin/env bash
# @kubernetes/client-node 1.4.0 (npm).
# Expected: a NetworkPolicy that is read from its file and created goes to the API as it is written, above all by KubernetesObjectApi, whose create takes "any Kubernetes resource".
# Seen: `from` is called _from in this client, and a rule's `from` is dropped without a word, by create and patch of both APIs, each other field of the policy is not. What arrives is
#   a rule for the port, without peers, which lets everybody in. A policy that the client's own loadYaml has read keeps it.
# Output: file: from, ports · NetworkingV1Api: ports · KubernetesObjectApi: ports · patched: ports · by loadYaml: from, ports
# Why it matters: who finds that nobody but web should reach the database reads so in the repository; the rule in the cluster is another one, and nothing failed on the way.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private": true}' > package.json; npm install --silent --no-fund --no-audit @kubernetes/client-node@1.4.0 js-yaml@4.1.0
cat > policy.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: database, namespace: shop}
spec:
  podSelector: {matchLabels: {app: database}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]
YAML
cat > send.mjs <<'JS'
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { KubeConfig, KubernetesObjectApi, NetworkingV1Api, loadYaml } from "@kubernetes/client-node";
import { load } from "js-yaml";

const kind = { name: "networkpolicies", kind: "NetworkPolicy", namespaced: true, verbs: ["create", "patch"] };
let arrived = "";
const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  if (body) arrived = Object.keys(JSON.parse(body).spec.ingress[0]).join(", ");
  response.writeHead(200, { "content-type": "application/json" });
  response.end(body || JSON.stringify({ kind: "APIResourceList", groupVersion: "networking.k8s.io/v1", resources: [kind] }));
});
await new Promise((begun) => server.listen(0, "127.0.0.1", begun));
const config = new KubeConfig();
config.loadFromClusterAndUser({ name: "one", server: `http://127.0.0.1:${server.address().port}`, skipTLSVerify: true }, { name: "one" });
const objects = KubernetesObjectApi.makeApiClient(config);
const text = readFileSync("policy.yaml", "utf8");
const policy = load(text);
const seen = [`file: ${Object.keys(policy.spec.ingress[0]).join(", ")}`];
await config.makeApiClient(NetworkingV1Api).createNamespacedNetworkPolicy({ namespace: "shop", body: policy });
seen.push(`NetworkingV1Api: ${arrived}`);
await objects.create(policy);
seen.push(`KubernetesObjectApi: ${arrived}`);
await objects.patch(policy);
seen.push(`patched: ${arrived}`);
await objects.create(loadYaml(text));
seen.push(`by loadYaml: ${arrived}`);
server.close();
console.log(seen.join(" · "));
if (seen.join(" · ") !== "file: from, ports · NetworkingV1Api: ports · KubernetesObjectApi: ports · patched: ports · by loadYaml: from, ports") {
  console.error("The client now sends a policy's `from` as it is written.");
  process.exit(1);
}
JS
node send.mjs
