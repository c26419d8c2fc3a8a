"""Looks a name up by aiodns: `getaddrinfo` of c-ares, or `query` as the second argument says."""

import asyncio
import json
import socket
import sys

import aiodns


async def _look(name: str, how: str) -> list[str]:
    resolver = aiodns.DNSResolver()
    if how == "query":
        found = await resolver.query_dns(name, "A")
        return [each.data.addr for each in found.answer if hasattr(each.data, "addr")]
    given = await resolver.getaddrinfo(name, family=socket.AF_UNSPEC, port=80, type=socket.SOCK_STREAM)
    return [each.addr[0].decode() if isinstance(each.addr[0], bytes) else each.addr[0] for each in given.nodes]


try:
    print(json.dumps({"addresses": asyncio.run(_look(sys.argv[1], sys.argv[2]))}))
except aiodns.error.DNSError as error:
    print(json.dumps({"addresses": [], "error": str(error.args)}))
