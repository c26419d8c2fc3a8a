"""What one person sees at one place of the workspace, as JSON of HTML fragments with keys. Pure.

The page replaces only fragments that changed, so the focus, an opened detail and the scroll position stay.
"""

from html import escape
from typing import Any

from msgspec import Struct

from playground.fake_slack import FakeSlack, Message, View
from playground.fake_slack.page import message_html, replies, roots, view_html
from playground.fake_slack.state import Channel, User
from playground.fake_slack.transcript import notification
from playground.page.tries import TRIES

HOME = "home"
DIRECT = "k8snet"
DIAGNOSE = "k8snet_diagnose_message"


class Where(Struct, frozen=True):
    """Who looks, at which place (a channel's name, `home`, or `k8snet` for direct messages), at which thread."""

    person: str = "ana"
    place: str = "incidents"
    thread: str = ""


class Fragment(Struct, frozen=True):
    """A piece of the page; the same key is the same piece, whose HTML may have changed."""

    key: str
    html: str


class PlaceLink(Struct, frozen=True):
    """An entry of the list of channels. `newest` tells the page whether there is something it has not shown."""

    name: str
    title: str
    note: str = ""
    newest: str = ""


class Modal(Struct, frozen=True):
    """The modal on top of the person's screen."""

    key: str
    view: str
    title: str
    close: str
    submit: str
    html: str


class Screen(Struct, frozen=True):
    """All of it. `closed` says why nothing can be written here; `spoken` is the newest thing the app said."""

    me: str
    people: tuple[tuple[str, str], ...]
    places: tuple[PlaceLink, ...]
    place: str
    title: str
    topic: str
    closed: str
    can_invite: bool
    messages: tuple[Fragment, ...]
    thread: tuple[Fragment, ...]
    status: str
    home: str
    modal: Modal | None
    spoken: tuple[str, str]
    tries: Any = TRIES


def screen(slack: FakeSlack, where: Where) -> Screen:
    """Return the screen; of the person's first channel where the asked one is not theirs. Raises KeyError for no person."""
    user = slack.workspace.user(where.person)
    channel = None if where.place == HOME else _channel(slack, where.place, user)
    home = slack.workspace.homes.get(user.id)
    seen = slack.workspace.as_seen_by(user)
    return Screen(
        me=user.name,
        people=tuple((each.name, _person(each)) for each in slack.workspace.users.values() if not _is_app(each)),
        places=_places(slack, user),
        place=HOME if channel is None else DIRECT if channel.kind == "im" else channel.name,
        title="k8snet" if channel is None or channel.kind == "im" else f"#{channel.name}",
        topic=_topic(slack, channel),
        closed=_closed(channel),
        can_invite=bool(channel) and not _closed(channel) and slack.workspace.bot.id not in _members(channel),
        messages=tuple(_fragment(slack, each, user) for each in roots(slack.workspace, channel, user.id))
        if channel
        else (),
        thread=_thread(slack, channel, user, where.thread) if channel and where.thread else (),
        status=slack.status(channel, where.thread) if channel and where.thread else "",
        home=view_html(home, seen) if home and where.place == HOME else "",
        modal=_modal(slack, user),
        spoken=_spoken(slack, user),
    )


def _members(channel: Channel | None) -> set[str]:
    return channel.members if channel else set()


def _channel(slack: FakeSlack, name: str, user: User) -> Channel:
    if name == DIRECT:
        return slack.workspace.direct(user.name)
    theirs = [each for each in slack.workspace.channels.values() if user.id in each.members and each.kind != "im"]
    return next((each for each in theirs if each.name == name), theirs[0])


def _is_app(user: User) -> bool:
    return user.bot or user.id == "USLACKBOT"


def _person(user: User) -> str:
    kind = " (guest)" if user.guest else " (another company)" if user.stranger else ""
    return f"{user.real_name or user.name}{kind}"


def _places(slack: FakeSlack, user: User) -> tuple[PlaceLink, ...]:
    mine = [each for each in slack.workspace.channels.values() if user.id in each.members and each.kind != "im"]
    links = [PlaceLink(each.name, f"#{each.name}", _note(slack, each), _newest(slack, each, user)) for each in mine]
    direct = next((each for each in slack.workspace.channels.values() if each.name == f"dm-{user.name}"), None)
    newest = _newest(slack, direct, user) if direct else ""
    return (*links, PlaceLink(DIRECT, "k8snet", "direct messages", newest), PlaceLink(HOME, "k8snet Home"))


