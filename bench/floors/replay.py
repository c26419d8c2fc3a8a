"""Floor of what reads a cluster: a process that makes the same requests in the same parallelism, and nothing else.

`replay.py RECORDING KUBECONFIG` reads raw bytes. With `--decode` each list is decoded into the words of bot.model, too.
A request waits for the one that had just ended when it began in the recording. A list goes on while the server says so.
"""

import asyncio
import importlib
import json
import re
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes.aio import client, config

Decode = Callable[[str, bytes], Any]
_RESUME = re.compile(rb'"continue":"([^"]+)"')
_HEAD = 400  # bytes of a list that hold its metadata


async def replay(recording: list[dict[str, Any]], kubeconfig: str, decode: Decode | None, kept: list[Any]) -> None:
    """Make every request of the recording; what was decoded is kept, as its reader would."""
    configuration = client.Configuration()
    await config.load_kube_config(kubeconfig, client_configuration=configuration)  # type: ignore[no-untyped-call]  # untyped
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    headers = {"Authorization": configuration.api_key["BearerToken"], "Accept-Encoding": "gzip"}
    connector = aiohttp.TCPConnector(limit=16, ssl=context)
    async with aiohttp.ClientSession(configuration.host, headers=headers, connector=connector) as session:
        tasks: list[asyncio.Task[list[Any]]] = []
        for each in recording:
            after = tasks[each["after"]] if each["after"] is not None else None
            tasks.append(asyncio.create_task(_one(session, each["path"], each["params"], after, decode)))
        kept.extend(await asyncio.gather(*tasks))


async def _one(
    session: aiohttp.ClientSession,
    path: str,
    params: dict[str, str],
    after: Awaitable[Any] | None,
    decode: Decode | None,
) -> list[Any]:
    if after:
        await after
    kept = []
    resume = b""
    while True:
        more = {"continue": resume.decode()} if resume else {}
        async with session.get(path, params={**params, **more}) as reply:
            body = await reply.read()
        if decode and reply.ok:
            kept.append(decode(path, body))
        found = _RESUME.search(body[:_HEAD])
        if not found or "limit" not in params:
            return kept
        resume = found[1]


def into_words(recording: list[dict[str, Any]]) -> Decode:
    """Decode as in the recording, with decoders made once."""
    import msgspec  # noqa: PLC0415 (the raw floor does without)

    from bot.cluster.paging import Page  # noqa: PLC0415 (as above)

    decoders = {}
    for each in recording:
        if each["word"]:
            module, _, name = each["word"].partition(":")
            word: Any = getattr(importlib.import_module(module), name)
            kind = Page[word] if each["is_list"] else word
            decoders[each["path"]] = msgspec.json.Decoder(kind)
    return lambda path, body: decoders[path].decode(body) if path in decoders else body


def main() -> None:
    recording = json.loads(Path(sys.argv[1]).read_text())
    kept: list[Any] = []  # not the result of the task: `asyncio.run` would put that into a string at its end
    asyncio.run(replay(recording, sys.argv[2], into_words(recording) if "--decode" in sys.argv else None, kept))


if __name__ == "__main__":
    main()
