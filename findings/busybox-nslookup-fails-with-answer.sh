#!/usr/bin/env bash
# BusyBox 1.35.0 (Debian 12's busybox-static), nslookup. Needs root: the resolv.conf is mounted in a namespace of its own.
# Expected: nslookup of a Service's short name stops at the search domain that has it and exits 0, as BIND's nslookup and the C library do.
# Seen: it asks all search domains, prints the address, then NXDOMAIN for each other domain, and exits 1.
# Output: exit 1, address printed: True, "can't find": 2 other names
# Why it matters: `kubectl exec ... -- nslookup shop && ...` in the image that everybody debugs with says that DNS is broken, while every program in that pod resolves.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
apt-get -qq download busybox-static=1:1.35.0-4+deb12u1+b1 2> log; dpkg-deb -x busybox-static_*.deb root; busybox=root/bin/busybox
printf 'nameserver 127.0.0.1\nsearch prod.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n' > resolv.conf
cat > lookup.py <<'PY'
import socket, subprocess, sys, threading
import dns.message, dns.rcode, dns.rdatatype, dns.rrset

udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 53))

def serve():
    while True:
        wire, client = udp.recvfrom(4096)
        query = dns.message.from_wire(wire)
        name = str(query.question[0].name)
        reply = dns.message.make_response(query)
        if name != "shop.prod.svc.cluster.local.":
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif query.question[0].rdtype == dns.rdatatype.A:
            reply.answer.append(dns.rrset.from_text(name, 5, "IN", "A", "10.0.0.9"))
        udp.sendto(reply.to_wire(), client)

threading.Thread(target=serve, daemon=True).start()
run = subprocess.run([sys.argv[1], "nslookup", "shop"], capture_output=True, text=True)
missing = {line.split()[4] for line in run.stdout.splitlines() if "can't find" in line}
seen = f'exit {run.returncode}, address printed: {"10.0.0.9" in run.stdout}, "can\'t find": {len(missing)} other names'
print(seen)
if seen != 'exit 1, address printed: True, "can\'t find": 2 other names':
    sys.exit("BusyBox's nslookup now exits 0 when it has found a short name.")
PY
unshare --net --mount bash -c 'ip link set lo up; mount --bind resolv.conf /etc/resolv.conf; exec venv/bin/python lookup.py "$1"' _ "$busybox"
