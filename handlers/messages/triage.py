"""Triage as a message: each root cause once, with what it takes down; the next questions are buttons."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.model.question.durations import told as span
from bot.model.question.instead import command_of
from bot.model.question.question import Question
from bot.model.question.render import sentence
from bot.model.result.triage import Cause, Triage
from bot.model.text import count, one_line, shorten
from bot.reports.triage_text import behind_words, reach_words, triage_headline
from handlers.messages.digest import clause, footer, place, unjudged, unknown_services
from handlers.messages.markup import Element, actions, button, context, emoji, header, lines, literal
from handlers.messages.message import Group, Message, fitting
from handlers.messages.words import GLYPHS

_CAUSES = 5
_ASKED = 3  # buttons
_LABEL = 60


def triage_message(
    found: Triage, question: Question, *, stamp: str, report: str, top: Sequence[Element] = ()
) -> Message:
    """Return the causes in order, at most five, those known for long apart.

    `question` has who calls, the symptom and the cluster, for what the buttons ask; `top` says how it was read.
    """
    fresh = [each for each in found.causes if not each.is_old]
    old = [each for each in found.causes if each.is_old]
    told = triage_headline(found)
    groups: list[Group] = [
        (0, [*top, header(told)]),
        (0, _part("", fresh, found)),
        (1, _part("Known and old\n", old, found)),
        (2, unknown_services(found)),
        (2, unjudged(found)),
        (0, _buttons([*fresh, *old], question)),
        (0, [footer(found, 0)]),
        (
            0,
            [] if found.is_called else [context("nobody was said to call: judged are calls that the objects show")],
        ),
    ]
    return fitting(told, groups, stamp=stamp, report=report)


def triage_line(found: Triage) -> tuple[str, str]:
    """Return what was asked and what came of it, each in a clause, for the line above the thread."""
    return place(found), f"{count(len(found.causes), 'cause')} behind {behind_words(found)}"


def _part(title: str, causes: Sequence[Cause], found: Triage) -> list[Element]:
    if not causes:
        return []
    rows = [literal(title, bold=True)] if title else []
    for each in causes[:_CAUSES]:
        finding = each.finding
        about = "/".join(filter(None, (finding.about.namespace, finding.about.name)))
        lasted = f" · for {span(found.told_at - each.since)}" if each.since and each.since < found.told_at else ""
        rows += [literal(f"{about} · {finding.severity} ", bold=True), emoji(GLYPHS[str(finding.severity)])]
        rows.append(literal(f"{lasted} · {clause(finding.message)}\n"))
        rows.append(literal(f"{reach_words(each, found)}\n"))
    if len(causes) > _CAUSES:
        rows.append(literal(f"and {len(causes) - _CAUSES} more\n"))
    return [lines(rows)]


def _buttons(causes: Sequence[Cause], question: Question) -> list[Element]:
    """Ask about the first Service of each of the first causes: the verdict has evidence, commands and the fix."""
    first = {(each.services[0].namespace, each.services[0].name): None for each in causes[:_ASKED] if each.services}
    shown = [
        button(shorten(one_line(f"Why {name}"), _LABEL), f"k8snet.ask.{number}", _asked(question, namespace, name))
        for number, (namespace, name) in enumerate(first)
    ]
    return [actions(*shown)] if shown else []


def _asked(question: Question, namespace: str, name: str) -> str:
    return sentence(command_of("why", replace(question, service=name, name=name, namespace=namespace)))
