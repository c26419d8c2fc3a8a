#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind, cache and template plugins).
# Expected: `cache 30s` keeps answers for thirty seconds, as health's `lameduck 5s` and forward's `expire 10s` take durations, or CoreDNS refuses to start.
# Seen: it starts, and caches nothing: `cache [TTL] [ZONES...]` takes a TTL without unit, so 30s is read as the name of a zone, "30s.".
# Output: `cache 30`: TTL 28, from the cache; `cache 30s`: TTL 60, asked anew
# Why it matters: every lookup of every pod goes on to the upstream, with no error and no warning; latency and the upstream's rate limit show it, the Corefile looks right.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
ttl_two_seconds_later() {
  printf '.:%s {\n bind 127.0.0.1\n cache %s\n template IN A {\n  answer "{{ .Name }} 60 IN A 10.0.0.9"\n }\n}\n' "$1" "$2" > "Corefile.$1"
  ./coredns -conf "Corefile.$1" > "log.$1" 2>&1 &
  venv/bin/python - "$1" <<'PY'
import sys, time
import dns.message, dns.query

def ttl():
    return dns.query.tcp(dns.message.make_query("shop.example.", "A"), "127.0.0.1", port=int(sys.argv[1]), timeout=5).answer[0].ttl

for _ in range(100):
    try:
        ttl()
        break
    except OSError:
        time.sleep(0.1)
time.sleep(2)
print(ttl())
PY
}
plain=$(ttl_two_seconds_later 5391 30); unit=$(ttl_two_seconds_later 5392 30s)
echo "\`cache 30\`: TTL $plain, from the cache; \`cache 30s\`: TTL $unit, asked anew"
if [ "$plain" -ge 30 ] || [ "$unit" != 60 ]; then
  echo "CoreDNS now takes \`cache 30s\` as a TTL, or refuses it." >&2; exit 1
fi
