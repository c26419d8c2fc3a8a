"""The way of a call as a picture: SVG, dark on white whatever the reader's theme, narrow enough for a phone.

Rule: no meaning by colour alone. A hop's mark differs in shape, its status is a word, and the first broken hop has a frame
and says so; behind it the line is dashed. Letters are of one width (the shipped DejaVu Sans Mono), so nothing runs over.
"""

import textwrap
from collections.abc import Iterator
from xml.sax.saxutils import escape

from msgspec import Struct

from bot.model.call.hop import HopState
from bot.model.pattern import pattern
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.path import PathAnswer
from bot.model.result.status import Status
from bot.model.text import listing, one_line
from bot.reports.way import BROKEN_HERE, Way, way_of
from bot.reports.words import LAYER_WORDS

FONT = "DejaVu Sans Mono"
_LETTER = 0.602  # its advance, as a share of the font's size
_WIDTH, _LEFT, _TEXT, _RIGHT = 560, 28, 56, 20  # pixels: the picture, the line of hops, their words, the margin
_SIZE, _LINE = 14, 19  # of a sentence: the font, and from line to line
_MOST_LINES = 4
_MOST_ALT = 1000  # characters: https://docs.slack.dev/reference/methods/files.getUploadURLExternal
_MOST_TITLE = 120
_INK, _FAINT, _PAPER = "#1f2328", "#57606a", "#ffffff"
_COLORS = {
    Status.OK: ("#1a7f37", "#ffffff"),
    Status.WARN: ("#8a5a00", "#fff4d6"),
    Status.FAIL: ("#b3261e", "#ffe9e7"),
    Status.UNKNOWN: ("#57606a", "#ffffff"),
}
# Each around (0, 0), 22 pixels wide: a check in a circle, ! in a triangle, a cross in a diamond, ? in a dashed square.
_MARKS = {
    Status.OK: '<circle r="10"/><path d="M-5 0 L-1 4 L5 -4" fill="none"/>',
    Status.WARN: '<path d="M0 -11 L11 9 L-11 9 Z"/><path d="M0 -4 V3 M0 5.5 V6.5" fill="none"/>',
    Status.FAIL: '<path d="M0 -12 L12 0 L0 12 L-12 0 Z"/><path d="M-4 -4 L4 4 M4 -4 L-4 4" fill="none"/>',
    Status.UNKNOWN: '<rect x="-9" y="-9" width="18" height="18" rx="3" stroke-dasharray="3 2"/>'
    '<path d="M-3.5 -2.5 A3.5 3.5 0 1 1 0 1 V3 M0 5.5 V6.5" fill="none"/>',
}
# What XML cannot hold: https://www.w3.org/TR/xml/#charsets
_NO_XML = pattern("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Picture(Struct, frozen=True):
    """An SVG, what a screen reader reads instead, and a title in a line."""

    svg: str
    alt: str
    title: str


def path_picture(found: Diagnosis | PathAnswer) -> Picture | None:
    """Return the picture of a call's hops; None where the answer looked at none."""
    way = way_of(found)
    return Picture(_svg(way), _alt(way), _title(way)) if way.hops else None


def _title(way: Way) -> str:
    where = f", broken at {way.broken.hop}" if way.broken else ""
    return one_line(f"{way.title}: {way.outcome}{where}", limit=_MOST_TITLE)


def _alt(way: Way) -> str:
    """Return in words what is drawn: the broken hop first, then the others by their status."""
    said = [f"The way of a call from {way.caller} to {way.target}: {way.outcome}"]
    if way.broken:
        said.append(f"{BROKEN_HERE.capitalize()}, at {way.broken.hop}: {way.broken.because.rstrip('.')}")
    for status in (Status.FAIL, Status.WARN, Status.UNKNOWN, Status.OK):
        names = [str(each.hop) for each in way.hops if each.status is status]
        said += [f"{status}: {listing(names, len(names))}"] if names else []
    return one_line(f"{'. '.join(said)}.", limit=_MOST_ALT)


def _svg(way: Way) -> str:
    rows: list[str] = []
    y = 34
    for line in _wrapped(f"{way.title}: {way.outcome}", 17):
        rows.append(_text(_LEFT - 12, y, line, size=17, bold=True))
        y += 23
    y = _end(rows, y, "from", way.caller)
    for each in way.hops:
        y = _hop(rows, y, way, each)
    rows.append(_line(y - 16, y, dashed=way.broken is not None))
    y = _end(rows, y, "to", way.target)
    rows.append(_text(_LEFT - 12, y + 8, _cut(way.seen, 11), size=11, color=_FAINT))
    height = y + 24
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        f' font-family="{FONT}">'
    )
    return "\n".join([head, f'<rect width="{_WIDTH}" height="{height}" fill="{_PAPER}"/>', *rows, "</svg>"]) + "\n"


