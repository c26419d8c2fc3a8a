"""For every limit of Block Kit the last legal value and the first illegal one, as blocks or views.

A pair: name, surface, legal, illegal, the code of the problem. What `legal` and `illegal` hold is a list of blocks, or a
whole message or view when it is a dict.
"""

import json
from collections.abc import Callable
from typing import Any

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str = "ok", **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def button(label: str = "Run", **more: Any) -> Block:
    return {"type": "button", "action_id": "b", "text": plain(label), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def buttons(many: int) -> list[Block]:
    return [actions(*(button(action_id=f"b{number}") for number in range(many)))]


def option(text: str = "one", value: str = "1") -> Block:
    return {"text": plain(text), "value": value}


def menu(kind: str, many: int = 1, **more: Any) -> Block:
    return {"type": kind, "action_id": "m", "options": [option(value=str(n)) for n in range(many)], **more}


def typed(kind: str = "plain_text_input", **more: Any) -> Block:
    return {"type": "input", "label": plain("Port"), "element": {"type": kind, "action_id": "t", **more}}


def rich(*parts: Block) -> Block:
    return {"type": "rich_text", "elements": list(parts)}


def line(text: str = "ok") -> Block:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}


def run(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def linked(label: str) -> Block:
    return {"type": "link", "url": "https://a.b", "text": label}


def listed(indent: int) -> Block:
    return rich({"type": "rich_text_list", "style": "bullet", "indent": indent, "elements": [line()]})


def table(rows: int = 1, cells: int = 1, text: str = "x") -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text} for _ in range(cells)] for _ in range(rows)]}


def data_table(rows: int = 2, cells: int = 1, text: str = "x", **more: Any) -> Block:
    return {**table(rows, cells, text), "type": "data_table", "caption": "Pods", **more}


def chart(points: int = 2, series: int = 1, *, title: str = "Failing", label: str = "d", **more: Any) -> Block:
    labels = [f"{label}{number}" for number in range(points)]
    drawn = [{"name": f"s{n}", "data": [{"label": one, "value": 1} for one in labels]} for n in range(series)]
    inner = {"type": "line", "series": drawn, "axis_config": {"categories": labels, "x_label": "Day"}, **more}
    return {"type": "data_visualization", "title": title, "chart": inner}


def pie(segments: int) -> Block:
    inner = {"type": "pie", "segments": [{"label": f"s{number}", "value": 1} for number in range(segments)]}
    return {"type": "data_visualization", "title": "Share", "chart": inner}


def container(*children: Block, **more: Any) -> Block:
    return {"type": "container", "title": plain("Evidence"), "child_blocks": list(children), **more}


def folded(**more: Any) -> Block:
    return container(section(), default_collapsed=True, **more)


def ruled(**more: Any) -> Block:
    return container(section(), has_header_divider=True, **more)


def ragged() -> list[list[Block]]:
    return [*table(1, 1)["rows"], *table(1, 2)["rows"]]


def task(number: int = 0, status: str = "complete") -> Block:
    return {"type": "task_card", "task_id": f"t{number}", "title": "Resolved", "status": status}


def plan(tasks: int) -> Block:
    return {"type": "plan", "title": "Checking", "tasks": [task(number) for number in range(tasks)]}


def card(**more: Any) -> Block:
    return {"type": "card", "title": plain("One"), **more}


def modal(**more: Any) -> Block:
    return {"type": "modal", "title": plain("Evidence"), "blocks": [section()], **more}


