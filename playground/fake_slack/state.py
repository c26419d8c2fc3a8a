"""What a workspace holds: people, channels, messages, views, files. Plain mutable records and the look-ups on them.

No rule of Slack lives here but the forms of its ids: a `ts` is a string, unique inside its channel and growing.
"""

import itertools
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, Literal

import msgspec

Json = dict[str, Any]
ALL_SCOPES = frozenset(
    (
        *("commands", "app_mentions:read", "chat:write", "files:write", "im:history"),
        *("channels:read", "groups:read", "users:read", "usergroups:read"),
        *("channels:history", "groups:history"),
    ),
)


class User(msgspec.Struct, eq=False):
    """A person or the bot. A guest is restricted; a stranger comes from another team through a shared channel.

    `enterprise`: the company of an Enterprise Grid whose workspace `team` is.
    """

    id: str
    name: str
    team: str
    real_name: str = ""
    tz: str = "Europe/Berlin"
    guest: bool = False
    single_channel_guest: bool = False
    stranger: bool = False
    enterprise: str = ""
    bot: bool = False
    deleted: bool = False


class Channel(msgspec.Struct, eq=False):
    """A place for messages. `kind`: public, private or im; `members` holds user ids.

    `refuses`: the code with which a rule of the workspace's admins refuses what the app posts there.
    """

    id: str
    name: str
    kind: Literal["public", "private", "im"] = "public"
    members: set[str] = msgspec.field(default_factory=set)
    archived: bool = False
    ext_shared: bool = False
    pending_ext_shared: bool = False
    refuses: str = ""


class Message(msgspec.Struct, eq=False):
    """One message as it is now, with its past.

    `seen_by`: the only reader of an ephemeral one. `notified`: whom its mentions page, over all its versions.
    `followers`: who took part in its thread when it came. `fetched`: addresses Slack would unfurl.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = msgspec.field(default_factory=list)
    attachments: list[Json] = msgspec.field(default_factory=list)
    files: list[Json] = msgspec.field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str = ""
    seen_by: str = ""
    shown: bool = True
    edited: str = ""
    deleted: bool = False
    subtype: str = ""
    notified: set[str] = msgspec.field(default_factory=set)
    followers: set[str] = msgspec.field(default_factory=set)
    fetched: list[str] = msgspec.field(default_factory=list)
    reactions: dict[str, set[str]] = msgspec.field(default_factory=dict)
    versions: list[tuple[str, list[Json]]] = msgspec.field(default_factory=list)

    @property
    def ephemeral(self) -> bool:
        return bool(self.seen_by)

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def permalink(self) -> str:
        """The path of the message; the host is the team's."""
        return f"/archives/{self.channel}/p{self.ts.replace('.', '')}"

    def block_ids(self) -> frozenset[str]:
        return frozenset(str(block["block_id"]) for block in self.blocks if "block_id" in block)


class View(msgspec.Struct, eq=False):
    """A modal on a person's screen, or their App Home. `errors`: what the last submission was refused for."""

    id: str
    user: str
    content: Json
    hash: str
    root: str = ""
    previous: str = ""
    open: bool = True
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    values: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def home(self) -> bool:
        return self.content.get("type") == "home"

    @property
    def blocks(self) -> list[Json]:
        return list(self.content.get("blocks", ()))


class File(msgspec.Struct, eq=False):
    """An uploaded file. `ready_at`: when Slack has processed it; `shares`: pairs of channel and ts."""

    id: str
    name: str
    length: int
    body: bytes = b""
    title: str = ""
    snippet_type: str = ""
    alt: str = ""
    ready_at: float = 0.0
    complete: bool = False
    shares: list[tuple[str, str]] = msgspec.field(default_factory=list)

    @property
    def is_picture(self) -> bool:
        """Whether its bytes are a PNG: https://www.w3.org/TR/png-3/#5PNG-file-signature."""
        return self.body.startswith(b"\x89PNG\r\n\x1a\n")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a PNG: https://www.w3.org/TR/png-3/#11IHDR."""
        return int.from_bytes(self.body[16:20]), int.from_bytes(self.body[20:24])

    @property
    def kind(self) -> str:
        """Its media type."""
        return "image/png" if self.is_picture else "text/plain"


