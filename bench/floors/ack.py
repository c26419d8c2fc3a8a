"""Floor of an acknowledgement: a Bolt app by Socket Mode that acknowledges a slash command and does nothing else."""

import asyncio
import os

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    base = os.environ["K8SNET_SLACK_BASE_URL"]
    app = AsyncApp(client=AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=base))

    async def k8snet(ack: AsyncAck) -> None:
        await ack()

    app.command("/k8snet")(k8snet)
    token = os.environ["SLACK_APP_TOKEN"]
    handler = AsyncSocketModeHandler(app, token, web_client=AsyncWebClient(token=token, base_url=base))
    await handler.start_async()  # type: ignore[no-untyped-call]  # Bolt has no types there


if __name__ == "__main__":
    asyncio.run(main())
