#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind and file plugins).
# Expected: a wildcard says nothing of a name that exists, and a name exists when one below it has a record: RFC 1034, 4.3.3 ("Wildcard RRs do not apply: when the query
#   name [...] is known to exist"), and RFC 4592, 2.2.2, on empty non-terminals. So db.shop.example, which has an SRV below it and no A, is an empty answer.
# Seen: it gets the wildcard's address. Names below it, as x.db, are treated right (NXDOMAIN); the name itself is not.
# Output: web: 10.0.0.9 | db: 10.0.0.9 | x.db: NXDOMAIN | _http._tcp.db: 0 0 8080 db.shop.example.
# Why it matters: a zone moved to CoreDNS from another server sends callers of db to the wildcard's host, which answers; a tool that reads the zone file says "no address".
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/file"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
cat > zone <<'ZONE'
$ORIGIN shop.example.
@ 60 IN SOA ns hostmaster 1 3600 600 86400 60
@ 60 IN NS ns
ns 60 IN A 10.0.0.2
* 60 IN A 10.0.0.9
_http._tcp.db 60 IN SRV 0 0 8080 db
ZONE
printf 'shop.example:5394 {\n bind 127.0.0.1\n file zone\n}\n' > Corefile
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
./coredns > coredns.log 2>&1 &
venv/bin/python - <<'PY'
import sys, time
import dns.message, dns.query, dns.rcode

def ask(name, kind="A"):
    answer = dns.query.tcp(dns.message.make_query(f"{name}.shop.example.", kind), "127.0.0.1", port=5394, timeout=5)
    records = [str(record) for rrset in answer.answer for record in rrset]
    return " ".join(records) or ("empty" if answer.rcode() == dns.rcode.NOERROR else dns.rcode.to_text(answer.rcode()))

for _ in range(100):
    try:
        ask("web")
        break
    except OSError:
        time.sleep(0.1)
seen = " | ".join(f"{name}: {ask(name, *kind)}" for name, *kind in (("web",), ("db",), ("x.db",), ("_http._tcp.db", "SRV")))
print(seen)
if seen != "web: 10.0.0.9 | db: 10.0.0.9 | x.db: NXDOMAIN | _http._tcp.db: 0 0 8080 db.shop.example.":
    sys.exit("CoreDNS's file plugin now leaves a name alone that exists by what is below it.")
PY
