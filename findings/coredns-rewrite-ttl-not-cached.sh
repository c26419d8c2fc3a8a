#!/usr/bin/env bash
# CoreDNS 1.15.0 beside 1.13.2 (built with the bind, cache, forward, log, rewrite and template plugins).
# Expected: `rewrite ttl suffix example. 300` makes the cache keep an answer for 300 s; rewrite's page names just this as what the rule is for.
# Seen: since 1.14.2 rewrite stands before cache, not behind it (the release notes speak of acl alone). The cache goes by the upstream's TTL and asks again after it
#   (here 2 s, which it rounds up to 5); each client is told 300, which does not count down however old the answer is. In 1.13.2 the same Corefile asks once.
# Output: 1.13.2: TTL 300, 293; upstream asked 1 time(s) · 1.15.0: TTL 300, 300; upstream asked 2 time(s)
# Why it matters: after an upgrade the load on the upstream rises by as much as the rule had saved, and a chain of caches adds 300 s at each; the Corefile is the same.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
cat > Corefile <<'COREFILE'
.:{$FRONT} {
 bind 127.0.0.1
 rewrite ttl suffix example. 300
 cache 3600
 forward . 127.0.0.1:{$UPSTREAM}
}
.:{$UPSTREAM} {
 bind 127.0.0.1
 log . "asked for {name}"
 template IN A {
  answer "{{ .Name }} 2 IN A 10.0.0.9"
 }
}
COREFILE
cat > ask.py <<'PY'
import sys, time
import dns.message, dns.query

def ttl():
    return dns.query.tcp(dns.message.make_query("shop.example.", "A"), "127.0.0.1", port=int(sys.argv[1]), timeout=5).answer[0].ttl

for _ in range(100):
    try:
        first = ttl()
        break
    except OSError:
        time.sleep(0.1)
time.sleep(7)
print(f"TTL {first}, {ttl()}")
PY
seen_in() {
  mkdir "$1"
  cat > "$1/main.go" <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
  (cd "$1"; go mod init finding 2> log; go get "github.com/coredns/coredns@v$1" 2>> log; go mod tidy 2>> log; go build -o coredns .)
  FRONT=$2 UPSTREAM=$3 "$1/coredns" -conf Corefile > "$1/said" 2>&1 &
  ttls=$(venv/bin/python ask.py "$2")
  kill $!; wait $! || true
  echo "$ttls; upstream asked $(grep -c 'asked for shop.example.' "$1/said") time(s)"
}
before=$(seen_in 1.13.2 5394 5395); echo "1.13.2: $before"
now=$(seen_in 1.15.0 5396 5397); echo "1.15.0: $now"
case "$before | $now" in
  "TTL 300, 29"?"; upstream asked 1 time(s) | TTL 300, 300; upstream asked 2 time(s)") ;;
  *) echo "CoreDNS caches by the rewritten TTL again." >&2; exit 1 ;;
esac
