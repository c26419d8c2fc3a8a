"""The way of a call as a Mermaid flowchart, which GitHub, GitLab and most wikis draw.

A label holds letters, digits and a few harmless marks; every other character is written by its number, so that no name can
end a label or begin a directive. https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
"""

from itertools import pairwise

from bot.model.call.hop import HopState
from bot.model.pattern import pattern
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.path import PathAnswer
from bot.model.text import one_line
from bot.reports.way import Way, way_of

_LONGEST = 120  # characters of a sentence in a node
_TELLING = pattern(r"[^A-Za-z0-9 .,:/_=()+-]")
# Mermaid 12 looks for formulas and icons after it has read the numbers: a blank parts the two marks that it looks for.
_FOUND_LATER = pattern(r"\$(?=\$)|fa[bklrs]?:(?=fa-)")
# Dark text on a light fill, whatever the theme; the shape of the border says it, too.
_CLASSES = (
    "classDef ok fill:#e6f4ea,stroke:#1a7f37,color:#1f2328",
    "classDef warn fill:#fff4d6,stroke:#9a6700,color:#1f2328,stroke-width:2px",
    "classDef fail fill:#ffe9e7,stroke:#b3261e,color:#1f2328,stroke-width:2px",
    "classDef unknown fill:#eef1f4,stroke:#57606a,color:#1f2328,stroke-dasharray:4 3",
    "classDef ends fill:#ffffff,stroke:#1f2328,color:#1f2328",
    "classDef broken stroke-width:5px",
)


def mermaid(found: Diagnosis | PathAnswer) -> str:
    """Return a flowchart, ending in a newline: caller, hops, target; behind the first broken hop the line is dotted."""
    way = way_of(found)
    rows = ["flowchart TD", f'caller(["{_label(way.caller)}"]):::ends']
    rows += [_node(way, place, each) for place, each in enumerate(way.hops)]
    rows.append(f'target(["{_label(way.target)}"]):::ends')
    names = ["caller", *(f"hop{place}" for place in range(len(way.hops))), "target"]
    reached = names.index(f"hop{way.hops.index(way.broken)}") if way.broken else len(names)
    rows += [
        f"{left} {'-->' if place < reached else '-.->'} {right}" for place, (left, right) in enumerate(pairwise(names))
    ]
    rows += [f"class hop{way.hops.index(way.broken)} broken"] if way.broken else []
    rows += _CLASSES
    return "\n".join([rows[0], *(f"  {row}" for row in rows[1:])]) + "\n"


def _node(way: Way, place: int, state: HopState) -> str:
    head = _label(f"{state.hop}: {state.status}")
    return f'hop{place}["{head}<br/>{_label(way.words(state))}"]:::{state.status}'


def _label(text: str) -> str:
    """Return text that Mermaid shows and never reads."""
    shown = _FOUND_LATER.sub(r"\g<0> ", one_line(text, limit=_LONGEST))
    return _TELLING.sub(lambda mark: f"#{ord(mark.group())};", shown) or "#8211;"
