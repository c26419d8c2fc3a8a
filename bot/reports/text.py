"""A diagnosis for a terminal, as a tired person reads it at night: the cause first, then what to do, then the rest."""

from bot.model.result.diagnosis import Diagnosis
from bot.model.result.finding import Finding, Layer, Severity
from bot.model.result.status import Basis, Status
from bot.reports.finding_text import write_evidence, write_remedy
from bot.reports.gaps import write_gaps
from bot.reports.paper import STATUS_INK, Ink, Paper
from bot.reports.words import (
    LAYER_WORDS,
    affected_words,
    ago,
    finding_words,
    footer_words,
    headline,
    question_words,
    ref_words,
    symptom_words,
    verdict_word,
    verdict_words,
)

MOST_NOTICED = 3
MOST_CHANGES = 3
_SEVERITY_STATUS = {Severity.FAIL: Status.FAIL, Severity.WARN: Status.WARN}


def text(diagnosis: Diagnosis, *, color: bool = False, width: int = 100, explain: bool = False) -> str:
    """Return the report, ending in a newline. A healthy one is one to three lines; each command has a line of its own.

    With `explain` a section lists the hops of the call: what was looked at on each, or why it was not.
    """
    paper = Paper(color=color, width=width)
    if diagnosis.outcome is Status.OK and diagnosis.root_cause is None:
        _healthy(paper, diagnosis)
    else:
        _troubled(paper, diagnosis)
    if explain:
        _hops(paper, diagnosis)
    return str(paper)


def _hops(paper: Paper, diagnosis: Diagnosis) -> None:
    paper.heading("How this was decided")
    for each in diagnosis.hops:
        label = f"{each.hop:<13}{each.status:<10}{'' if each.basis is Basis.NONE else each.basis:<8}"
        paper.labelled(label, each.because, label_ink=STATUS_INK.get(each.status, Ink.DIM), hang=len(label))


def _healthy(paper: Paper, diagnosis: Diagnosis) -> None:
    paper.whole("ok  ", headline(diagnosis), label_ink=Ink.GREEN)
    second = " ".join(filter(None, [symptom_words(diagnosis), *_assumed(diagnosis)]))
    if second:
        paper.whole("    ", second)
    paper.whole("    ", footer_words(diagnosis), ink=Ink.DIM)
    _noticed(paper, diagnosis.also_noticed)
    write_gaps(paper, diagnosis.told_gaps)


def _troubled(paper: Paper, diagnosis: Diagnosis) -> None:
    ink = STATUS_INK[diagnosis.outcome]
    paper.labelled(f"{diagnosis.outcome.upper()}  ", headline(diagnosis), ink=Ink.BOLD, label_ink=ink, indent=0, hang=6)
    paper.prose(question_words(diagnosis.question), ink=Ink.DIM, indent=6)
    for words in _assumed(diagnosis):
        paper.prose(words, ink=Ink.DIM, indent=6)
    _verdicts(paper, diagnosis)
    if diagnosis.root:
        _root(paper, diagnosis, diagnosis.root)
    _noticed(paper, diagnosis.also_noticed)
    write_gaps(paper, diagnosis.told_gaps)
    _changes(paper, diagnosis)
    paper.blank()
    paper.prose(footer_words(diagnosis), ink=Ink.DIM, indent=0)


def _assumed(diagnosis: Diagnosis) -> list[str]:
    return [f"Assumed {'; '.join(diagnosis.question.assumed)}."] if diagnosis.question.assumed else []


def _verdicts(paper: Paper, diagnosis: Diagnosis) -> None:
    paper.blank()
    root = diagnosis.root_cause.message if diagnosis.root_cause else ""
    for layer in Layer:
        verdict = diagnosis.verdicts[layer]
        word = verdict_word(verdict)
        label = f"{LAYER_WORDS[layer]:<13}{word:<12}"
        paper.labelled(label, verdict_words(verdict, root), label_ink=STATUS_INK[verdict.status], hang=len(label))


def _root(paper: Paper, diagnosis: Diagnosis, root: Finding) -> None:
    paper.heading("Root cause")
    more = [
        *([affected_words(root.affected)] if root.affected else []),
        *([f"since {ago(root.since, diagnosis.told_at)}"] if root.since else _earliest(root, diagnosis)),
        *([f"last changed by {root.changed_by}"] if root.changed_by else []),
    ]
    paper.prose(f"{finding_words(root)} · {root.confidence} · {', '.join([ref_words(root.about), *more])}")
    write_evidence(paper, root.evidence)
    if diagnosis.consequences:
        follows = dict.fromkeys(finding_words(each) for each in diagnosis.consequences)
        paper.prose(f"Follows from it: {', '.join(follows)}")
    write_remedy(paper, root)


def _earliest(root: Finding, diagnosis: Diagnosis) -> list[str]:
    """Since when it can be so at most, where no more is known."""
    at = root.since_earliest
    return [f"since {ago(at, diagnosis.told_at)}, at the earliest"] if at else []


def _noticed(paper: Paper, findings: tuple[Finding, ...]) -> None:
    if not findings:
        return
    paper.heading("Also noticed")
    for each in findings[:MOST_NOTICED]:
        status = _SEVERITY_STATUS.get(each.severity)
        ink = STATUS_INK[status] if status else Ink.DIM
        words = f"{finding_words(each)}: {each.message}"
        paper.labelled(f"{each.severity}  ", words, label_ink=ink)
    if len(findings) > MOST_NOTICED:
        paper.prose(f"and {len(findings) - MOST_NOTICED} more, in -o json")


def _changes(paper: Paper, diagnosis: Diagnosis) -> None:
    if not diagnosis.changes:
        return
    paper.heading("Changed lately")
    for each in diagnosis.changes[:MOST_CHANGES]:
        paper.prose(f"{ref_words(each.object)}: {each.field} by {each.manager}, {each.note or ago(each.at, each.at)}")
