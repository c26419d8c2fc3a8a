#!/usr/bin/env bash
# glibc 2.36 (Debian 12's libc6), getent. Needs root: the resolv.conf is mounted in a namespace of its own.
# Expected: a search domain that answers REFUSED is passed by and the next ones are tried, as resolv.conf(5) says that each component is tried in turn,
#   and as glibc itself does for SERVFAIL and NXDOMAIN.
# Seen: it jumps to the name as typed; the search domain that has the name is never asked, and the error is "not known".
# Output: NXDOMAIN: ['front.svc.cluster.local', 'svc.cluster.local'] exit 0 · REFUSED: ['front.svc.cluster.local', 'as typed'] exit 2
# Why it matters: an ACL on one zone makes other Services look missing for every program on the C library; Go programs in the same pod find them.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
printf 'nameserver 127.0.0.1\nsearch front.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n' > resolv.conf
cat > lookup.py <<'PY'
import socket, subprocess, sys, threading
import dns.message, dns.rcode, dns.rrset

NAME, asked = "user-service.shop", []
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 53))

def serve():
    while True:
        wire, client = udp.recvfrom(4096)
        query = dns.message.from_wire(wire)
        name = str(query.question[0].name)
        reply = dns.message.make_response(query)
        domain = name.removeprefix(NAME).strip(".") or "as typed"
        asked.append(domain) if domain not in asked else None
        if domain == "svc.cluster.local":
            reply.answer.append(dns.rrset.from_text(name, 5, "IN", "A", "10.0.0.9"))
        else:
            reply.set_rcode(dns.rcode.from_text(sys.argv[1] if domain.startswith("front") else "NXDOMAIN"))
        udp.sendto(reply.to_wire(), client)

threading.Thread(target=serve, daemon=True).start()
code = subprocess.run(["getent", "ahostsv4", NAME], stdout=subprocess.DEVNULL).returncode
print(f"{sys.argv[1]}: {asked} exit {code}")
PY
lookup() {
  unshare --net --mount bash -c 'ip link set lo up; ip address add 10.9.9.9/32 dev lo; mount --bind resolv.conf /etc/resolv.conf; exec venv/bin/python lookup.py "$1"' _ "$1"
}
seen="$(lookup NXDOMAIN) · $(lookup REFUSED)"
echo "$seen"
if [ "$seen" != "NXDOMAIN: ['front.svc.cluster.local', 'svc.cluster.local'] exit 0 · REFUSED: ['front.svc.cluster.local', 'as typed'] exit 2" ]; then
  echo "glibc $(ldd --version | sed -n '1s/.* //p') walks the search list in another way." >&2; exit 1
fi
