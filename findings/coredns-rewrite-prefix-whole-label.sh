#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind, rewrite and template plugins); 1.13.2 does the same.
# Expected: `rewrite name prefix shop- cart-` applies "when the name begins with the matching string", `substring` "on a partial match of the name".
# Seen: a dot is put at the end of both strings, as is right for exact and suffix. A prefix is then whole labels: "shop-" is the label "shop-", and shop-1.example is
#   left as it is. A substring must end where a label ends: `substring blue green` takes deepblue.example and not blueish.example.
# Output: shop-1.example=shop-1.example shop-.example=cart-.example deepblue.example=deepgreen.example blueish.example=blueish.example red-1.example=pink-1.example
# Why it matters: the rule loads without a word and does nothing; names go on to the upstream unchanged. `regex ^shop-(.*)\.$ cart-{1}` does it.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
cat > Corefile <<'COREFILE'
.:5398 {
 bind 127.0.0.1
 rewrite name prefix shop- cart-
 rewrite name substring blue green
 rewrite name regex ^red-(.*)\.$ pink-{1}
 template IN TXT {
  answer "{{ .Name }} 60 IN TXT {{ .Name }}"
 }
}
COREFILE
./coredns -conf Corefile > said 2>&1 &
venv/bin/python - <<'PY'
import sys, time
import dns.message, dns.query

def name_behind_rewrite(name):
    query = dns.message.make_query(f"{name}.", "TXT")
    for _ in range(100):
        try:
            text = dns.query.tcp(query, "127.0.0.1", port=5398, timeout=5).answer[0][0].strings[0]
            return text.decode().rstrip(".")
        except OSError:
            time.sleep(0.1)
    sys.exit("CoreDNS did not start.")

expected = {"shop-1": "shop-1", "shop-": "cart-", "deepblue": "deepgreen", "blueish": "blueish", "red-1": "pink-1"}
seen = {name: name_behind_rewrite(f"{name}.example") for name in expected}
print(*(f"{name}.example={rewritten}" for name, rewritten in seen.items()))
if seen != {name: f"{rewritten}.example" for name, rewritten in expected.items()}:
    sys.exit("CoreDNS now takes a prefix or a substring that ends within a label.")
PY
