#!/usr/bin/env bash
# slack-bolt 1.30.0 (AsyncApp).
# Expected: a middleware that acknowledges and ends the chain answers Slack with what it acknowledged; the reference lists ack among the arguments of middleware, too.
# Seen: the text is dropped and Slack gets "404 no next() calls in middleware"; only the object that ack() returns, handed back by the middleware, is sent.
# Output: {'await ack()': (404, '{"error": "no next() calls in middleware"}'), 'return await ack()': (200, 'not for you')}
# Why it matters: a bot that refuses strangers in a middleware fails deliveries (Slack tries mentions again), and refuses each person several times.
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

async def silent(ack):
    await ack("not for you")

async def returning(ack):
    return await ack("not for you")

async def answer(middleware):
    app = AsyncApp(signing_secret="example", authorize=authorize, request_verification_enabled=False)
    app.use(middleware)
    form = {"content-type": ["application/x-www-form-urlencoded"]}
    response = await app.async_dispatch(AsyncBoltRequest(body="command=/x&team_id=T1&user_id=U2&channel_id=C1", headers=form))
    return response.status, response.body

seen = {"await ack()": asyncio.run(answer(silent)), "return await ack()": asyncio.run(answer(returning))}
print(seen)
if seen["await ack()"][0] != 404 or seen["return await ack()"] != (200, "not for you"):
    sys.exit("slack-bolt now answers with what a middleware acknowledged (or no longer takes the returned response).")
PY
