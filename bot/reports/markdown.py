"""A diagnosis or digest for a ticket, in Markdown. Rule: nothing from a cluster is markup, a link or a mention there."""

import re

from bot.model.pattern import pattern
from bot.model.result.diagnosis import Diagnosis, OpenGap
from bot.model.result.digest import Digest, Scope
from bot.model.result.finding import Finding, Layer
from bot.model.result.triage import Triage
from bot.model.text import count, one_line, plain
from bot.reports.digest_text import unjudged_words
from bot.reports.triage_text import NOBODY_CALLS, reach_words, since_words, triage_headline
from bot.reports.words import (
    LAYER_WORDS,
    finding_words,
    footer_words,
    gap_words,
    headline,
    lookup_words,
    question_words,
    ref_words,
    saved_words,
    value_words,
    verdict_word,
    verdict_words,
)

# What GitHub, GitLab and Jira give a meaning to, mentions and references included.
_MARKUP = pattern(r"([\\`*_{}\[\]<>()#+!|~@$&])")


def markdown(diagnosis: Diagnosis) -> str:
    """Return the report of one diagnosis, ending in a newline."""
    root = diagnosis.root_cause.message if diagnosis.root_cause else ""
    lines = [
        f"**{diagnosis.outcome.upper()}** {words(headline(diagnosis))}",
        "",
        words(question_words(diagnosis.question)),
    ]
    lines += [words(f"Assumed {each}.") for each in diagnosis.question.assumed]
    lines += ["", "| Layer | Verdict | |", "|---|---|---|"]
    for layer in Layer:
        verdict = diagnosis.verdicts[layer]
        lines.append(f"| {LAYER_WORDS[layer]} | {verdict_word(verdict)} | {words(verdict_words(verdict, root))} |")
    if diagnosis.root:
        lines += _root(diagnosis, diagnosis.root)
    if diagnosis.also_noticed:
        lines += ["", "### Also noticed", ""]
        lines += [
            f"- {each.severity}: {words(f'{finding_words(each)}: {each.message}')}" for each in diagnosis.also_noticed
        ]
    lines += _gaps(diagnosis.told_gaps)
    lines += ["", words(footer_words(diagnosis))]
    return "\n".join(lines) + "\n"


def digest_markdown(digest: Digest) -> str:
    """Return the report of a digest, ending in a newline."""
    totals = digest.totals
    told = f"{totals.ok} ok, {totals.warn} warn, {totals.fail} fail, {totals.unknown} unknown"
    lines = [f"**{count(totals.services, 'Service')}: {told}**"]
    for heading, findings in (("New", digest.new), ("Ongoing", digest.ongoing), ("Fixed", digest.fixed)):
        if findings:
            lines += ["", f"### {heading}", ""]
            lines += [
                f"- {words(f'{finding_words(each)}, {ref_words(each.about)}: {each.message}')}" for each in findings
            ]
    lines += _when(digest)
    if digest.unknown:
        lines += ["", "### Unknown", "", *(f"- {words(each)}" for each in unjudged_words(digest))]
    return "\n".join([*lines, *_gaps(digest.gaps)]) + "\n"


def triage_markdown(found: Triage) -> str:
    """Return the report of a triage, ending in a newline."""
    lines = [f"**{words(triage_headline(found))}**", *_when(found), ""]
    for number, each in enumerate(found.causes, 1):
        finding = each.finding
        old = ", known and old" if each.is_old else ""
        told = f"{finding_words(finding)}, {ref_words(finding.about)}{since_words(each, found)}{old}: {finding.message}"
        lines.append(f"{number}. {words(told)} {words(f'{reach_words(each, found)}.')}")
    if found.unknown:
        lines += ["", "### Unknown", ""]
        lines += [f"- {words(each)}" for each in unjudged_words(found)]
    if not found.is_called:
        lines += ["", words(NOBODY_CALLS)]
    return "\n".join([*lines, *_gaps(found.gaps)]) + "\n"


def _when(found: Scope) -> list[str]:
    """Return a paragraph of when saved objects are; nothing where they are of now."""
    said = saved_words(found.told_at, found.at)
    return ["", words(said)] if said else []


def _root(diagnosis: Diagnosis, root: Finding) -> list[str]:
    lines = ["", "### Root cause", ""]
    lines.append(words(f"{finding_words(root)}, {root.confidence}, {ref_words(root.about)}."))
    lines += [
        "",
        *(
            f"- {words(f'{ref_words(each.object)}: {each.field} = {value_words(each.value)}{_note(each.note)}')}"
            for each in root.evidence
        ),
    ]
    if diagnosis.consequences:
        follows = ", ".join(dict.fromkeys(finding_words(each) for each in diagnosis.consequences))
        lines += ["", words(f"Follows from it: {follows}.")]
    for each in root.fix:
        lines += ["", "### Fix", "", *fence(each.command)]
        lines += [words(f"{label}: {said}.") for label, said in (("Risk", each.risk), ("Proof", each.proof)) if said]
    if root.check:
        lines += ["", "### See it yourself", "", *fence("\n".join(root.check))]
        note = lookup_words(root.check)
        lines += ["", words(note)] if note else []
    return lines


def _note(note: str) -> str:
    return f" ({note})" if note else ""


def _gaps(gaps: tuple[OpenGap, ...]) -> list[str]:
    if not gaps:
        return []
    grants = "\n".join(dict.fromkeys(filter(None, (gap.grant for gap in gaps))))
    told = ["", "### Not looked at", "", *(f"- {words(gap_words(gap))}" for gap in gaps)]
    return [*told, *(["", *fence(grants)] if grants else [])]


def words(text: str) -> str:
    """Text as text: on one line, each character with a meaning in Markdown escaped."""
    escaped = _MARKUP.sub(r"\\\1", one_line(text))
    # Mentions, references and bare addresses are found in the rendered text too: only code keeps them from it.
    return re.sub(r"\\[@#]|://", lambda found: f"`{found[0].removeprefix(chr(92))}`", escaped)


def fence(text: str) -> list[str]:
    """A code block whose fence is longer than any run of back ticks inside."""
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    mark = "`" * max(3, ticks + 1)
    return [f"{mark}sh", *plain(text).splitlines(), mark]
