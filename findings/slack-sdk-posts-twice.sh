#!/usr/bin/env bash
# slack-sdk 3.47.0 (WebClient and AsyncWebClient, both with the retry handlers that they have by default).
# Expected: a post that was sent whole, and whose answer was lost, is an error for the caller to judge, who alone knows whether a second post does harm;
#   the default handler is said to retry "for connectivity issues", as for a connection that could not be made.
# Seen: the request is sent again, chat.postMessage as any other, and the caller gets the second answer with ok and no sign of the first.
#   Slack has no key that would make the second a repetition of the first: there are two messages.
# Output: {'sync': (2, True), 'async': (2, True), 'sync, retry_handlers=[]': (1, 'RemoteDisconnected'), 'async, retry_handlers=[]': (1, 'ServerDisconnectedError')}
# Why it matters: a proxy that is restarted, or cuts a connection between request and answer, doubles an alert; the bot has a ts for one of the two only.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv; venv/bin/pip install -q slack-sdk==3.47.0 aiohttp==3.14.5
venv/bin/python - <<'PY'
import asyncio, logging, sys
from aiohttp import web
from slack_sdk.web import WebClient
from slack_sdk.web.async_client import AsyncWebClient

logging.disable(logging.CRITICAL)
posts = {}

async def post(request):
    text = (await request.json())["text"]
    posts[text] = posts.get(text, 0) + 1
    if posts[text] == 1:
        request.transport.close()
    return web.json_response({"ok": True, "ts": f"{posts[text]}.0"})

async def outcome(name, call):
    try:
        said = (await call)["ok"]
    except Exception as error:
        said = type(error).__name__
    return posts[name], said

async def main():
    app = web.Application()
    app.router.add_post("/chat.postMessage", post)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    seen = {}
    for name, how in (("sync", {}), ("async", {}), ("sync, retry_handlers=[]", {"retry_handlers": []}), ("async, retry_handlers=[]", {"retry_handlers": []})):
        if name.startswith("async"):
            call = AsyncWebClient("xoxb-example", base, **how).chat_postMessage(channel="C1", text=name)
        else:
            call = asyncio.to_thread(WebClient("xoxb-example", base, **how).chat_postMessage, channel="C1", text=name)
        seen[name] = await outcome(name, call)
    await runner.cleanup()
    return seen

seen = asyncio.run(main())
print(seen)
if [count for count, _ in seen.values()] != [2, 2, 1, 1] or not seen["sync"][1] is seen["async"][1] is True:
    sys.exit("slack-sdk no longer sends a post again whose answer was lost.")
PY
