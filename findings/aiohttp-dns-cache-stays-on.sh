#!/usr/bin/env bash
# aiohttp 3.14.5 with aiodns 4.0.4 and pycares 5.2.1, as `pip install aiohttp[speedups]` gives it: AsyncResolver is the resolver by default then.
# Expected: `use_dns_cache=False` asks the DNS for each connection, and `ttl_dns_cache` is "Max seconds having cached a DNS entry"; clear_dns_cache() forgets the rest.
# Seen: c-ares below has a cache of its own, which no argument of aiohttp, aiodns or pycares reaches: an address is kept for the record's TTL, "no such name" for the minimum of
#   the zone's SOA, whatever aiohttp was told. Only a new resolver asks again.
# Output: moved: first 127.0.0.2, then 127.0.0.2, cleared 127.0.0.2, new resolver 127.0.0.3 · created: first ClientConnectorDNSError, then ClientConnectorDNSError,
#   cleared ClientConnectorDNSError, new resolver 127.0.0.3 (use_dns_cache=False)
# Why it matters: the Service is back, nslookup in the pod proves it, and the program beside it goes on saying that there is no such name.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q aiohttp==3.14.5 aiodns==4.0.4 pycares==5.2.1 dnspython==2.9.2
venv/bin/python - <<'PY'
import asyncio, socket, sys, threading
import dns.message, dns.rcode, dns.rdatatype, dns.rrset
from aiohttp import ClientError, ClientSession, TCPConnector, web
from aiohttp.resolver import AsyncResolver, DefaultResolver

address = {}
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))

def names():
    while True:
        wire, client = udp.recvfrom(4096)
        query = dns.message.from_wire(wire)
        asked = query.question[0]
        reply = dns.message.make_response(query)
        held = address.get(str(asked.name).split(".")[0])
        if held and asked.rdtype == dns.rdatatype.A:
            reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", held))
        elif not held:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            reply.authority.append(dns.rrset.from_text("shop.example.", 60, "IN", "SOA", "ns.shop.example. ops.shop.example. 1 60 60 60 60"))
        udp.sendto(reply.to_wire(), client)

async def reached(request):
    return web.Response(text=request.transport.get_extra_info("sockname")[0])

async def steps(name, port, before):
    address[name] = before
    nameserver = [f"127.0.0.1:{udp.getsockname()[1]}"]
    said = []

    async def get(step):
        try:
            async with session.get(f"http://{name}.shop.example:{port}/") as response:
                said.append(f"{step} {await response.text()}")
        except ClientError as error:
            said.append(f"{step} {type(error).__name__}")

    connector = TCPConnector(use_dns_cache=False, force_close=True, resolver=AsyncResolver(nameservers=nameserver))
    async with ClientSession(connector=connector) as session:
        await get("first")
        address[name] = "127.0.0.3"
        await get("then")
        connector.clear_dns_cache()
        await get("cleared")
    async with ClientSession(connector=TCPConnector(use_dns_cache=False, resolver=AsyncResolver(nameservers=nameserver))) as session:
        await get("new resolver")
    return ", ".join(said)

async def main():
    app = web.Application()
    app.router.add_get("/", reached)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0)
    await site.start()
    port = runner.addresses[0][1]
    moved, created = await steps("moved", port, "127.0.0.2"), await steps("created", port, None)
    await runner.cleanup()
    return f"moved: {moved} · created: {created}"

threading.Thread(target=names, daemon=True).start()
seen = asyncio.run(main())
print(seen, "(use_dns_cache=False)")
no = "ClientConnectorDNSError"
if DefaultResolver is not AsyncResolver or seen != (
    "moved: first 127.0.0.2, then 127.0.0.2, cleared 127.0.0.2, new resolver 127.0.0.3"
    f" · created: first {no}, then {no}, cleared {no}, new resolver 127.0.0.3"
):
    sys.exit("aiohttp with aiodns now asks the DNS again where its own cache is off.")
PY
