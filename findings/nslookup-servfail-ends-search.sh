#!/usr/bin/env bash
# BIND 9.18.49 (Debian 12's bind9-dnsutils and bind9-host): nslookup, host, dig +search, beside getent of glibc 2.36. Needs root: the resolv.conf is mounted in a namespace of its own.
# Expected: they find what the C library finds: nslookup(1) "appends the domain names in the domain search list to the request until an answer is received".
# Seen: with SERVFAIL from one search domain, or an empty answer, they end there, and glibc goes on to the next domain and to the name as typed. nslookup names the domain
#   that failed; host and dig say nothing about an empty answer.
# Output: NXDOMAIN: getent 10.0.0.9, nslookup 10.0.0.9, host 10.0.0.9, dig 10.0.0.9 · SERVFAIL: getent 10.0.0.9, nslookup none, host none, dig none · empty: getent 10.0.0.9,
#   nslookup none, host none, dig none
# Why it matters: with `ndots:5` each outside name first meets the domains of the cluster and of the node: one that is ill makes the tools of whoever looks into it fail, while the
#   programs in the same pod work.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
bind=1:9.18.49-1~deb12u3
apt-get -qq download bind9-dnsutils=$bind bind9-host=$bind bind9-libs=$bind libuv1 libjemalloc2 libmaxminddb0 libprotobuf-c1 libfstrm0 liblmdb0 libnghttp2-14 libjson-c5 libxml2 \
  libicu72 libssl3 libidn2-0 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 libcom-err2 2> log
for package in *.deb; do dpkg-deb -x "$package" root; done
printf 'nameserver 127.0.0.1\nsearch shop.svc.cluster.local svc.cluster.local cluster.local corp.example\noptions ndots:5\n' > resolv.conf
cat > lookup.py <<'PY'
import os, re, socket, subprocess, sys, threading
import dns.message, dns.rcode, dns.rdatatype, dns.rrset

NAME = "api.example.com"
TOOLS = {"getent": ["ahostsv4"], "nslookup": [], "host": ["-t", "A"], "dig": ["+search", "+short"]}
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 53))

def serve():
    while True:
        wire, client = udp.recvfrom(4096)
        query = dns.message.from_wire(wire)
        name = str(query.question[0].name)
        reply = dns.message.make_response(query)
        if name == f"{NAME}.":
            if query.question[0].rdtype == dns.rdatatype.A:
                reply.answer.append(dns.rrset.from_text(name, 5, "IN", "A", "10.0.0.9"))
        else:
            reply.set_rcode(dns.rcode.from_text(said if name.endswith(".corp.example.") else "NXDOMAIN"))
        udp.sendto(reply.to_wire(), client)

def found(tool):
    ours = {**os.environ, "LD_LIBRARY_PATH": "root/usr/lib/x86_64-linux-gnu:root/lib/x86_64-linux-gnu"} if tool != "getent" else None
    run = subprocess.run([f"root/usr/bin/{tool}" if ours else tool, *TOOLS[tool], NAME], capture_output=True, text=True, env=ours)
    if "shared libraries" in run.stderr:
        sys.exit(run.stderr)
    return "10.0.0.9" if re.search(r"\b10\.0\.0\.9\b", run.stdout) else "none"

threading.Thread(target=serve, daemon=True).start()
seen = []
for label, said in {"NXDOMAIN": "NXDOMAIN", "SERVFAIL": "SERVFAIL", "empty": "NOERROR"}.items():
    seen.append(f"{label}: " + ", ".join(f"{tool} {found(tool)}" for tool in TOOLS))
print(" · ".join(seen))
one, all_but_one = ", ".join(f"{tool} 10.0.0.9" for tool in TOOLS), "getent 10.0.0.9, nslookup none, host none, dig none"
if seen != [f"NXDOMAIN: {one}", f"SERVFAIL: {all_but_one}", f"empty: {all_but_one}"]:
    sys.exit("BIND's tools, or glibc, now walk the search list in another way.")
PY
unshare --net --mount bash -c 'ip link set lo up; ip address add 10.9.9.9/32 dev lo; mount --bind resolv.conf /etc/resolv.conf; exec venv/bin/python lookup.py'
