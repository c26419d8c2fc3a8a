#!/usr/bin/env bash
# CoreDNS 1.15.0 (built with the bind, forward and template plugins), three server blocks of one process.
# Expected: of two `forward` lines in one server block the one with the longer zone gets the names of its zone, as among server blocks and in BIND's and Unbound's forward
#   zones; or the second line is refused, as CoreDNS did up to 1.9.3.
# Seen: both lines are taken without a word, and the first whose zone holds the name answers, by the order in the file: behind `forward .` no other line is ever asked.
# Output: `.` first: a.shop.test by default · `shop.test` first: a.shop.test by shop · twice `.`, the first says SERVFAIL: a.shop.test SERVFAIL
# Why it matters: a stub domain added below the default `forward`, as a `*.override` file of AKS or k3s is, used to end CoreDNS at its start; now it does nothing, and
#   its names stay NXDOMAIN.
set -euo pipefail
dir=$(mktemp -d); trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
cat > main.go <<'GO'
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
GO
go mod init finding 2> log; go get github.com/coredns/coredns@v1.15.0 2>> log; go mod tidy 2>> log; go build -o coredns .
cat > ask.py <<'PY'
import subprocess, sys, time
from pathlib import Path
import dns.exception, dns.message, dns.query, dns.rcode

DEFAULT, SHOP, FAILING, ASKED = 5521, 5522, 5523, 5524
WHO = {"192.0.2.1": "by default", "192.0.2.2": "by shop"}

def block(port, *lines):
    return f".:{port} {{\n bind 127.0.0.1\n" + "".join(f" {each}\n" for each in lines) + "}\n"

def always(address):
    return 'template IN A . {\n  answer "{{ .Name }} 5 IN A ' + address + '"\n }'

def answer(*lines):
    blocks = (block(DEFAULT, always("192.0.2.1")), block(SHOP, always("192.0.2.2")), block(FAILING, "template ANY ANY . {\n  rcode SERVFAIL\n }"), block(ASKED, *lines))
    Path("Corefile").write_text("".join(blocks))
    coredns = subprocess.Popen(["./coredns", "-conf", "Corefile"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                reply = dns.query.tcp(dns.message.make_query("a.shop.test.", "A"), "127.0.0.1", port=ASKED, timeout=5)
                return WHO[reply.answer[0][0].address] if reply.answer else dns.rcode.to_text(reply.rcode())
            except (OSError, dns.exception.DNSException):
                time.sleep(0.1)  # until it has started
        sys.exit("CoreDNS did not start.")
    finally:
        coredns.terminate()
        coredns.wait()

everything, shop = f"forward . 127.0.0.1:{DEFAULT}", f"forward shop.test 127.0.0.1:{SHOP}"
seen = " · ".join((
    f"`.` first: a.shop.test {answer(everything, shop)}",
    f"`shop.test` first: a.shop.test {answer(shop, everything)}",
    f"twice `.`, the first says SERVFAIL: a.shop.test {answer(f'forward . 127.0.0.1:{FAILING}', everything)}",
))
print(seen)
if seen != "`.` first: a.shop.test by default · `shop.test` first: a.shop.test by shop · twice `.`, the first says SERVFAIL: a.shop.test SERVFAIL":
    sys.exit("CoreDNS now chooses among several forward lines of a block otherwise.")
PY
venv/bin/python ask.py
