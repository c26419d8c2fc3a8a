"""A channel as plain text, as a person sees it: roots, threads indented, buttons in brackets, code in a frame."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from playground.fake_slack import rich_text
from playground.fake_slack.state import Channel, Json, Message, View, Workspace

STATUS = {"pending": "○", "in_progress": "◐", "complete": "●", "error": "✕"}
BARS = "▁▂▃▄▅▆▇█"


def channel(workspace: Workspace, place: Channel, seen_by: str = "") -> str:
    """Return everything in a channel; with `seen_by` also what only that user sees."""
    lines = [f"#{place.name}" if place.kind != "im" else place.name]
    ephemerals = [
        one for one in workspace.ephemerals if one.seen_by == seen_by and one.channel == place.id and one.shown
    ]
    roots = workspace.in_channel(place.id) + [one for one in ephemerals if not one.thread_ts]
    for root in sorted(roots, key=lambda one: float(one.ts)):
        lines += message(root, workspace)
        replies = workspace.in_thread(place.id, root.ts) + [one for one in ephemerals if one.thread_ts == root.ts]
        for reply in sorted(replies, key=lambda one: float(one.ts)):
            lines += [f"    {line}".rstrip() for line in message(reply, workspace)]
    return "\n".join(lines) + "\n"


def message(one: Message, workspace: Workspace) -> list[str]:
    """Return one message: a line with time and author, then its content, indented."""
    marks = ("edited" if one.edited else "", "only you see this" if one.ephemeral else "")
    extra = "".join(f" ({mark})" for mark in marks if mark)
    content = body(one, workspace)
    head = f"{clock(one.ts)} {workspace.users[one.user].name}{extra}: "
    if len(content) == 1 and not one.is_reply:
        return [head + content[0]]
    return [head.rstrip(), *(f"  {line}".rstrip() for line in content)]


def body(one: Message, workspace: Workspace) -> list[str]:
    """Return what a message shows: its blocks, or its text when it has none; then its files and reactions."""
    if one.blocks:
        lines = [line for block in one.blocks for line in block_lines(block, workspace)]
    else:
        lines = rich_text.words(list(rich_text.mrkdwn(one.text, workspace))).splitlines() or [""]
    lines += [f"[file {file['title']}, {file['size']} bytes]{_alt(file)}" for file in one.files]
    lines += [f"{rich_text.EMOJI.get(name, name)} {len(users)}" for name, users in one.reactions.items()]
    return lines


def _alt(file: Json) -> str:
    return f": {file['alt_txt']}" if file["alt_txt"] else ""


def view(one: View, workspace: Workspace) -> str:
    """Return a modal or App Home as text."""
    title = one.content.get("title", {}).get("text", "Home")
    lines = [f"╭ {title}"]
    lines += [f"│ {line}".rstrip() for block in one.blocks for line in block_lines(block, workspace)]
    lines += [f"│ ! {error}" for error in one.errors.values()]
    buttons = [one.content[key]["text"] for key in ("close", "submit") if one.content.get(key)]
    lines.append("╰ " + " ".join(f"[{label}]" for label in buttons))
    return "\n".join(lines) + "\n"


def notification(one: Message, workspace: Workspace) -> str:
    """Return what a lock screen shows: only the text, whatever the blocks say."""
    return f"{workspace.users[one.user].name}: {rich_text.words(list(rich_text.mrkdwn(one.text, workspace)))}"


def spoken(one: Message, workspace: Workspace) -> str:
    """Return what a screen reader says: the text, then the labels of what can be pressed and alternative texts."""
    said = [rich_text.words(list(rich_text.mrkdwn(one.text, workspace)))]
    for block in one.blocks:
        for element in [block, block.get("accessory") or {}, *block.get("elements", ())]:
            if element.get("alt_text"):
                said.append(f"image: {element['alt_text']}")
            if element.get("type") == "button":
                said.append(f"button: {element.get('accessibility_label') or element['text']['text']}")
            if element.get("type") == "feedback_buttons":
                halves = (element["positive_button"], element["negative_button"])
                said += [f"button: {half.get('accessibility_label') or half['text']['text']}" for half in halves]
    said += [f"image: {file['alt_txt']}" for file in one.files if file["alt_txt"]]
    return "\n".join(said)


def clock(ts: str, zone: str = "UTC") -> str:
    return f"{datetime.fromtimestamp(float(ts), ZoneInfo(zone)):%H:%M}"


def block_lines(block: Json, workspace: Workspace) -> list[str]:
    """Return one block as lines."""
    draw = _DRAWN.get(str(block.get("type")), _unknown)
    return list(draw(block, workspace))


def _text(value: Mapping[str, Any] | None, workspace: Workspace) -> list[str]:
    """Return a text object as lines; a ``` block in a frame."""
    lines: list[str] = []
    run = ""
    for span in rich_text.of_text(value or {}, workspace):
        if "pre" in span.styles:
            lines += [*run.strip("\n").splitlines(), *_frame(span.text)]
            run = ""
        else:
            run += rich_text.words([span])
    return lines + run.strip("\n").splitlines()


def _frame(text: str) -> list[str]:
    return [f"  ┃ {line}" for line in text.splitlines() or [""]]


def _header(block: Json, workspace: Workspace) -> Iterator[str]:
    text = rich_text.words(rich_text.of_text(block["text"], workspace))
    yield f"## {text}"


def _section(block: Json, workspace: Workspace) -> Iterator[str]:
    lines = _text(block.get("text"), workspace) if "text" in block else []
    for field in block.get("fields", ()):
        lines += _text(field, workspace)
    accessory = block.get("accessory")
    if accessory and lines:
        lines[-1] += f"   {control(accessory)}"
    yield from lines


def _context(block: Json, workspace: Workspace) -> Iterator[str]:
    parts = [
        f"({one['alt_text']})" if one["type"] == "image" else " ".join(_text(one, workspace))
        for one in block["elements"]
    ]
    yield "· " + "  ".join(parts)


def _actions(block: Json, workspace: Workspace) -> Iterator[str]:
    del workspace
    yield " ".join(control(one) for one in block["elements"])


def control(one: Json) -> str:
    """Return a button, menu or input in brackets."""
    kind = one["type"]
    if kind in {"button", "icon_button"}:
        return f"[{one['text']['text']}]"
    if kind == "feedback_buttons":
        return f"[{one['positive_button']['text']['text']}] [{one['negative_button']['text']['text']}]"
    labels = " | ".join(option["text"]["text"] for option in one.get("options", ()))
    if kind == "overflow":
        return f"[⋯ {labels}]"
    if kind == "image":
        return f"({one['alt_text']})"
    mark = "○ " if kind in {"radio_buttons", "checkboxes"} else "▾ "
    hint = one.get("placeholder", {}).get("text", "")
    initial = one.get("initial_option", {}).get("text", {}).get("text", one.get("initial_value", ""))
    return f"[{mark}{initial or labels or hint}]" if kind != "plain_text_input" else f"[{initial or hint or '      '}]"


def _rich_text(block: Json, workspace: Workspace) -> Iterator[str]:
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            indent = "  " * int(part.get("indent", 0))
            for number, item in enumerate(part["elements"], start=1):
                mark = "•" if part["style"] == "bullet" else f"{number}."
                yield f"{indent}{mark} {_inline(item, workspace)}"
            continue
        text = _inline(part, workspace)
        if part["type"] == "rich_text_preformatted":
            yield from _frame(text)
        elif part["type"] == "rich_text_quote":
            yield from (f"| {line}" for line in text.splitlines())
        else:
            yield from text.splitlines()


def _inline(part: Json, workspace: Workspace) -> str:
    return rich_text.words([rich_text.inline(one, workspace) for one in part["elements"]])


def cell(one: Json, workspace: Workspace) -> str:
    """Return a table cell as characters."""
    if one["type"] == "rich_text":
        return " ".join(_rich_text(one, workspace))
    if one["type"] == "action_cell":
        return control(one["element"])
    return str(one.get("text", one.get("value", "")))


def _table(block: Json, workspace: Workspace) -> Iterator[str]:
    if block.get("caption"):
        yield str(block["caption"])
    rows = [[cell(one, workspace) for one in row] for row in block["rows"]]
    widths = [
        max(len(row[column]) if column < len(row) else 0 for row in rows) for column in range(max(map(len, rows)))
    ]
    for number, row in enumerate(rows):
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)).rstrip()
        if number == 0:
            yield "  ".join("─" * width for width in widths)


def _chart(block: Json, workspace: Workspace) -> Iterator[str]:
    del workspace
    yield f"▤ {block['title']}"
    chart = block["chart"]
    for segment in chart.get("segments", ()):
        yield f"  {segment['label']}: {segment['value']}"
    for series in chart.get("series", ()):
        values = [float(point["value"]) for point in series["data"]]
        top = max([*values, 1.0])
        bars = "".join(BARS[round(value / top * (len(BARS) - 1))] for value in values)
        yield f"  {series['name']} {bars} ({', '.join(f'{value:g}' for value in values)})"


def _container(block: Json, workspace: Workspace) -> Iterator[str]:
    title = block.get("title", {}).get("text", "")
    mark = "▸" if block.get("default_collapsed") else "▾"
    yield f"{mark} {title}"
    for child in block["child_blocks"]:
        yield from (f"  {line}" for line in block_lines(child, workspace))


def _plan(block: Json, workspace: Workspace) -> Iterator[str]:
    yield str(block["title"])
    for task in block.get("tasks", ()):
        yield from (f"  {line}" for line in _task(task, workspace))


def _task(block: Json, workspace: Workspace) -> Iterator[str]:
    output = " ".join(_rich_text(block["output"], workspace)) if block.get("output") else ""
    yield f"{STATUS[block['status']]} {block['title']}{f'  {output}' if output else ''}"


def _card(block: Json, workspace: Workspace) -> Iterator[str]:
    for key in ("title", "subtitle", "body", "subtext"):
        if key in block:
            yield from _text(block[key], workspace)
    if block.get("actions"):
        yield " ".join(control(one) for one in block["actions"])


def _input(block: Json, workspace: Workspace) -> Iterator[str]:
    del workspace
    optional = " (optional)" if block.get("optional") else ""
    yield f"{block['label']['text']}{optional}: {control(block['element'])}"
    if block.get("hint"):
        yield f"  {block['hint']['text']}"


def _carousel(block: Json, workspace: Workspace) -> Iterator[str]:
    for one in block["elements"]:
        yield from _card(one, workspace)


def _unknown(block: Json, workspace: Workspace) -> Iterator[str]:
    del workspace
    yield f"[{block.get('type')}]"


_DRAWN: Mapping[str, Callable[[Json, Workspace], Iterator[str]]] = {
    "header": _header,
    "section": _section,
    "alert": _section,
    "context": _context,
    "actions": _actions,
    "context_actions": _actions,
    "divider": lambda _block, _workspace: iter(("─" * 40,)),
    "image": lambda block, _workspace: iter((f"({block['alt_text']})",)),
    "markdown": lambda block, _workspace: iter(str(block["text"]).splitlines()),
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _table,
    "data_visualization": _chart,
    "container": _container,
    "plan": _plan,
    "task_card": _task,
    "card": _card,
    "carousel": _carousel,
    "input": _input,
}
