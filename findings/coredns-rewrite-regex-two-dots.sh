#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind, errors, rewrite and template plugins); 1.13.2 does the same.
# Expected: `rewrite name regex ^shop-(.*)$ cart-{1}` gives shop-1.example the name cart-1.example: rewrite's page matches and writes most names without their last dot,
#   and what `(.*)` took is put in as it was.
# Seen: the name that is matched ends in a dot, which `(.*)$` takes along, and another is put at the end of the new name. The two make it no name: SERVFAIL.
#   A dot at the end of the rule's own TO changes nothing. With `(.*)\.$` the rule does what it says.
# Output: shop-1.example: SERVFAIL | book-1.example: SERVFAIL | tool-1.example: NOERROR, told of kit-1.example. · invalid name after rewrite: cart-1.example..
# Why it matters: the Corefile loads, every other name resolves, and just the names of the rule are gone; without the errors plugin nothing tells why.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
cat > Corefile <<'COREFILE'
.:5399 {
 bind 127.0.0.1
 errors
 rewrite name regex ^shop-(.*)$ cart-{1}
 rewrite name regex ^book-(.*)$ page-{1}.
 rewrite name regex ^tool-(.*)\.$ kit-{1}
 template IN TXT {
  answer "{{ .Name }} 60 IN TXT {{ .Name }}"
 }
}
COREFILE
./coredns -conf Corefile > said 2>&1 &
venv/bin/python - <<'PY' | tee seen
import sys, time
import dns.message, dns.query, dns.rcode

def answer(name):
    query = dns.message.make_query(f"{name}.", "TXT")
    for _ in range(100):
        try:
            response = dns.query.tcp(query, "127.0.0.1", port=5399, timeout=5)
        except OSError:
            time.sleep(0.1)
        else:
            told = [f", told of {each[0].strings[0].decode()}" for each in response.answer]
            return f"{name}: {dns.rcode.to_text(response.rcode())}{''.join(told)}"
    sys.exit("CoreDNS did not start.")

print(" | ".join(map(answer, ("shop-1.example", "book-1.example", "tool-1.example"))))
PY
grep -o 'invalid name after rewrite: cart.*' said || true
if [ "$(cat seen)" != "shop-1.example: SERVFAIL | book-1.example: SERVFAIL | tool-1.example: NOERROR, told of kit-1.example." ]; then
  echo "CoreDNS no longer puts a second dot at the end of a name rewritten by a regular expression." >&2; exit 1
fi
