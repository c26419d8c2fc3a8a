#!/usr/bin/env bash
# pycares 5.2.1 (c-ares; aiodns and gRPC resolve with it).
# Expected: a search domain that answers SERVFAIL is passed by and the next one is tried, as glibc and Go do: each component of the search path in turn until there is a match (resolv.conf(5)).
# Seen: the lookup fails at once with "DNS server returned general failure"; the domain that has the name is never asked. NXDOMAIN goes on as usual.
# Output: {'SERVFAIL': ('DNS server returned general failure', ['corp.example']), 'NXDOMAIN': ('10.0.0.9', ['corp.example', 'svc.cluster.local'])}
# Why it matters: one sick upstream of the node's own search domain breaks Services that exist, for gRPC and aiodns clients only; curl in the same pod works.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q pycares==5.2.1 dnspython==2.9.2
venv/bin/python - <<'PY'
import socket, sys, threading
import dns.message, dns.rcode, dns.rrset
import pycares

def serve(udp, first_step, asked):
    while True:
        wire, client = udp.recvfrom(4096)
        query = dns.message.from_wire(wire)
        name = str(query.question[0].name)
        reply = dns.message.make_response(query)
        domain = name.removeprefix("shop.").rstrip(".")
        asked.append(domain) if domain not in asked else None
        if domain == "svc.cluster.local":
            reply.answer.append(dns.rrset.from_text(name, 5, "IN", "A", "10.0.0.9"))
        else:
            reply.set_rcode(dns.rcode.from_text(first_step))
        udp.sendto(reply.to_wire(), client)

def lookup(first_step):
    udp, asked, done, said = socket.socket(type=socket.SOCK_DGRAM), [], threading.Event(), []
    udp.bind(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(udp, first_step, asked), daemon=True).start()
    channel = pycares.Channel(
        servers=["127.0.0.1"], udp_port=udp.getsockname()[1], domains=["corp.example", "svc.cluster.local"], ndots=5, timeout=2
    )

    def callback(result, error):
        said.append(pycares.errno.strerror(error) if error else result.nodes[0].addr[0].decode())
        done.set()

    channel.getaddrinfo("shop", None, family=socket.AF_INET, callback=callback)
    done.wait(20)
    return said[0], asked

seen = {first_step: lookup(first_step) for first_step in ("SERVFAIL", "NXDOMAIN")}
print(seen)
if "failure" not in seen["SERVFAIL"][0] or seen["SERVFAIL"][1] != ["corp.example"] or seen["NXDOMAIN"][0] != "10.0.0.9":
    sys.exit("c-ares now goes on to the next search domain after SERVFAIL.")
PY