def _note(slack: FakeSlack, channel: Channel) -> str:
    if channel.archived:
        return "archived"
    if channel.ext_shared:
        return "shared"
    kind = "private" if channel.kind == "private" else ""
    return kind if slack.workspace.bot.id in channel.members else ", ".join(filter(None, (kind, "without k8snet")))


def _newest(slack: FakeSlack, channel: Channel, user: User) -> str:
    mine = (*slack.workspace.ephemerals, *slack.workspace.messages.values())
    seen = (each.ts for each in mine if each.channel == channel.id and each.seen_by in ("", user.id))
    return max(seen, key=float, default="")


def _topic(slack: FakeSlack, channel: Channel | None) -> str:
    if channel is None:
        return "App Home"
    if channel.kind == "im":
        return "Direct messages with the app"
    names = sorted(slack.workspace.users[each].name for each in channel.members)
    return " · ".join(filter(None, (_note(slack, channel), ", ".join(names))))


def _closed(channel: Channel | None) -> str:
    return "This channel is archived." if channel and channel.archived else ""


def _thread(slack: FakeSlack, channel: Channel, user: User, ts: str) -> tuple[Fragment, ...]:
    root = next((each for each in roots(slack.workspace, channel, user.id) if each.ts == ts), None)
    if root is None:
        return ()
    found = (root, *replies(slack.workspace, channel, ts, user.id))
    return tuple(_fragment(slack, each, user, in_thread=True) for each in found)


def _fragment(slack: FakeSlack, message: Message, user: User, *, in_thread: bool = False) -> Fragment:
    tools = "" if message.ephemeral else _tools(slack, message, user, in_thread=in_thread)
    seen = slack.workspace.as_seen_by(user)
    return Fragment(message.ts, message_html(message, seen, tools, address=lambda file: f"/files/{file.id}"))


def _tools(slack: FakeSlack, message: Message, user: User, *, in_thread: bool) -> str:
    """Return what the client itself offers at a message: its thread, and the app's entry of the message menu."""
    channel = slack.workspace.channels[message.channel]
    below = replies(slack.workspace, channel, message.ts, user.id)
    plural = "reply" if len(below) == 1 else "replies"
    opened = f"{len(below)} {plural}" if below else "Reply in Thread"
    who = slack.workspace.users[message.user].name
    named = f'aria-label="{opened}, to the message of {escape(who)}"'
    reply = (
        ""
        if in_thread
        else f'<button type="button" data-act="thread" class="tool{" count" if below else ""}" {named}>{opened}</button>'
    )
    menu = (
        f'<button type="button" data-act="shortcut" data-action="{DIAGNOSE}" class="tool">Diagnose with k8snet</button>'
        if channel.kind != "im" and not slack.workspace.users[message.user].bot
        else ""
    )
    return f'<div class="tools">{reply}{menu}</div>' if reply or menu else ""


def _modal(slack: FakeSlack, user: User) -> Modal | None:
    open_ones = slack.person(user.name).views
    if not open_ones:
        return None
    top: View = open_ones[-1]

    def words(key: str) -> str:
        return str((top.content.get(key) or {}).get("text", ""))

    key = f"{top.id}.{top.hash}.{len(top.errors)}"
    html = view_html(top, slack.workspace.as_seen_by(user))
    return Modal(key, top.id, words("title"), words("close") or "Close", words("submit"), html)


def _spoken(slack: FakeSlack, user: User) -> tuple[str, str]:
    """Return the newest words of the app that this person sees, as a notification shows them, with a key."""
    mine = {each.id for each in slack.workspace.channels.values() if user.id in each.members}
    said = (*slack.workspace.messages.values(), *slack.workspace.ephemerals)
    seen = [each for each in said if each.user == slack.workspace.bot.id and each.channel in mine]
    seen = [each for each in seen if each.seen_by in ("", user.id)]
    if not seen:
        return ("", "")
    newest = max(seen, key=lambda each: float(each.edited or each.ts))
    return (f"{newest.ts}.{newest.edited}", notification(newest, slack.workspace.as_seen_by(user)))
