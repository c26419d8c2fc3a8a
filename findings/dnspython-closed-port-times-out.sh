#!/usr/bin/env bash
# dnspython 2.9.2, dns.asyncquery.udp.
# Expected: a query to a closed UDP port of this machine fails at once: the kernel gets ICMP "port unreachable" and a socket reports ConnectionRefusedError.
# Seen: dns.exception.Timeout after the whole timeout. The library's socket is not connected, and the kernel tells such a socket nothing.
#   With a connected socket of one's own, handed over as sock=, ConnectionRefusedError comes in a millisecond.
# Output: {'as documented': ('Timeout', 1.0), 'connected socket': ('ConnectionRefusedError', 0.0)}
# Why it matters: "refused" (no DNS process behind the address) and "dropped" (a NetworkPolicy) are different faults with different fixes, and both read as time-out.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q dnspython==2.9.2
venv/bin/python - <<'PY'
import asyncio, socket, sys, time
import dns.asyncbackend, dns.asyncquery, dns.message

with socket.socket(type=socket.SOCK_DGRAM) as once:
    once.bind(("127.0.0.1", 0))
    port = once.getsockname()[1]

async def outcome(connected):
    backend, sock = dns.asyncbackend.get_default_backend(), None
    if connected:
        sock = await backend.make_socket(socket.AF_INET, socket.SOCK_DGRAM, 0, None, ("127.0.0.1", port))
    began = time.monotonic()
    try:
        await dns.asyncquery.udp(dns.message.make_query("example.", "A"), "127.0.0.1", port=port, timeout=1, sock=sock)
    except Exception as error:
        return type(error).__name__, round(time.monotonic() - began, 1)

seen = {"as documented": asyncio.run(outcome(False)), "connected socket": asyncio.run(outcome(True))}
print(seen)
if seen["as documented"][0] != "Timeout" or seen["connected socket"][0] != "ConnectionRefusedError":
    sys.exit("dnspython now tells a closed UDP port from a silent one by itself (or no longer through a connected socket).")
PY
