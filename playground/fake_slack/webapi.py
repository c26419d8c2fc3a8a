"""The Web API over HTTP: `/api/METHOD`, form or JSON. Fault, rate limit, token and scope come before the method.

https://docs.slack.dev/apis/web-api. What a method does lives in `chat`, `views`, `files` and `people`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from playground.fake_slack import chat, files, users_api, views
from playground.fake_slack.core import Core
from playground.fake_slack.faults import Fault, Faults, reset, suffer
from playground.fake_slack.ratelimits import SPECIAL, UNLIMITED, RateLimits
from playground.fake_slack.refusals import RefusalError, scoped
from playground.fake_slack.state import Json

STRUCTURED = ("blocks", "attachments", "view", "files", "metadata", "message")
BOOLEANS = ("link_names", "unfurl_links", "unfurl_media", "reply_broadcast", "mrkdwn", "as_user")


class Method(msgspec.Struct, frozen=True):
    """A method of the Web API: what it does, who may call it, how often."""

    run: Callable[[Core, Json], Awaitable[Json]]
    tier: int = 3
    scopes: tuple[str, ...] = ()
    open_to_all: bool = False


class Call(msgspec.Struct):
    """One call as it came in and as it was answered; `answer` is empty when a fault ate it."""

    method: str
    arguments: Json
    at: float
    status: int = 0
    answer: Json = msgspec.field(default_factory=dict)


METHODS: Mapping[str, Method] = {
    "auth.test": Method(users_api.auth_test, UNLIMITED),
    "chat.postMessage": Method(chat.post_message, SPECIAL, ("chat:write",)),
    "chat.update": Method(chat.update, 3, ("chat:write",)),
    "chat.delete": Method(chat.delete, 3, ("chat:write",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink, UNLIMITED),
    "views.open": Method(views.open_view, 4),
    "views.push": Method(views.push, 4),
    "views.update": Method(views.update, 4),
    "views.publish": Method(views.publish, 4),
    "users.info": Method(users_api.users_info, 4, ("users:read",)),
    "usergroups.users.list": Method(users_api.usergroup_users, 2, ("usergroups:read",)),
    "conversations.info": Method(users_api.conversations_info, 3),
    "conversations.members": Method(users_api.conversations_members, 4),
    "conversations.open": Method(users_api.conversations_open, 3, ("im:write", "mpim:write")),
    "conversations.history": Method(users_api.conversations_history, 3),
    "conversations.replies": Method(users_api.conversations_replies, 3),
    "reactions.add": Method(users_api.reactions_add, 3, ("reactions:write",)),
    "assistant.threads.setStatus": Method(users_api.set_status, UNLIMITED, ("chat:write", "assistant:write")),
    "files.getUploadURLExternal": Method(files.get_upload_url, 4, ("files:write",)),
    "files.completeUploadExternal": Method(files.complete_upload, 4, ("files:write",)),
    "files.info": Method(files.info, 4, ("files:read", "files:write")),
    "blocks.validate": Method(users_api.blocks_validate, 4, open_to_all=True),
    "functions.completeSuccess": Method(users_api.accept, 3),
    "functions.completeError": Method(users_api.accept, 3),
}


class WebApi:
    """Answers the calls of one app. `connect` gives the answer to apps.connections.open."""

    def __init__(self, core: Core, limits: RateLimits, faults: Faults, connect: Callable[[], Json]) -> None:
        self.core = core
        self.limits = limits
        self.faults = faults
        self.bot_token = "xoxb-0-fake"
        self.app_token = "xapp-1-fake"
        self.revoked = False
        self.calls: list[Call] = []
        self._connect = connect

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one HTTP request."""
        name = request.match_info["method"]
        fault = self.faults.due(name)
        if fault is not None and (eaten := await suffer(fault, request)) is not None:
            return eaten
        if fault is not None and fault.kind == "reset":
            return web.Response()
        return await self._answer(request, name, fault)

    async def _answer(self, request: web.Request, name: str, fault: Fault | None) -> web.Response:
        call = Call(method=name, arguments={}, at=self.core.clock.now())
        self.calls.append(call)
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.core.workspace.scopes))}
        try:
            call.arguments = await _arguments(request)
            call.answer = await self._run(name, call.arguments, _token(request, call.arguments), _origin(request))
            call.status = 200
        except RefusalError as refusal:
            call.answer, call.status = refusal.answer, refusal.status
            headers |= refusal.headers
        self.core.changed()
        if fault is not None and fault.kind == "reset-after":
            reset(request)
        return web.json_response(call.answer, status=call.status, headers=headers)

    async def _run(self, name: str, arguments: Json, token: str, origin: str) -> Json:
        if name == "apps.connections.open":
            return self._open_connection(token)
        method = METHODS.get(name)
        if method is None:
            raise RefusalError("unknown_method", req_method=name)
        wait = self.limits.take(name, method.tier, str(arguments.get("channel", "")))
        if wait:
            raise RefusalError("ratelimited", status=429, headers={"Retry-After": str(wait)})
        if not method.open_to_all:
            self._authorize(token)
            scoped(self.core.workspace, method.scopes)
        return await method.run(self.core, arguments | {"origin": origin})

    def _authorize(self, token: str) -> None:
        if not token:
            raise RefusalError("not_authed")
        if token == self.app_token:
            raise RefusalError("not_allowed_token_type")
        if token != self.bot_token:
            raise RefusalError("invalid_auth")
        if self.revoked:
            raise RefusalError("token_revoked")

    def _open_connection(self, token: str) -> Json:
        if token == self.bot_token:
            raise RefusalError("not_allowed_token_type")
        if token != self.app_token:
            raise RefusalError("invalid_auth" if token else "not_authed")
        return self._connect()


async def _arguments(request: web.Request) -> Json:
    """Return the arguments of a call from its query, form or JSON body, with JSON strings taken apart."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        try:
            sent = json.loads(body) if body else {}
        except json.JSONDecodeError:
            raise RefusalError("invalid_json") from None
        if not isinstance(sent, dict):
            raise RefusalError("json_not_object")
        found |= sent
    else:
        found |= dict(await request.post())
    for key in STRUCTURED:
        if isinstance(found.get(key), str):
            found[key] = _parsed(key, found[key])
    for key in BOOLEANS:
        if isinstance(found.get(key), str):
            found[key] = found[key] in {"1", "true", "True"}
    return {key: value for key, value in found.items() if value is not None}


def _parsed(key: str, text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise RefusalError("invalid_blocks_format" if key == "blocks" else "invalid_arguments") from None


def _token(request: web.Request, arguments: Json) -> str:
    own = str(arguments.pop("token", ""))
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else own


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
