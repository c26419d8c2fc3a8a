#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind and forward plugins).
# Expected: `forward . MAIN { next NXDOMAIN }` before `forward corp.example OFFICE` asks OFFICE for what MAIN does not know of corp.example, and leaves MAIN's NXDOMAIN for all else as it is:
#   "If no next plugin is defined, or the next plugin is not a `forward` plugin, this setting is ignored."
# Seen: the next forward is asked whether or not it serves the name. It does not, nothing follows it, and each missing name outside of corp.example is SERVFAIL.
# Output: db.corp.example NOERROR 10.0.0.9 · nosuch.corp.example NXDOMAIN · nosuch.shop.example SERVFAIL · without `next`: db.corp.example NXDOMAIN, nosuch.shop.example NXDOMAIN
# Why it matters: a search list is walked by NXDOMAIN. At SERVFAIL c-ares and BIND's nslookup end, so names further down are not found, and a typing error reads as a DNS that is ill.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/forward"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
cat > ask.py <<'PY'
import socket, subprocess, sys, threading, time
from pathlib import Path
import dns.exception, dns.message, dns.query, dns.rcode, dns.rrset

HELD = {"db.corp.example.": "10.0.0.9"}

def upstream(held):
    """A server that knows these names, and says NXDOMAIN of all others."""
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))

    def serve():
        while True:
            wire, client = udp.recvfrom(4096)
            reply = dns.message.make_response(dns.message.from_wire(wire))
            name = reply.question[0].name
            if str(name) in held:
                reply.answer.append(dns.rrset.from_text(name, 5, "IN", "A", held[str(name)]))
            else:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            udp.sendto(reply.to_wire(), client)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{udp.getsockname()[1]}"

def answer(port, name):
    for _ in range(300):
        try:
            reply = dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=port, timeout=5, ignore_unexpected=True)
            return " ".join([name, dns.rcode.to_text(reply.rcode()), *(str(each[0]) for each in reply.answer)])
        except (OSError, dns.exception.DNSException):
            time.sleep(0.1)
    sys.exit("CoreDNS did not start.")

main, office = upstream({}), upstream(HELD)
block = ".:{} {{\n bind 127.0.0.1\n forward . {} {{\n  {}\n }}\n forward corp.example {}\n}}\n"
Path("Corefile").write_text(block.format(5494, main, "next NXDOMAIN", office) + block.format(5495, main, "max_fails 2", office))
coredns = subprocess.Popen(["./coredns", "-conf", "Corefile"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    seen = [answer(5494, name) for name in ("db.corp.example", "nosuch.corp.example", "nosuch.shop.example")]
    without = [answer(5495, name) for name in ("db.corp.example", "nosuch.shop.example")]
finally:
    coredns.terminate()
print(" · ".join(seen), "· without `next`:", ", ".join(without))
if seen != ["db.corp.example NOERROR 10.0.0.9", "nosuch.corp.example NXDOMAIN", "nosuch.shop.example SERVFAIL"] or without != ["db.corp.example NXDOMAIN", "nosuch.shop.example NXDOMAIN"]:
    sys.exit("CoreDNS' forward now leaves an answer as it is where the next forward does not serve the name.")
PY
venv/bin/python ask.py
