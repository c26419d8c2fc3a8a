"""Block Kit as HTML. Pure; every text of a message is escaped where it becomes HTML, so it stays text."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from playground.fake_slack import rich_text
from playground.fake_slack.control_html import control
from playground.fake_slack.drawing import chart
from playground.fake_slack.rich_text import Span
from playground.fake_slack.state import Json, Workspace
from playground.fake_slack.transcript import STATUS, cell

TAGS = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}


def block_html(block: Json, workspace: Workspace) -> str:
    """Return one block."""
    return _DRAWN.get(str(block.get("type")), _unknown)(block, workspace)


def attachment_html(one: Json, workspace: Workspace) -> str:
    """Return one of a message's attachments, as alerts use them: https://docs.slack.dev/legacy/legacy-messaging."""
    if one.get("blocks"):
        inner = "".join(block_html(block, workspace) for block in one["blocks"])
    else:
        texts = [str(one[key]) for key in ("pretext", "title", "text") if one.get(key)]
        texts += [f"*{field.get('title', '')}* {field.get('value', '')}" for field in one.get("fields", ())]
        shown = texts or [str(one.get("fallback", ""))]
        inner = "".join(paragraphs(list(rich_text.mrkdwn(text, workspace))) for text in shown)
    return f'<div class="attachment">{inner}</div>'


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


def paragraphs(runs: list[Span], css: str = "") -> str:
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
    return paragraphs(rich_text.of_text(value or {}, workspace), css)


def _section(block: Json, workspace: Workspace) -> str:
    text = _text(block.get("text"), workspace)
    if block.get("fields"):
        text += f'<div class="fields">{"".join(_text(one, workspace) for one in block["fields"])}</div>'
    accessory = block.get("accessory")
    return f'<div class="with-accessory"><div>{text}</div>{control(accessory, workspace)}</div>' if accessory else text


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
    return f'<div class="controls">{"".join(control(each, workspace) for each in block["elements"])}</div>'


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
    table = f"<table><tr>{head}</tr>{body}</table>"
    return f'<figure>{caption}<div class="scroll" tabindex="0" role="group" aria-label="Table">{table}</div></figure>'


def _container(block: Json, workspace: Workspace) -> str:
    inner = "".join(block_html(child, workspace) for child in block["child_blocks"])
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
    buttons = "".join(control(each, workspace) for each in block.get("actions", ()))
    return f'<div class="card">{texts}<div class="controls">{buttons}</div></div>'


def _input(block: Json, workspace: Workspace) -> str:
    """Return a field with its label, hint and room for what the app says against it."""
    label = block["label"]["text"]
    waits = not block.get("dispatch_action")
    optional = ' <span class="dim">(optional)</span>' if block.get("optional") else ""
    hint = f'<p class="context">{escape(block["hint"]["text"])}</p>' if block.get("hint") else ""
    field = control(block["element"], workspace, label=label, waits=waits, needed=not block.get("optional"))
    marks = f'class="field" data-block="{escape(str(block.get("block_id", "")))}"'
    return f'<div {marks}><p><b>{escape(label)}</b>{optional}</p>{field}{hint}<p class="wrong"></p></div>'


def _unknown(block: Json, workspace: Workspace) -> str:
    del workspace
    return f'<p class="dim">[{escape(str(block.get("type")))}]</p>'


_DRAWN: Mapping[str, Callable[[Json, Workspace], str]] = {
    "header": lambda block, _workspace: f"<h3>{escape(block['text']['text'])}</h3>",
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
