#!/usr/bin/env bash
# slack-sdk 3.47.0, AsyncWebClient beside WebClient.
# Expected: error.response["error"] of a SlackApiError, as the SDK's README shows it, in both clients.
# Seen: for an answer in text (a proxy's 502) the synchronous client makes a dict of it; the asynchronous one keeps the str, and the lookup raises AttributeError.
#   For a body that says JSON and is cut, the asynchronous error's response is aiohttp's own ClientResponse, which has no error at all.
# Output: {'sync': 'Received a response in a non-JSON format: bad gateway', 'async': "AttributeError: 'str' object has no attribute 'get'", 'async, cut JSON': 'ClientResponse'}
# Why it matters: the handler that should tell "channel_not_found" from "Slack is ill" fails itself, just while Slack is ill, and the answer is lost.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q slack-sdk==3.47.0 aiohttp==3.14.5
venv/bin/python - <<'PY'
import asyncio, logging, sys
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient
from slack_sdk.web.async_client import AsyncWebClient

logging.disable(logging.CRITICAL)

async def text(_):
    return web.Response(status=502, text="bad gateway")

async def cut(_):
    return web.Response(text='{"ok": fal', content_type="application/json")

def code(error):
    try:
        return error.response["error"]
    except AttributeError as failure:
        return f"AttributeError: {failure}"

async def main():
    app = web.Application()
    app.router.add_post("/text/auth.test", text)
    app.router.add_post("/cut/auth.test", cut)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    seen = {}
    try:
        await asyncio.to_thread(WebClient("xoxb-example", f"{base}/text/").auth_test)
    except SlackApiError as error:
        seen["sync"] = code(error)
    for name, path in (("async", "text"), ("async, cut JSON", "cut")):
        try:
            await AsyncWebClient("xoxb-example", f"{base}/{path}/").auth_test()
        except SlackApiError as error:
            seen[name] = code(error) if path == "text" else type(error.response).__name__
    await runner.cleanup()
    return seen

seen = asyncio.run(main())
print(seen)
if "non-JSON" not in seen["sync"] or "AttributeError" not in seen["async"] or seen["async, cut JSON"] != "ClientResponse":
    sys.exit("slack-sdk's errors of answers that are no JSON object have another shape now.")
PY
