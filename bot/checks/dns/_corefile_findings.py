"""What DNS-005 and DNS-031 tell alike: the line of the Corefile, whether a lookup agrees, and the command that edits it."""

from bot.model.call.answerer import Detour
from bot.model.case import Case
from bot.model.dns.configured import OF_CACHE, Configured
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.stub_domains import STUB_DOMAINS
from bot.model.kubectl import kubectl, show_config
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Written
from bot.model.text import listing, one_line

_LONGEST = 160


def is_refuted(case: Case) -> bool:
    """Return whether a lookup gave the Service's own address: CoreDNS then runs with another Corefile, or by another rule."""
    own = set(case.service.cluster_ips) if case.service else set()
    return any(own & set(each.answers) for each in _asked(case))


def told(case: Case, found: Detour, message: str) -> Detection:
    """Return the finding about the ConfigMap that holds the Corefile."""
    known, by = found.configured, found.by
    config = known.config.ref
    asked = _asked(case)
    return Detection(
        about=config,
        message=message,
        confidence=Confidence.CERTAIN if asked else Confidence.LIKELY,
        evidence=(
            *_lines(known, by),
            *(Evidence(config, "dns", _seen(each.outcome, each.answers), "measured") for each in asked[:2]),
        ),
        check=(
            show_config(config, known.key),
            kubectl("get", "svc", case.question.service, "-o", "wide", namespace=case.question.namespace),
        ),
        fix=(
            Fix(
                about=config,
                command=kubectl("edit", "cm", config.name, namespace=config.namespace),
                risk="all DNS of the cluster depends on it; an operator of the cluster may undo the edit",
            ),
        ),
        key=(by.name if by else "", case.question.namespace, case.question.service),
        written=Written(config, ("data",)),
    )


def _lines(known: Configured, by: Directive | None) -> tuple[Evidence, ...]:
    """Quote the line that does it, or the stub domains; a line of an imported file is not quoted."""
    if known.key == STUB_DOMAINS:
        return (Evidence(known.config.ref, f"data.{known.key}", one_line(known.text, limit=_LONGEST)),)
    lines = known.text.splitlines()
    if by is None or by.file not in ("", OF_CACHE) or not 0 < by.line <= len(lines):
        return ()
    quoted = one_line(lines[by.line - 1].strip(), limit=_LONGEST)
    return (Evidence(known.config.ref, f"data.{known.key}", quoted, f"line {by.line}"),)


def _asked(case: Case) -> list[Observation]:
    return [each for each in case.measured.queries(Purpose.SERVICE) if each.query.name == case.fqdn]


def _seen(outcome: Outcome, answers: tuple[str, ...]) -> str:
    return f"{outcome}{f' {listing(list(answers))}' if answers else ''}"