def confirm(**more: Any) -> Block:
    own = {"title": plain("Sure"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No"), **more}
    return actions(button(confirm=own))


def feedback(many: int) -> Block:
    halves = {side: {"text": plain("Good"), "value": "1"} for side in ("positive_button", "negative_button")}
    elements = [{"type": "feedback_buttons", "action_id": f"f{number}", **halves} for number in range(many)]
    return {"type": "context_actions", "elements": elements}


def image(**more: Any) -> Block:
    return {"type": "image", "alt_text": "A map", "slack_file": {"id": "F1"}, **more}


def x(many: int) -> str:
    return "x" * many


def sized(total: int) -> list[Block]:
    """Return blocks whose JSON has exactly `total` bytes."""
    blocks = [section(x(2900), block_id=str(number)) for number in range(total // 3100 + 1)]
    size = len(json.dumps(blocks, separators=(",", ":")))
    keep = 2900 - (size - total)
    last = blocks[-1]["text"]
    while keep < 1:
        blocks.pop()
        size = len(json.dumps(blocks, separators=(",", ":")))
        keep, last = 2900 - (size - total), blocks[-1]["text"]
    last["text"] = x(keep)
    return blocks


def modal_sized(total: int) -> Block:
    """Return a view whose JSON has exactly `total` bytes."""
    view = modal(blocks=[section(x(2900))] * 83, private_metadata="")
    return view | {"private_metadata": x(total - len(json.dumps(view)))}


def step(name: str, make: Callable[[int], Any], last: int, code: str = "too-long") -> tuple[str, Any, Any, str]:
    """Return the pair of a limit that is a number: `last` is legal, one more is not."""
    return (name, make(last), make(last + 1), code)


def act(kind: str, many: int = 1, **more: Any) -> list[Block]:
    return [actions(menu(kind, many, **more))]


def push(**more: Any) -> list[Block]:
    return [actions(button(**more))]


def axis(**more: Any) -> list[Block]:
    return [chart(axis_config={"categories": ["d0", "d1"], **more})]


def repeated(key: str, one: Block, many: int, kind: str) -> list[Block]:
    return [{"type": kind, key: [one] * many}]


MANY = "too-many"
MESSAGE_PAIRS = [
    step("section text", lambda n: [section(x(n))], 3000),
    ("section empty text", [section("x")], [section("")], "too-short"),
    ("section without text", [section()], [{"type": "section"}], "missing-key"),
    step("section fields", lambda n: repeated("fields", mrkdwn("f"), n, "section"), 10, MANY),
    step("section field", lambda n: repeated("fields", mrkdwn(x(n)), 1, "section"), 2000),
    step("header", lambda n: [header(x(n))], 150),
    ("header mrkdwn", [header("ok")], [{"type": "header", "text": mrkdwn("ok")}], "wrong-value"),
    step("context elements", lambda n: repeated("elements", mrkdwn("c"), n, "context"), 10, MANY),
    step("actions elements", buttons, 25, MANY),
    step("button label", lambda n: push(label=x(n)), 75),
    step("button value", lambda n: push(value=x(n)), 2000),
    step("button url", lambda n: push(url=x(n)), 3000),
    step("button accessibility", lambda n: push(accessibility_label=x(n)), 75),
    ("button style", push(style="danger"), push(style="pink"), "wrong-value"),
    step("confirm title", lambda n: [confirm(title=plain(x(n)))], 100),
    step("confirm text", lambda n: [confirm(text=plain(x(n)))], 300),
    step("confirm button", lambda n: [confirm(deny=plain(x(n)))], 30),
    step("overflow options", lambda n: act("overflow", n), 5, MANY),
    step("select options", lambda n: act("static_select", n), 100, MANY),
    ("select without options", act("static_select"), [actions({"type": "static_select"})], "missing-key"),
    step("option text", lambda n: act("overflow", options=[option(x(n))]), 75),
    step("option value", lambda n: act("overflow", options=[option(value=x(n))]), 150),
    step("placeholder", lambda n: act("static_select", placeholder=plain(x(n))), 150),
    step("radio options", lambda n: act("radio_buttons", n), 10, MANY),
    step("checkbox options", lambda n: act("checkboxes", n), 10, MANY),
    step("image alt", lambda n: [image(alt_text=x(n))], 2000),
    step("image title", lambda n: [image(title=plain(x(n)))], 2000),
    ("image without alt", [image()], [{"type": "image", "slack_file": {"id": "F1"}}], "missing-key"),
    (
        "image from the internet",
        [image()],
        [{"type": "image", "alt_text": "A", "image_url": "https://a.b/c"}],
        "image-url",
    ),
    step("list indent", lambda n: [listed(n)], 8, "wrong-value"),
    ("rich text element", [rich(line())], [rich({"type": "rich_text_table", "elements": []})], "unsupported-type"),
    step("markdown", lambda n: [{"type": "markdown", "text": x(n)}], 12000),
    step("markdown total", lambda n: [{"type": "markdown", "text": x(one)} for one in (6000, n)], 6000),
    step("table rows", lambda n: [table(n)], 100, MANY),
    step("table cells", lambda n: [table(1, n)], 20, MANY),
    ("table empty cell", [table()], [table(text="")], "too-short"),
    step("table characters", lambda n: [table(text=x(n))], 10_000),
    step("one table", lambda n: [table()] * n, 1, MANY),
    step("data table rows", lambda n: [data_table(n)], 201, MANY),
    step("data table page", lambda n: [data_table(page_size=n)], 100, "wrong-value"),
    ("data table caption", [data_table()], [data_table(caption="")], "too-short"),
    ("data table ragged", [data_table()], [data_table(rows=2) | {"rows": ragged()}], "ragged"),
    step("chart title", lambda n: [chart(title=x(n))], 50),
    step("chart points", lambda n: [chart(n)], 20, MANY),
    step("chart series", lambda n: [chart(2, n)], 12, MANY),
    step("chart segments", lambda n: [pie(n)], 12, MANY),
    step("chart label", lambda n: [chart(label=x(n))], 19),
    step("chart axis", lambda n: axis(x_label=x(n)), 50),
    ("chart categories", [chart()], axis(categories=["d0", "d9"]), "categories"),
    step("two charts", lambda n: [chart()] * n, 2, MANY),
    step("container children", lambda n: [container(*[section()] * n)], 10, MANY),
    step("container title", lambda n: [container(section(), title=plain(x(n)))], 150),
    ("container child", [container(section())], [container(data_table())], "unsupported-type"),
    ("container collapsed", [folded(is_collapsible=True)], [folded()], "both-keys"),
    ("container divider", [ruled()], [ruled(is_collapsible=True)], "both-keys"),
    step("card body", lambda n: [card(body=plain(x(n)))], 200),
    step("card title", lambda n: [card(title=plain(x(n)))], 150),
    step("card actions", lambda n: [card(actions=buttons(n)[0]["elements"])], 3, MANY),
    step("carousel", lambda n: repeated("elements", card(), n, "carousel"), 10, MANY),
    step("plan tasks", lambda n: [plan(n)], 50, MANY),
    ("one plan", [plan(1)], [plan(1), {**plan(1), "tasks": [task(9)]}], MANY),
    ("task status", [task(status="error")], [task(status="done")], "wrong-value"),
    ("task pending", [plan(1)], [task(status="pending")], "wrong-value"),
    ("task id", [plan(2)], [{**plan(1), "tasks": [task(), task()]}], "duplicate-id"),
    step("feedback", lambda n: [feedback(n)], 5, MANY),
    ("unknown key", [section()], [section(colour="red")], "unknown-key"),
    ("unknown block", [section()], [{"type": "sektion", "text": mrkdwn("x")}], "unsupported-type"),
    ("alert is no message", [section()], [{"type": "alert", "text": plain("x")}], "surface"),
    step("block_id length", lambda n: [section(block_id=x(n))], 255),
    step("action_id length", lambda n: push(action_id=x(n)), 255),
    ("block_id twice", [section(block_id="a"), section(block_id="b")], [section(block_id="a")] * 2, "duplicate-id"),
    ("action_id twice", buttons(2), [actions(button(), button())], "duplicate-id"),
    step("fifty blocks", lambda n: [section()] * n, 50, MANY),
    step("13,000 bytes", sized, 13_000, "blocks-too-long"),
    (
        "focus",
        [typed(focus_on_load=True)],
        [typed(focus_on_load=True), typed(action_id="u", focus_on_load=True)],
        "second-focus",
    ),
]

WORDING_PAIRS = [
    ("verbatim", [section()], [{"type": "section", "text": {"type": "mrkdwn", "text": "ok"}}], "not-verbatim"),
    ("bare <", [section("a &lt; b")], [section("a < b")], "unescaped"),
    ("bare >", [section("a &gt; b")], [section("a > b")], "unescaped"),
    ("bare &", [section("a &amp; b")], [section("a & b")], "unescaped"),
    ("channel mention", [section("@channel")], [section("<!channel>")], "token"),
    ("mention in code", [section("`&lt;!here&gt;`")], [section("`<!here>`")], "token"),
    ("stranger", [section("<@U0ASKER>")], [section("<@U0OTHER>")], "token"),
    ("date", [section("<!date^1795409580^{time}|04:53 UTC>")], [section("<!date^soon|04:53>")], "token"),
    ("link", [section("docs.slack.dev")], [section("<https://evil.example|https://grafana.corp>")], "token"),
    (
        "markdown mention",
        [{"type": "markdown", "text": "hi"}],
        [{"type": "markdown", "text": "hi <!everyone>"}],
        "token",
    ),
    ("rich broadcast", [rich(line())], [rich(run({"type": "broadcast", "range": "here"}))], "token"),
    (
        "rich user",
        [rich(run({"type": "user", "user_id": "U0ASKER"}))],
        [rich(run({"type": "user", "user_id": "U0X"}))],
        "token",
    ),
    ("rich link label", [rich(run(linked("runbook")))], [rich(run(linked("https://c.d")))], "misleading-link"),
    ("escape character", [rich(line("red"))], [rich(line("\x1b[31mred"))], "control-character"),
    ("direction mark", [section("pod")], [section("pod\u202edop")], "control-character"),
    (
        "glyph after word",
        [section("*DNS* · pass :white_check_mark:")],
        [section("*DNS* · :white_check_mark:")],
        "glyph-without-word",
    ),
    ("picture after word", [section("pass ✅")], [section("✅ pass")], "glyph-without-word"),
    ("times are no glyphs", [section("at 04:53:10 on `a:b:c`")], [section("a\n:x: b")], "glyph-without-word"),
    ("header picture", [header("One problem")], [header("One problem ❌")], "emoji"),
    ("button picture", [actions(button("Run"))], [actions(button("Run ▶️🔥"))], "emoji"),
    (
        "button short name",
        [actions(button("Run"))],
        [actions(button(text={"type": "plain_text", "text": "Run :fire:"}))],
        "emoji",
    ),
    ("header end stop", [header("One problem")], [header("One problem.")], "end-stop"),
    ("title case", [actions(button("Show Evidence of a Run"))], [actions(button("Show evidence"))], "title-case"),
    (
        "title case of names",
        [actions(button("user-service in shop-eu"))],
        [actions(button("show evidence"))],
        "title-case",
    ),
    (
        "one primary",
        [actions(button(style="primary"))],
        [actions(button(style="primary"), button("Go", action_id="c", style="primary"))],
        "second-primary",
    ),
]


def form(**more: Any) -> Block:
    return modal(blocks=[{**typed(), **more}], submit=plain("Go"))


VIEW_PAIRS = [
    step("view title", lambda n: modal(title=plain(x(n))), 24),
    step("view submit", lambda n: modal(submit=plain(x(n))), 24),
    step("view metadata", lambda n: modal(private_metadata=x(n)), 3000),
    step("view callback", lambda n: modal(callback_id=x(n)), 255),
    step("view blocks", lambda n: modal(blocks=[section()] * n), 100, MANY),
    ("view empty", modal(), modal(blocks=[]), "too-few"),
    ("view without title", modal(), {"type": "modal", "blocks": [section()]}, "missing-key"),
    ("view input needs submit", form(), modal(blocks=[typed()]), "missing-key"),
    step("input length", lambda n: form(element=typed(max_length=n)["element"]), 3000, "wrong-value"),
    step("input label", lambda n: form(label=plain(x(n))), 2000),
    ("table in a modal", modal(), modal(blocks=[table()]), "surface"),
    step("alert in a modal", lambda n: modal(blocks=[{"type": "alert", "text": plain(x(n))}]), 200),
    step("view size", modal_sized, 250_000, "view-too-large"),
]

TEXT_PAIRS = [
    ("text", {"text": "x"}, {"text": ""}, "missing-text"),
    ("text length", {"text": x(4000)}, {"text": x(4001)}, "too-long"),
    ("text escaped", {"text": "a &amp; b"}, {"text": "<!channel> a"}, "token"),
    ("text glyph", {"text": "fail :x:"}, {"text": ":x: fail"}, "glyph-without-word"),
    ("parse", {"text": "x", "parse": "none"}, {"text": "x", "parse": "full"}, "option"),
    ("link names", {"text": "x", "link_names": False}, {"text": "x", "link_names": True}, "option"),
    ("unfurl", {"text": "x", "unfurl_links": False}, {"text": "x", "unfurl_links": True}, "option"),
    ("broadcast", {"text": "x"}, {"text": "x", "reply_broadcast": True}, "option"),
    ("attachments", {"text": "x", "attachments": [{}] * 100}, {"text": "x", "attachments": [{}] * 101}, "too-many"),
]
