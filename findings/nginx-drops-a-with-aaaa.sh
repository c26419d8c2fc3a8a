#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12's nginx), the resolver directive.
# Expected: nginx asks for both families ("By default, nginx will look up both IPv4 and IPv6 addresses while resolving", ngx_http_core_module) and proxies to what it
#   gets: an address is an address, as for getaddrinfo of the C library, which gives the IPv4 address in all of these cases.
# Seen: an A answer that has come is thrown away when the AAAA question ends in SERVFAIL or NXDOMAIN: 502, "could not be resolved". Only an empty AAAA answer is harmless.
# Output: empty: 200 | SERVFAIL: 502 (2: Server failure) | NXDOMAIN: 502 (3: Host not found) | SERVFAIL, ipv6=off: 200
# Why it matters: a CoreDNS `template IN AAAA . { rcode NXDOMAIN }`, or an upstream that is ill for AAAA alone, takes down every proxy_pass by variable, while curl and
#   nslookup in the same pod find the Service. `resolver ... ipv6=off` mends it.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
apt-get -qq download nginx=1.22.1-9+deb12u11 libpcre2-8-0 libssl3 zlib1g 2> log
for package in *.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu:$dir/root/lib/x86_64-linux-gnu
cat > proxy.py <<'PY'
import re, socket, subprocess, sys, threading, time, urllib.error, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
import dns.message, dns.rcode, dns.rdatatype, dns.rrset

udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))

def names():
    while True:
        wire, client = udp.recvfrom(4096)
        query = dns.message.from_wire(wire)
        reply = dns.message.make_response(query)
        if query.question[0].rdtype == dns.rdatatype.A:
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 5, "IN", "A", "127.0.0.1"))
        else:
            reply.set_rcode(dns.rcode.from_text(of_aaaa))
        udp.sendto(reply.to_wire(), client)

class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

shop = HTTPServer(("127.0.0.1", 0), Shop)
for serving in (names, shop.serve_forever):
    threading.Thread(target=serving, daemon=True).start()

def outcome(option=""):
    with socket.create_server(("127.0.0.1", 0)) as once:
        front = once.getsockname()[1]
    here, errors = Path.cwd(), Path("errors")
    errors.unlink(missing_ok=True)
    paths = "".join(f"{kind}_temp_path {here}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    Path("nginx.conf").write_text(
        f"daemon off; master_process off; pid {here}/pid; events {{}} http {{ access_log off; {paths} resolver 127.0.0.1:{udp.getsockname()[1]} {option};"
        f"server {{ listen 127.0.0.1:{front}; location / {{ set $shop shop.example; proxy_pass http://$shop:{shop.server_port}; }} }} }}"
    )
    nginx = subprocess.Popen(["root/usr/sbin/nginx", "-p", here, "-c", here / "nginx.conf", "-e", here / "errors"])
    try:
        for _ in range(200):
            try:
                return str(urllib.request.urlopen(f"http://127.0.0.1:{front}/", timeout=40).status)
            except urllib.error.HTTPError as error:
                return f"{error.code} {re.search(r'could not be resolved (.*?),', errors.read_text())[1]}"
            except OSError:
                time.sleep(0.1)
    finally:
        nginx.terminate()
        nginx.wait()

seen = []
for label, of_aaaa, option in (("empty", "NOERROR", ""), ("SERVFAIL", "SERVFAIL", ""), ("NXDOMAIN", "NXDOMAIN", ""), ("SERVFAIL, ipv6=off", "SERVFAIL", "ipv6=off")):
    seen.append(f"{label}: {outcome(option)}")
print(" | ".join(seen))
if " | ".join(seen) != "empty: 200 | SERVFAIL: 502 (2: Server failure) | NXDOMAIN: 502 (3: Host not found) | SERVFAIL, ipv6=off: 200":
    sys.exit("nginx now uses an A answer whatever becomes of AAAA.")
PY
venv/bin/python proxy.py
