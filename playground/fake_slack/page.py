"""A channel as one HTML page that needs nothing else: to read by eye, light and dark, narrow and wide."""

from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files
from typing import Any

from playground.fake_slack import rich_text
from playground.fake_slack.drawing import chart
from playground.fake_slack.rich_text import Span
from playground.fake_slack.state import Channel, Json, Message, Workspace
from playground.fake_slack.transcript import STATUS, cell, clock, control

FACES = ("#4a154b", "#1264a3", "#007a5a", "#b35309", "#86144a", "#3f4652")
TAGS = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}


def page(workspace: Workspace, place: Channel, seen_by: str = "") -> str:
    """Return the page; with `seen_by` also what only that user sees."""
    ephemerals = [
        one for one in workspace.ephemerals if one.seen_by == seen_by and one.channel == place.id and one.shown
    ]
    roots = workspace.in_channel(place.id) + [one for one in ephemerals if not one.thread_ts]
    parts = []
    for root in sorted(roots, key=lambda one: float(one.ts)):
        parts.append(_message(root, workspace))
        replies = workspace.in_thread(place.id, root.ts) + [one for one in ephemerals if one.thread_ts == root.ts]
        if replies:
            inner = "".join(_message(one, workspace) for one in sorted(replies, key=lambda one: float(one.ts)))
            plural = "reply" if len(replies) == 1 else "replies"
            parts.append(f'<p class="count">{len(replies)} {plural}</p><section class="thread">{inner}</section>')
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    title = escape(f"#{place.name}" if place.kind != "im" else place.name)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head>"
        f"<body><main><h1>{title}</h1>{''.join(parts)}</main></body></html>\n"
    )


def _message(one: Message, workspace: Workspace) -> str:
    author = workspace.users[one.user]
    color = FACES[sum(author.id.encode()) % len(FACES)]
    app = '<span class="app">APP</span>' if author.bot else ""
    edited = ' <span class="dim">(edited)</span>' if one.edited else ""
    alone = '<p class="context">Only visible to you</p>' if one.ephemeral else ""
    if one.blocks:
        content = "".join(_block(block, workspace) for block in one.blocks)
    else:
        content = _paragraphs(list(rich_text.mrkdwn(one.text, workspace)))
    content += "".join(f'<p class="card">{escape(file["name"])} · {file["size"]} bytes</p>' for file in one.files)
    return (
        f'<article class="{"ephemeral" if one.ephemeral else ""}">'
        f'<div class="face" style="background:{color}">{escape(author.name[:1].upper())}</div><div>'
        f'{alone}<span class="who">{escape(author.name)}</span>{app}'
        f'<span class="when">{clock(one.ts)}</span>{edited}{content}</div></article>'
    )


def _block(block: Json, workspace: Workspace) -> str:
    return _DRAWN.get(str(block.get("type")), _unknown)(block, workspace)


def _span(one: Span) -> str:
    text = escape(one.text)
    if "pre" in one.styles:
        return f"<pre>{text}</pre>"
    for style, tag in TAGS.items():
        if style in one.styles:
            text = f"<{tag}>{text}</{tag}>"
    if "mention" in one.styles:
        text = f'<span class="mention">{text}</span>'
    # Only what a browser may follow becomes a link; anything else stays text.
    return f'<a href="{escape(one.href)}">{text}</a>' if one.href.startswith(("http://", "https://")) else text


def _paragraphs(runs: list[Span], css: str = "") -> str:
    """Return spans as paragraphs; ``` blocks stand between them, not inside."""
    out, run = "", ""
    for one in runs:
        if "pre" in one.styles:
            out, run = out + _paragraph(run, css) + _span(one), ""
        else:
            run += _span(one)
    return out + _paragraph(run, css)


def _paragraph(html: str, css: str) -> str:
    html = html.strip("\n").replace("\n", "<br>")
    return f'<p class="{css}">{html}</p>' if html and css else f"<p>{html}</p>" if html else ""


def _text(value: Mapping[str, Any] | None, workspace: Workspace, css: str = "") -> str:
    return _paragraphs(rich_text.of_text(value or {}, workspace), css)


def _button(one: Json) -> str:
    if one["type"] == "feedback_buttons":
        halves = (one["positive_button"], one["negative_button"])
        return "".join(f'<span class="button">{escape(half["text"]["text"])}</span>' for half in halves)
    if one["type"] == "overflow":
        labels = " · ".join(option["text"]["text"] for option in one["options"])
        return f'<span class="button" title="{escape(labels)}">⋯</span>'
    return f'<span class="button {escape(one.get("style", ""))}">{escape(control(one).strip("[]"))}</span>'


