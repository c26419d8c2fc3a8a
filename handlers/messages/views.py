"""Modals and App Home. Pure; the private metadata of a modal holds a run id or a place, never facts of a cluster."""

from collections.abc import Sequence
from typing import Any

from bot.model.call.hop import HopState
from bot.model.result.diagnosis import Diagnosis, Verdict
from bot.model.result.status import Status
from bot.model.text import one_line
from bot.reports.words import LAYER_WORDS, value_words
from handlers.messages.markup import Element, lines, literal, plain_text, pre, section, titled
from handlers.messages.words import verdict_word

View = dict[str, Any]
_MOST = 30
_LONGEST, _SHORT = 2800, 110  # characters of a block, and of a hop in it that is in order
_HEAD = 22  # characters before the words of a hop
_IN_ORDER = (Status.OK, Status.OFF_PATH)


def evidence_view(diagnosis: Diagnosis) -> View:
    """Return every hop, every finding with its evidence, and every measurement, for the one who clicked."""
    blocks: list[Element] = [titled(title, _verdict(diagnosis.verdicts[layer])) for layer, title in LAYER_WORDS.items()]
    if diagnosis.hops:
        blocks += [lines([literal("How This Was Decided", bold=True)]), pre("\n".join(_hops(diagnosis.hops)), _LONGEST)]
    for finding in diagnosis.findings[:_MOST]:
        facts = [
            f"{each.object} {each.field} = {value_words(each.value)}  {each.note}" for each in finding.evidence[:8]
        ]
        blocks.append(titled(f"{finding.code} {finding.name}", finding.message, str(finding.severity)))
        if facts:
            blocks.append(pre("\n".join(one_line(fact, limit=200) for fact in facts)))
    seen = [_observation(each) for each in diagnosis.observations[:40]]
    if seen:
        blocks += [lines([literal("Measured", bold=True)]), pre("\n".join(seen), 2800)]
    return _modal("Evidence", blocks)


def _verdict(verdict: Verdict) -> str:
    word = verdict_word(verdict)
    return f"{word}: {one_line(verdict.summary.removeprefix(f'{word}: '))}"


def _hops(states: Sequence[HopState]) -> list[str]:
    """Return a line a hop. Those that are not in order hold the cause, so they share what the others leave of the block."""
    open_ones = [each for each in states if each.status not in _IN_ORDER]
    taken = sum(len(_hop(each, _SHORT)) + 1 for each in states if each.status in _IN_ORDER)
    left = (_LONGEST - taken) // max(1, len(open_ones)) - _HEAD - 1
    return [_hop(each, _SHORT if each.status in _IN_ORDER else max(_SHORT, left)) for each in states]


def _hop(state: HopState, most: int) -> str:
    return f"{state.hop:<12} {state.status:<8} {one_line(state.because, limit=most)}"


def gone_view() -> View:
    """Return the words that a run is no longer stored."""
    return _modal("Evidence", [section("This run is no longer stored: runs are kept for 7 days.")])


def refusal_view(sentence: str) -> View:
    """Return what a form turns into when the one who sent it is not answered."""
    return _modal("Diagnose a Service", [lines([literal(one_line(sentence, limit=300))])])


def _modal(title: str, blocks: list[Element]) -> View:
    numbered = [{"block_id": f"b{at}", **block} for at, block in enumerate(blocks)]
    return {"type": "modal", "title": plain_text(title, 24), "blocks": numbered, "close": plain_text("Done", 24)}


def _observation(each: Any) -> str:
    probe = each.probe
    target = getattr(probe, "name", "") or f"{probe.address}:{probe.port}{getattr(probe, 'path', '')}"
    server = f" @{probe.server}" if hasattr(probe, "server") else ""
    kind = type(probe).__name__
    extra = f" {each.status}" if each.status else ""
    return f"{kind:<11}" + one_line(f"{target}{server}  {each.outcome}{extra}  {each.ms:.0f} ms", limit=170)
