"""A channel, a modal or App Home as one HTML page that needs nothing else: to read by eye, light and dark, narrow and wide."""

from base64 import b64encode
from collections.abc import Callable
from html import escape
from importlib.resources import files

from playground.fake_slack import rich_text
from playground.fake_slack.block_html import attachment_html, block_html, paragraphs
from playground.fake_slack.state import Channel, File, Message, View, Workspace
from playground.fake_slack.transcript import clock

_FACES = 6


def page(workspace: Workspace, place: Channel, seen_by: str = "") -> str:
    """Return the page of a channel; with `seen_by` also what only that user sees."""
    parts = []
    for root in roots(workspace, place, seen_by):
        parts.append(message_html(root, workspace))
        inner = "".join(message_html(one, workspace) for one in replies(workspace, place, root.ts, seen_by))
        if inner:
            parts.append(f'<section class="thread">{inner}</section>')
    return _page(f"#{place.name}" if place.kind != "im" else place.name, "".join(parts))


def view_page(workspace: Workspace, view: View) -> str:
    """Return the page of a modal or App Home."""
    return _page(view.content.get("title", {}).get("text", "Home"), view_html(view, workspace))


def roots(workspace: Workspace, place: Channel, seen_by: str) -> list[Message]:
    """Return what stands at the top of a channel for that user, oldest first."""
    own = [one for one in _ephemerals(workspace, place, seen_by) if not one.thread_ts]
    return sorted(workspace.in_channel(place.id) + own, key=lambda one: float(one.ts))


def replies(workspace: Workspace, place: Channel, ts: str, seen_by: str) -> list[Message]:
    """Return a thread for that user, oldest first, without its root."""
    own = [one for one in _ephemerals(workspace, place, seen_by) if one.thread_ts == ts]
    return sorted(workspace.in_thread(place.id, ts) + own, key=lambda one: float(one.ts))


def inlined(file: File) -> str:
    """Return an address that holds the file itself: https://www.rfc-editor.org/rfc/rfc2397."""
    return f"data:{file.kind};base64,{b64encode(file.body).decode()}"


def message_html(
    one: Message, workspace: Workspace, tools: str = "", *, address: Callable[[File], str] = inlined
) -> str:
    """Return one message; `tools` is HTML that stands below it, `address` says where its files are read."""
    author = workspace.users[one.user]
    app = '<span class="app">APP</span>' if author.bot else ""
    edited = ' <span class="dim">(edited)</span>' if one.edited else ""
    alone = '<p class="context">Only visible to you</p>' if one.ephemeral else ""
    files_html = "".join(file_html(workspace.files[file["id"]], address) for file in one.files)
    return (
        f'<article class="message{" ephemeral" if one.ephemeral else ""}" data-channel="{escape(one.channel)}" '
        f'data-ts="{escape(one.ts)}"><div class="face face-{sum(author.id.encode()) % _FACES}" aria-hidden="true">'
        f'{escape(author.name[:1].upper())}</div><div class="said">'
        f'{alone}<span class="who">{escape(author.name)}</span>{app}'
        f'<time class="when">{clock(one.ts, workspace.zone)}</time>{edited}'
        f"{_content(one, workspace)}{files_html}{tools}</div></article>"
    )


def file_html(file: File, address: Callable[[File], str]) -> str:
    """Return a file as clients show it: a picture with its alternative text, anything else as a card."""
    if file.is_picture:
        width, height = file.size  # so that a list keeps its place while it loads
        source = escape(address(file))
        shown = f'<img src="{source}" width="{width}" height="{height}" alt="{escape(file.alt)}">'
        if address is not inlined:
            shown = f'<a href="{source}" target="_blank" rel="noopener">{shown}</a>'
        return f'<figure class="picture"><figcaption>{escape(file.title)}</figcaption>{shown}</figure>'
    return f'<p class="card">{escape(file.title or file.name)} · {file.length} bytes</p>'


def view_html(view: View, workspace: Workspace) -> str:
    """Return the blocks of a modal or App Home, and what its last submission was refused for."""
    wrong = "".join(f'<p class="wrong" role="alert">{escape(each)}</p>' for each in view.errors.values())
    return wrong + "".join(block_html(block, workspace) for block in view.blocks)


def _content(one: Message, workspace: Workspace) -> str:
    blocks = "".join(block_html(block, workspace) for block in one.blocks)
    attached = "".join(attachment_html(each, workspace) for each in one.attachments)
    return (blocks or paragraphs(list(rich_text.mrkdwn(one.text, workspace)))) + attached


def _ephemerals(workspace: Workspace, place: Channel, seen_by: str) -> list[Message]:
    return [one for one in workspace.ephemerals if one.seen_by == seen_by and one.channel == place.id and one.shown]


def _page(title: str, inner: str) -> str:
    style = files(__package__).joinpath("messages.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f'<body class="transcript"><main><h1>{escape(title)}</h1>{inner}</main></body></html>\n'
    )
