"""How a payload reaches the app: by Socket Mode or as a signed HTTP request, with Slack's patience and retries.

Three seconds to answer, three retries for events and none for what a person did:
https://docs.slack.dev/apis/events-api#retries, https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
import msgspec

from playground.fake_slack.core import Core
from playground.fake_slack.socketmode import Sockets, UnreachableError
from playground.fake_slack.state import Json

Kind = Literal["events_api", "slash_commands", "interactive"]
Signature = Literal["right", "wrong", "stale"]


class Attempt(msgspec.Struct):
    """One try. `seconds` is real time from sending to answer; `outcome` is "ok" or Slack's retry reason."""

    number: int
    outcome: str = ""
    seconds: float = 0.0
    connection: int = 0
    status: int = 0


class Delivery(msgspec.Struct, eq=False):
    """One payload on its way: its tries and what the app answered."""

    kind: Kind
    payload: Json
    envelope_id: str
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    response: Json = msgspec.field(default_factory=dict)
    done: bool = False

    @property
    def acknowledged(self) -> bool:
        return bool(self.attempts) and self.attempts[-1].outcome == "ok"

    @property
    def ack_seconds(self) -> float:
        """How long the app took to acknowledge, at the try that worked."""
        return self.attempts[-1].seconds if self.acknowledged else float("inf")


class Postman:
    """Carries payloads to one app. `request_url` empty means Socket Mode."""

    def __init__(self, core: Core, sockets: Sockets, *, request_url: str = "", signing_secret: str = "") -> None:
        self.core = core
        self.sockets = sockets
        self.request_url = request_url
        self.signing_secret = signing_secret
        self.signature: Signature = "right"
        self.patience = 3.0
        self.retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.duplicates = 0
        self.repeats = 0
        self.deliveries: list[Delivery] = []

    async def deliver(self, kind: Kind, payload: Json) -> Delivery:
        """Deliver once, wait for the acknowledgement; an event that fails is tried again in the background."""
        delivery = Delivery(kind=kind, payload=payload, envelope_id=self.core.workspace.next_id("envelope-"))
        self.deliveries.append(delivery)
        no_retry = await self._attempt(delivery, 0, "")
        for _ in range(self.repeats):
            await self._attempt(delivery, 0, "")
        if kind == "events_api" and not delivery.acknowledged and not no_retry:
            self.core.spawn(self._retry(delivery))
        else:
            delivery.done = True
        return delivery

    async def event(self, payload: Json) -> Delivery:
        """Deliver an event, and its doubles under other event ids: node-slack-sdk#2141 saw eleven."""
        first = await self.deliver("events_api", payload)
        for _ in range(self.duplicates):
            await self.deliver("events_api", payload | {"event_id": self.core.workspace.next_id("Ev")})
        return first

    async def _retry(self, delivery: Delivery) -> None:
        for number, delay in enumerate(self.retry_delays, start=1):
            await self.core.clock.sleep(delay)
            if await self._attempt(delivery, number, delivery.attempts[-1].outcome) or delivery.acknowledged:
                break
        delivery.done = True
        self.core.changed()

    async def _attempt(self, delivery: Delivery, number: int, reason: str) -> bool:
        """Try once; True when the app asked not to be tried again."""
        attempt = Attempt(number=number)
        delivery.attempts.append(attempt)
        started = time.monotonic()
        send = self._by_http if self.request_url else self._by_socket
        no_retry = await send(delivery, attempt, reason)
        attempt.seconds = time.monotonic() - started
        self.core.changed()
        return no_retry

    async def _by_socket(self, delivery: Delivery, attempt: Attempt, reason: str) -> bool:
        envelope = {
            "envelope_id": delivery.envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt.number, "retry_reason": reason}
        try:
            attempt.connection, awaited = await self.sockets.send(envelope)
            delivery.response = await self._in_time(awaited)
            attempt.outcome = "ok"
        except UnreachableError:
            attempt.outcome = "connection_failed"
        except TimeoutError:
            attempt.outcome = "http_timeout"
        return False

    async def _in_time(self, awaited: asyncio.Future[Json]) -> Json:
        """Wait on the fake's clock, so that a test can let time run out."""
        alarm = asyncio.ensure_future(self.core.clock.sleep(self.patience))
        both: tuple[asyncio.Future[Any], ...] = (awaited, alarm)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
        if not awaited.done():
            awaited.cancel()  # nobody waits for it any more, also where the connection is lost later
            raise TimeoutError
        return awaited.result()

    async def _by_http(self, delivery: Delivery, attempt: Attempt, reason: str) -> bool:
        body, content_type = _body(delivery)
        headers = {"Content-Type": content_type, **self._signed(body)}
        if attempt.number:
            headers |= {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": reason}
        timeout = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.request_url, data=body, headers=headers) as answer,
            ):
                text = await answer.text()
        except TimeoutError:
            attempt.outcome = "http_timeout"
            return False
        except aiohttp.ClientError:
            attempt.outcome = "connection_failed"
            return False
        attempt.status = answer.status
        attempt.outcome = "ok" if answer.ok else "http_error"
        delivery.response = _answered(text) if answer.ok else {}
        return answer.headers.get("X-Slack-No-Retry") == "1"

    def _signed(self, body: str) -> dict[str, str]:
        age = 6 * 60 if self.signature == "stale" else 0
        stamp = str(int(time.time()) - age)
        secret = self.signing_secret if self.signature != "wrong" else self.signing_secret + "x"
        digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _body(delivery: Delivery) -> tuple[str, str]:
    """Events are JSON, commands a form, interactions a form with one JSON field."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload), "application/json"
    form = delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


def _answered(text: str) -> Json:
    try:
        answer = json.loads(text) if text else {}
    except json.JSONDecodeError:
        return {"text": text}
    return answer if isinstance(answer, dict) else {}
