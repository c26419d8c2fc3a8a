#!/usr/bin/env bash
# cdk8s-plus-33 2.5.57 with cdk8s 2.70.106 and constructs 10.8.1.
# Expected: `web.connections.allowTo(syslog)` lets web reach the ports of syslog: by the page about pods "the port is not specified in the `allowTo` invocation, it is automatically
#   extracted" from the pod's definition.
# Seen: the number is extracted and the protocol is not: both policies allow TCP 514, and with them UDP 514, the port that the container declares, is denied on both sides. The
#   Service that is made of the same container by exposeViaService has UDP.
# Output: container [514/UDP], Service [514/UDP], egress [514/TCP], ingress [514/TCP]
# Why it matters: to allow it in the code is what cuts it off, and who reads the policies sees the right number; a sender of UDP hears of nothing.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
echo '{"private": true}' > package.json; npm install --silent --no-fund --no-audit cdk8s@2.70.106 cdk8s-plus-33@2.5.57 constructs@10.8.1
cat > made.js <<'JS'
const { App, Chart, Testing } = require("cdk8s");
const { Deployment, Protocol } = require("cdk8s-plus-33");

const chart = new Chart(new App(), "logs", { namespace: "shop" });
const web = new Deployment(chart, "web", { containers: [{ name: "web", image: "web" }] });
const ports = [{ name: "syslog", number: 514, protocol: Protocol.UDP }];
const syslog = new Deployment(chart, "syslog", { containers: [{ name: "syslog", image: "syslog", ports }] });
syslog.exposeViaService();
web.connections.allowTo(syslog);

const made = Testing.synth(chart);
const of = (kind) => made.filter((each) => each.kind === kind).map((each) => each.spec);
const told = (found, number) => `[${found.map((each) => `${each[number]}/${each.protocol ?? "TCP"}`)}]`;
const rules = (direction) => of("NetworkPolicy").flatMap((spec) => spec[direction] ?? []).flatMap((rule) => rule.ports);
const declared = of("Deployment").flatMap((spec) => spec.template.spec.containers[0].ports ?? []);
const service = of("Service")[0].ports;
const seen = `container ${told(declared, "containerPort")}, Service ${told(service, "port")}, egress ${told(rules("egress"), "port")}, ingress ${told(rules("ingress"), "port")}`;
console.log(seen);
if (seen !== "container [514/UDP], Service [514/UDP], egress [514/TCP], ingress [514/TCP]") {
  console.error("cdk8s-plus now allows a port by the protocol that its container declares.");
  process.exit(1);
}
JS
node made.js