def _section(block: Json, workspace: Workspace) -> str:
    text = _text(block.get("text"), workspace)
    if block.get("fields"):
        text += f'<div class="fields">{"".join(_text(one, workspace) for one in block["fields"])}</div>'
    accessory = block.get("accessory")
    return f'<div class="with-accessory"><div>{text}</div>{_button(accessory)}</div>' if accessory else text


def _context(block: Json, workspace: Workspace) -> str:
    parts = [
        f"<span>({escape(one['alt_text'])})</span>"
        if one["type"] == "image"
        else _inline(rich_text.of_text(one, workspace))
        for one in block["elements"]
    ]
    return f'<p class="context">{" ".join(parts)}</p>'


def _inline(runs: list[Span]) -> str:
    return "".join(map(_span, runs)).replace("\n", "<br>")


def _actions(block: Json, workspace: Workspace) -> str:
    del workspace
    return f'<div class="controls">{"".join(map(_button, block["elements"]))}</div>'


def _rich_text(block: Json, workspace: Workspace) -> str:
    out = ""
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            tag = "ul" if part["style"] == "bullet" else "ol"
            items = "".join(f"<li>{_rich(item, workspace)}</li>" for item in part["elements"])
            out += f"<{tag}>{items}</{tag}>"
        elif part["type"] == "rich_text_preformatted":
            out += (
                f"<pre>{escape(rich_text.words([rich_text.inline(one, workspace) for one in part['elements']]))}</pre>"
            )
        else:
            tag = "blockquote" if part["type"] == "rich_text_quote" else "p"
            out += f"<{tag}>{_rich(part, workspace)}</{tag}>"
    return out


def _rich(part: Json, workspace: Workspace) -> str:
    return _inline([rich_text.inline(one, workspace) for one in part["elements"]])


def _table(block: Json, workspace: Workspace) -> str:
    rows = [[escape(cell(one, workspace)) for one in row] for row in block["rows"]]
    head = "".join(f"<th>{one}</th>" for one in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in rows[1:])
    caption = f"<figcaption>{escape(block['caption'])}</figcaption>" if block.get("caption") else ""
    return f'<figure>{caption}<div class="scroll"><table><tr>{head}</tr>{body}</table></div></figure>'


def _container(block: Json, workspace: Workspace) -> str:
    inner = "".join(_block(child, workspace) for child in block["child_blocks"])
    opened = "" if block.get("default_collapsed") else " open"
    return f"<details{opened}><summary>{escape(block.get('title', {}).get('text', ''))}</summary>{inner}</details>"


def _plan(block: Json, workspace: Workspace) -> str:
    tasks = "".join(_task(task, workspace) for task in block.get("tasks", ()))
    return f'<div class="plan"><b>{escape(block["title"])}</b>{tasks}</div>'


def _task(block: Json, workspace: Workspace) -> str:
    output = f'<div class="output">{_rich_text(block["output"], workspace)}</div>' if block.get("output") else ""
    return f'<div class="task"><p>{STATUS[block["status"]]} {escape(block["title"])}</p>{output}</div>'


def _card(block: Json, workspace: Workspace) -> str:
    texts = "".join(_text(block[key], workspace) for key in ("title", "subtitle", "body", "subtext") if key in block)
    buttons = "".join(map(_button, block.get("actions", ())))
    return f'<div class="card">{texts}<div class="controls">{buttons}</div></div>'


def _input(block: Json, workspace: Workspace) -> str:
    del workspace
    return f"<p><b>{escape(block['label']['text'])}</b><br>{_button(block['element'])}</p>"


def _unknown(block: Json, workspace: Workspace) -> str:
    del workspace
    return f'<p class="dim">[{escape(str(block.get("type")))}]</p>'


_DRAWN: Mapping[str, Callable[[Json, Workspace], str]] = {
    "header": lambda block, _workspace: f"<h2>{escape(block['text']['text'])}</h2>",
    "section": _section,
    "alert": _section,
    "context": _context,
    "actions": _actions,
    "context_actions": _actions,
    "divider": lambda _block, _workspace: "<hr>",
    "image": lambda block, _workspace: f'<p class="dim">({escape(block["alt_text"])})</p>',
    "markdown": lambda block, _workspace: f"<p>{escape(block['text'])}</p>".replace("\n", "<br>"),
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _table,
    "data_visualization": lambda block, _workspace: chart(block),
    "container": _container,
    "plan": _plan,
    "task_card": _task,
    "card": _card,
    "carousel": lambda block, workspace: "".join(_card(one, workspace) for one in block["elements"]),
    "input": _input,
}
