#!/usr/bin/env bash
# jc 1.26.1 (PyPI), parser ip_route, fed by iproute2 6.1 (Debian 12). Needs root: the routes are made in a network namespace of its own.
# Expected: one entry a route, its destination in "ip"; the parser's page has "ip: string" with a network in it, and knows no other first word. ip-route(8) lists
#   blackhole, unreachable and prohibit as types that stand before the destination.
# Seen: for such a route the type is taken for the destination, and the network is lost. `prohibit default` is just {"ip": "default"}, as a default route without a
#   gateway. The next hops of a multipath route are entries of their own, whose destination is "nexthop".
# Output: jc: default, unreachable, 10.9.0.0/16, nexthop, nexthop, blackhole · ip -j: prohibit default, unreachable 10.5.0.0/16, unicast 10.9.0.0/16, blackhole 10.244.3.0/26
# Why it matters: Calico gives each node a blackhole for its block of pod addresses, and an unreachable route is a cause by itself; a tool that looks for "which route takes
#   10.244.3.7" finds none, or a default route that refuses. `ip -j route` has all of it.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q jc==1.26.1
cat > routes.py <<'PY'
import json, subprocess, sys
import jc

def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=True).stdout

ip("link", "set", "lo", "up")
for route in ("blackhole 10.244.3.0/26 proto bird", "unreachable 10.5.0.0/16", "prohibit default", "10.9.0.0/16 nexthop via 127.0.0.2 dev lo nexthop via 127.0.0.3 dev lo"):
    ip("route", "add", *route.split())
seen = [each["ip"] for each in jc.parse("ip_route", ip("route"))]
real = [" ".join((each.get("type", "unicast"), each["dst"])) for each in json.loads(ip("-j", "route"))]
print("jc:", ", ".join(seen), "· ip -j:", ", ".join(real))
if sorted(seen) != ["10.9.0.0/16", "blackhole", "default", "nexthop", "nexthop", "unreachable"]:
    sys.exit("jc now keeps the destination of a route that has a type.")
PY
unshare --net venv/bin/python routes.py
