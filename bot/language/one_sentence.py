"""Who calls, of several: whoever stands in the sentence of what is called. `dock is back. scanner can't get to yard-pg`."""

from collections.abc import Sequence

from bot.language import vocabulary as words
from bot.language.certainty import Certainty, certainty, forget
from bot.language.names import Name
from bot.language.scan import Scan
from bot.language.slots import ADDRESS

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


def called_in_one_sentence(scan: Scan, targets: Sequence[Name], callers: Sequence[Name]) -> list[Name]:
    """Return what is called in the sentence of who calls, where plain words of further ones were taken for that, too."""
    if len(targets) < _TWO or len(callers) != 1:
        return list(targets)
    own = _of(scan, targets, scan.sentence(callers[0].at))
    others = [each for each in targets if each.text.lower() not in {one.text.lower() for one in own}]
    is_sure = any(each.quoted or each.kind or each.joined or scan.tokens[each.at].is_marked for each in others)
    if len(own) != 1 or is_sure:
        return list(targets)
    forget(scan, others)
    return own


def who_calls(scan: Scan, callers: Sequence[Name]) -> list[Name]:
    """Return callers without addresses, and without proxies of which only the log is spoken, where others are named."""
    told = [each for each in callers if ADDRESS.match(each.text) or _is_log(scan, each)]
    if not told or len(told) == len(callers):
        return list(callers)
    scan.told += [scan.tokens[each.at] for each in told]
    return [each for each in callers if each not in told]


def _is_log(scan: Scan, name: Name) -> bool:
    return words.is_proxy(name.text) and not name.marker and scan.low(name.at + 1) in ("log", "logs", "access")


def not_called(names: Sequence[Name], targets: Sequence[Name]) -> list[Name]:
    """Return names that are not called as well, but in another namespace: `orders in lab asks orders in emr`."""
    called = {
        one: each.namespace for each in targets for one in (each.text.lower(), each.text.lower().partition(":")[0])
    }
    return [each for each in names if _is_apart(each.namespace, called.get(each.text.lower()))]


def _is_apart(own: str, called: str | None) -> bool:
    return called is None or bool(own and called and own != called)