class Workspace:
    """Everything one team sees, in memory."""

    def __init__(self, *, team: str = "T0ACME", name: str = "Acme", enterprise: str = "") -> None:
        self.team = team
        self.name = name
        self.enterprise = enterprise
        self.scopes: set[str] = set(ALL_SCOPES)
        self.unknown_blocks: set[str] = set()  # types of blocks that this workspace does not have yet
        self.zone = "UTC"  # in which times are shown to whoever looks
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[tuple[str, str], Message] = {}
        self.ephemerals: list[Message] = []
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.groups: dict[str, set[str]] = {}
        self.statuses: dict[tuple[str, str], tuple[str, float]] = {}
        self.bot = self.add_user("k8snet", bot=True, real_name="k8snet")
        self.slackbot = User(id="USLACKBOT", name="slackbot", team=team, real_name="Slackbot")
        self.users[self.slackbot.id] = self.slackbot
        self._ts = 0.0
        self._numbers = itertools.count(1)

    def as_seen_by(self, user: User) -> "Workspace":
        """Return the same workspace, with times in somebody's own zone."""
        seen = copy(self)
        seen.zone = user.tz
        return seen

    def add_user(self, name: str, **fields: Any) -> User:
        """Add a person of this team unless `team` says another."""
        fields.setdefault("team", self.team)
        if fields["team"] == self.team:
            fields.setdefault("enterprise", self.enterprise)
        user = User(id=f"U{_code(name)}", name=name, **fields)
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, members: Iterable[str] = (), *, bot: bool = True, **fields: Any) -> Channel:
        """Add a channel; `members` are names of people, the bot is one of them unless told otherwise."""
        inside = {self.user(member).id for member in members} | ({self.bot.id} if bot else set())
        letter = "D" if fields.get("kind") == "im" else "C"
        channel = Channel(id=f"{letter}{_code(name)}", name=name, members=inside, **fields)
        self.channels[channel.id] = channel
        return channel

    def user(self, name: str) -> User:
        """Find a person by id or name."""
        found = self.users.get(name) or next((user for user in self.users.values() if user.name == name), None)
        if found is None:
            raise KeyError(f"no user {name!r}")
        return found

    def channel(self, name: str | Channel) -> Channel:
        """Find a channel by id or name, with or without its #."""
        if isinstance(name, Channel):
            return name
        plain = name.removeprefix("#")
        found = self.channels.get(name) or next((one for one in self.channels.values() if one.name == plain), None)
        if found is None:
            raise KeyError(f"no channel {name!r}")
        return found

    def direct(self, user: str) -> Channel:
        """Find or open the direct messages between a person and the bot."""
        name = f"dm-{self.user(user).name}"
        existing = next((one for one in self.channels.values() if one.name == name), None)
        return existing or self.add_channel(name, [user], kind="im")

    def next_ts(self, now: float) -> str:
        """Return a ts later than every one before."""
        self._ts = max(now, self._ts + 0.0001)
        return f"{self._ts:.6f}"

    def next_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):010d}"

    def in_channel(self, channel: str) -> list[Message]:
        """Return the messages at the top of a channel, oldest first."""
        return [one for one in self._of(channel) if not one.is_reply]

    def in_thread(self, channel: str, ts: str) -> list[Message]:
        """Return the replies under a root, oldest first, without the root."""
        return [one for one in self._of(channel) if one.is_reply and one.thread_ts == ts]

    def _of(self, channel: str) -> list[Message]:
        return sorted((one for one in self.messages.values() if one.channel == channel), key=lambda one: float(one.ts))


def _code(name: str) -> str:
    """Return a readable id: `ana` becomes `0ANA`, so a failing test says who it was."""
    return "0" + "".join(letter for letter in name.upper() if letter.isalnum())


def rendered(message: Message, workspace: Workspace) -> Json:
    """Return a message as the Web API and payloads show it."""
    author = workspace.users[message.user]
    shown: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.team,
    }
    optional: Mapping[str, Any] = {
        "blocks": message.blocks,
        "attachments": message.attachments,
        "files": message.files,
        "thread_ts": message.thread_ts,
        "subtype": message.subtype,
        "metadata": message.metadata,
        "edited": {"user": message.user, "ts": message.edited} if message.edited else None,
    }
    shown |= {key: value for key, value in optional.items() if value}
    if author.bot:
        shown |= {"bot_id": "B0K8SNET", "app_id": "A0K8SNET"}
    return shown
