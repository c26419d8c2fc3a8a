#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind and hosts plugins).
# Expected: a Corefile with one closing brace too many is refused at start, as one with a missing brace is ("Unexpected token").
# Seen: it starts with a warning, and the brace is the name of a second server: it serves a zone called "}." on port 53 beside the server that was meant.
# Output: Warning: Domain "}." does not follow RFC1035 preferred syntax · }.:53 · .:5393 on 127.0.0.1
# Why it matters: a check that trusts "CoreDNS starts, so the Corefile is right" misses it, and port 53 answers REFUSED where nobody meant to listen.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/hosts"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
printf '.:5393 {\n bind 127.0.0.1\n hosts {\n  10.0.0.1 shop.example\n }\n}\n}\n' > Corefile
unshare --net bash -c 'ip link set lo up; exec ./coredns -conf Corefile' > said 2>&1 &
for _ in $(seq 100); do
  if grep -q CoreDNS- said || ! kill -0 $!; then break; fi
  sleep 0.1
done
grep -e Warning -e ":53" said || true
if ! grep -q '^}.:53$' said || ! grep -q '^.:5393' said; then
  echo "CoreDNS no longer starts with a brace too many." >&2; exit 1
fi
