#!/usr/bin/env bash
# dnslib 0.9.26, its ZoneResolver ("Simple fixed zone file resolver"), asked by dnspython 2.9.2.
# Expected: a name of the zone that has no record of the type asked for is NOERROR without an answer; NXDOMAIN says that the name does not exist, whatever the type (RFC 2308).
# Seen: whatever gives no answer is NXDOMAIN: AAAA of a name with A, and a domain that has names below it. Who asks for both families, or believes the AAAA that comes first, has no
#   address: dnspython's resolve_name() raises NXDOMAIN for a name that its resolve() finds.
# Output: web.shop.test A 192.0.2.7, AAAA NXDOMAIN, shop.test A NXDOMAIN · resolve() 192.0.2.7, resolve_name() NXDOMAIN
# Why it matters: behind a stub made of it, as many tests and small split-horizon servers are, the caller is blamed, or IPv6 is turned off, for what the server says of the name.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnslib==0.9.26 dnspython==2.9.2
cat > ask.py <<'PY'
import sys
import dns.message, dns.query, dns.rcode, dns.resolver
from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

server = DNSServer(ZoneResolver("web.shop.test. 60 IN A 192.0.2.7"), address="127.0.0.1", port=5396, logger=DNSLogger("-request,-reply"))
server.start_thread()

def asked(name, kind):
    answer = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=5396, timeout=5)
    return f"{kind} {answer.answer[0][0] if answer.answer else dns.rcode.to_text(answer.rcode())}"

resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], 5396
names = ", ".join([f"web.shop.test {asked('web.shop.test', 'A')}", asked("web.shop.test", "AAAA"), f"shop.test {asked('shop.test', 'A')}"])
one = resolver.resolve("web.shop.test.", "A")[0]

def both():
    try:
        return next(resolver.resolve_name("web.shop.test.").addresses())
    except dns.resolver.NXDOMAIN:
        return "NXDOMAIN"

seen = f"{names} · resolve() {one}, resolve_name() {both()}"
print(seen)
server.stop()
if seen != "web.shop.test A 192.0.2.7, AAAA NXDOMAIN, shop.test A NXDOMAIN · resolve() 192.0.2.7, resolve_name() NXDOMAIN":
    sys.exit("dnslib's ZoneResolver now says NXDOMAIN only of names that it does not have.")
PY
venv/bin/python ask.py
