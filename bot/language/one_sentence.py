"""Who calls, of several: whoever stands in the sentence of what is called. `dock is back. scanner can't get to yard-pg`."""

from collections.abc import Sequence

from bot.language import vocabulary as words
from bot.language.certainty import Certainty, certainty, forget
from bot.language.names import Name
from bot.language.scan import Scan

_IT = frozenset(("it", "they"))
_TWO = 2


def in_one_sentence(scan: Scan, targets: Sequence[Name], callers: Sequence[Name]) -> list[Name]:
    """Return the callers in the sentence of what is called, where others are only spoken of in further ones.

    Where `it` calls there, who is meant stands in the sentence before. Others are told as unused, and asked about where they
    are written like names.
    """
    loose = [each for each in callers if certainty(scan, each) is Certainty.LOOSE]
    sure = [each for each in callers if each not in loose]
    if len(callers) < _TWO or not sure or len(targets) != 1:
        return list(callers)
    at = targets[0].at
    own = _of(scan, sure, scan.sentence(at))
    acts = [each for each in _of(scan, loose, scan.sentence(at)) if scan.low(each.at + 1) in words.NEGATION]
    if not own and len(acts) == 1 and acts[0].at < at:  # `labels can't reach pricing`, whatever labels are
        own, loose = acts, [each for each in loose if each not in acts]
    if len(sure) < _TWO and not acts:
        return list(callers)
    if not own and any(scan.low(one) in _IT for one in range(at) if scan.sentence(one) == scan.sentence(at)):
        own = _of(scan, sure, max((scan.sentence(each.at) for each in sure if each.at < at), default=-1))
    others = [each for each in sure if each not in own]
    if len(own) != 1 or any(each.marker or each.quoted or each.kind for each in others):
        return list(callers)
    forget(scan, [*loose, *others])
    return own


def _of(scan: Scan, names: Sequence[Name], sentence: int) -> list[Name]:
    return [each for each in names if scan.sentence(each.at) == sentence]
