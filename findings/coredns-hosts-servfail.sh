#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind, file and hosts plugins).
# Expected: `hosts` without `fallthrough` says that a name which it does not list does not exist: NXDOMAIN, as file and kubernetes say of names that they do not have. Its page
#   tells no more than that the next plugin is not asked, and RFC 1035 (4.1.1) that code 2 is a server that "was unable to process this query due to a problem".
# Seen: it is SERVFAIL, for every name and type that it does not list; a listed name is NOERROR for other types. NXDOMAIN it never says.
# Output: file alone: web NOERROR, none NXDOMAIN · hosts before it: web SERVFAIL, none SERVFAIL, mail NOERROR · with fallthrough: web NOERROR, none NXDOMAIN, mail NOERROR
# Why it matters: one line for one name, added to the cluster's server block, looks like a DNS server that is ill: each name is asked for again and again, nothing is kept for
#   long, and resolvers that end their search list at SERVFAIL (musl, c-ares) find no name outside either.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/file"
	_ "github.com/coredns/coredns/plugin/hosts"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
cat > zone <<'ZONE'
$ORIGIN shop.example.
@ 30 IN SOA ns hostmaster 1 7200 3600 1209600 30
@ 30 IN NS ns
ns 30 IN A 10.0.0.1
web 30 IN A 10.0.0.7
ZONE
cat > Corefile <<'COREFILE'
.:5484 {
 bind 127.0.0.1
 file zone shop.example
}
.:5485 {
 bind 127.0.0.1
 hosts {
  10.0.0.9 mail.shop.example
 }
 file zone shop.example
}
.:5486 {
 bind 127.0.0.1
 hosts {
  10.0.0.9 mail.shop.example
  fallthrough
 }
 file zone shop.example
}
COREFILE
cat > ask.py <<'PY'
import sys, time
import dns.message, dns.query, dns.rcode

def rcode(port, name):
    for _ in range(300):
        try:
            reply = dns.query.tcp(dns.message.make_query(f"{name}.shop.example.", "A"), "127.0.0.1", port=port, timeout=5)
            return dns.rcode.to_text(reply.rcode())
        except OSError:
            time.sleep(0.1)  # until it has started
    sys.exit("CoreDNS did not start.")

asked = {"file alone": (5484, "web none"), "hosts before it": (5485, "web none mail"), "with fallthrough": (5486, "web none mail")}
seen = " · ".join(f"{label}: " + ", ".join(f"{name} {rcode(port, name)}" for name in names.split()) for label, (port, names) in asked.items())
print(seen)
if seen != (
    "file alone: web NOERROR, none NXDOMAIN · hosts before it: web SERVFAIL, none SERVFAIL, mail NOERROR"
    " · with fallthrough: web NOERROR, none NXDOMAIN, mail NOERROR"
):
    sys.exit("CoreDNS' hosts now says NXDOMAIN, or answers otherwise, without fallthrough.")
PY
./coredns -conf Corefile > said 2>&1 &
venv/bin/python ask.py
