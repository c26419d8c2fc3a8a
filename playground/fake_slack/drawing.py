"""A data_visualization block as SVG: plain lines and bars, enough to judge what a reader would take from it."""

from html import escape

from playground.fake_slack.state import Json

WIDTH, HEIGHT, LEFT, BOTTOM = 520, 180, 34, 24
COLORS = ("#1d9bd1", "#e8912d", "#2bac76", "#e01e5a", "#8d5cc9", "#5f5e60")


def chart(block: Json) -> str:
    """Return the figure."""
    inner = _pie(block["chart"]) if block["chart"]["type"] == "pie" else _series(block["chart"])
    return f"<figure><figcaption>{escape(block['title'])}</figcaption>{inner}</figure>"


def _pie(drawn: Json) -> str:
    """A pie is shown as its numbers, which is all that a review needs."""
    rows = "".join(f"<li>{escape(one['label'])}: {one['value']}</li>" for one in drawn["segments"])
    return f"<ul>{rows}</ul>"


def _series(drawn: Json) -> str:
    categories = drawn["axis_config"]["categories"]
    top = max([1.0, *(float(point["value"]) for one in drawn["series"] for point in one["data"])])
    step = (WIDTH - LEFT) / max(1, len(categories))
    shapes = "".join(
        _one(drawn["type"], [float(point["value"]) for point in one["data"]], top, step, COLORS[number % len(COLORS)])
        for number, one in enumerate(drawn["series"])
    )
    every = max(1, len(categories) // 7)
    labels = "".join(
        f'<text x="{LEFT + step * (index + 0.5):.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(name)}</text>'
        for index, name in enumerate(categories)
        if index % every == 0
    )
    base = HEIGHT - BOTTOM
    axes = f'<line class="axis" x1="{LEFT}" y1="{base}" x2="{WIDTH}" y2="{base}"/><text x="0" y="14">{top:g}</text>'
    axis = drawn["axis_config"]
    names = ", ".join(one["name"] for one in drawn["series"])
    parts = (names, f"across: {axis.get('x_label', '')}", f"up: {axis.get('y_label', '')}")
    legend = f'<p class="context">{escape(" · ".join(part for part in parts if not part.endswith(": ")))}</p>'
    zero = f'<text x="0" y="{base}">0</text>'
    named = f'role="img" aria-label="{escape(", ".join(categories))}"'
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" {named}>{axes}{zero}{shapes}{labels}</svg>{legend}'


def _one(kind: str, values: list[float], top: float, step: float, color: str) -> str:
    room = HEIGHT - BOTTOM - 14
    points = [(LEFT + step * (index + 0.5), HEIGHT - BOTTOM - value / top * room) for index, value in enumerate(values)]
    if kind == "bar":
        return "".join(_bar(x - step * 0.3, y, step * 0.6, color) for x, y in points)
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'


def _bar(x: float, y: float, width: float, color: str) -> str:
    height = HEIGHT - BOTTOM - y
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" fill="{color}"/>'
