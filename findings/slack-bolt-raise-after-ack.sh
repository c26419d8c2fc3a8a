#!/usr/bin/env bash
# slack-bolt 1.30.0 (AsyncApp).
# Expected: what ack() was given reaches Slack; bolt's guide says to call ack() first and then do the work, whose failure has its own error handler.
# Seen: a listener that raises before the event loop came round after ack() is answered "404 unhandled request"; 50 ms later it is 200 with the text.
# Output: {'at once': (404, '{"error": "unhandled request"}'), 'after 50 ms': (200, 'working on it')}
# Why it matters: the person sees "/x failed" although the bot acknowledged; in Socket Mode the envelope is delivered again and the work is done twice.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q slack-bolt==1.30.0 slack-sdk==3.47.0 aiohttp==3.14.5
venv/bin/python - <<'PY'
import asyncio, logging, sys
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

logging.disable(logging.CRITICAL)

async def authorize(**_):
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-example", bot_id="B1", bot_user_id="U1")

async def answer(pause):
    app = AsyncApp(signing_secret="example", authorize=authorize, request_verification_enabled=False)

    @app.command("/x")
    async def listener(ack):
        await ack("working on it")
        if pause:
            await asyncio.sleep(pause)
        raise RuntimeError("the work failed")

    form = {"content-type": ["application/x-www-form-urlencoded"]}
    response = await app.async_dispatch(AsyncBoltRequest(body="command=/x&team_id=T1&user_id=U2&channel_id=C1", headers=form))
    await asyncio.sleep(0.2)
    return response.status, response.body

seen = {"at once": asyncio.run(answer(0)), "after 50 ms": asyncio.run(answer(0.05))}
print(seen)
if seen["at once"][0] != 404 or seen["after 50 ms"] != (200, "working on it"):
    sys.exit("slack-bolt no longer loses an acknowledgement when its listener raises at once.")
PY