def _end(rows: list[str], y: int, word: str, name: str) -> int:
    """Draw where the call begins or ends; return where the next row begins."""
    rows.append(f'<circle cx="{_LEFT}" cy="{y + 4}" r="5" fill="{_INK}"/>')
    for place, line in enumerate(_wrapped(f"{word} {name}", _SIZE, 2)):
        rows.append(_text(_TEXT, y + 9 + place * _LINE, line, bold=True))
        y += _LINE if place else 0
    return y + 28


def _hop(rows: list[str], y: int, way: Way, state: HopState) -> int:
    """Draw one hop under the line that leads to it; return where the next row begins."""
    ink, fill = _COLORS[state.status]
    lines = list(_wrapped(state.because, _SIZE))
    height = 30 + len(lines) * _LINE
    broken = state is way.broken
    rows.append(_line(y - 16, y + 4, dashed=not way.passed(state)))
    if broken:
        rows.append(
            f'<rect x="8" y="{y - 2}" width="{_WIDTH - 16}" height="{height + 6}" rx="8" fill="{fill}" stroke="{ink}"'
            ' stroke-width="3"/>'
        )
    rows.append(
        f'<g transform="translate({_LEFT} {y + 16})" stroke="{ink}" stroke-width="2" fill="{fill}">'
        f"{_MARKS[state.status]}</g>"
    )
    title = f"{state.hop} · {state.status}"
    rows.append(_text(_TEXT, y + 20, title, bold=True, color=ink))
    if broken:
        rows += _tag(_TEXT + round((len(title) + 2) * _SIZE * _LETTER), y + 6, BROKEN_HERE.upper(), ink)
    rows.append(_text(_WIDTH - _RIGHT, y + 20, LAYER_WORDS[state.layer], size=11, color=_FAINT, anchor="end"))
    rows += [_text(_TEXT, y + 40 + place * _LINE, line) for place, line in enumerate(lines)]
    end = y + height + (22 if broken else 14)
    rows += [] if broken else [_line(y + 29, end - 16, dashed=not way.passed(state))]
    return end


def _line(top: int, bottom: int, *, dashed: bool) -> str:
    """A piece of the way; dashed where a call does not get."""
    dashes = ' stroke-dasharray="4 5"' if dashed else ""
    return f'<path d="M{_LEFT} {top} V{bottom}" stroke="{_FAINT}" stroke-width="2"{dashes}/>'


def _tag(x: int, y: int, words: str, color: str) -> list[str]:
    width = round(len(words) * 11 * _LETTER) + 14
    return [
        f'<rect x="{x}" y="{y}" width="{width}" height="18" rx="4" fill="{color}"/>',
        _text(x + 7, y + 13, words, size=11, bold=True, color=_PAPER),
    ]


def _text(
    x: int, y: int, words: str, *, size: int = _SIZE, bold: bool = False, color: str = _INK, anchor: str = ""
) -> str:
    weight = f' stroke="{color}" stroke-width="0.5"' if bold else ""  # the shipped font has one weight
    place = f' text-anchor="{anchor}"' if anchor else ""
    shown = escape(_NO_XML.sub("�", words))
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}"{weight}{place} xml:space="preserve">{shown}</text>'


def _room(size: int) -> int:
    """Return how many letters of a size fit on a line."""
    left = _TEXT if size == _SIZE else _LEFT - 12
    return int((_WIDTH - left - _RIGHT) / (size * _LETTER))


def _wrapped(words: str, size: int, most: int = _MOST_LINES) -> Iterator[str]:
    """Yield at most so many lines; what is over is cut at the end of the last one."""
    lines = textwrap.wrap(one_line(words), _room(size), break_on_hyphens=False) or ["–"]
    yield from lines[: most - 1]
    if rest := " ".join(lines[most - 1 :]):
        yield rest if len(rest) <= _room(size) else f"{rest[: _room(size) - 1]}…"


def _cut(words: str, size: int) -> str:
    return one_line(words, limit=_room(size))
