"""What DNS-005 and DNS-031 tell alike: the line of the Corefile, whether a lookup agrees, and the command that edits it."""

from bot.model.call.answerer import Detour
from bot.model.case import Case
from bot.model.dns.configured import configured_dns
from bot.model.kubectl import kubectl
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.result.changes import writer_of
from bot.model.result.finding import Confidence, Detection, Evidence, Fix
from bot.model.text import listing, one_line

_LONGEST = 160


def is_refuted(case: Case) -> bool:
    """Return whether a lookup gave the Service's own address: CoreDNS then runs with another Corefile, or by another rule."""
    own = set(case.service.cluster_ips) if case.service else set()
    return any(own & set(each.answers) for each in _asked(case))


def told(case: Case, found: Detour, message: str) -> Detection:
    """Return the finding about the ConfigMap that holds the Corefile."""
    known = configured_dns(case.snapshot)
    assert known is not None  # a detour is of a Corefile that was read
    config, writer = known.config.ref, writer_of(known.config, "data")
    lines = known.text.splitlines()
    by = found.by
    line = lines[by.line - 1].strip() if by and not by.file and by.line <= len(lines) else ""
    asked = _asked(case)
    return Detection(
        about=config,
        message=message,
        confidence=Confidence.CERTAIN if asked else Confidence.LIKELY,
        evidence=(
            *(
                (Evidence(config, "data.Corefile", one_line(line, limit=_LONGEST), f"line {by.line}"),)
                if by and line
                else ()
            ),
            *(Evidence(config, "dns", _seen(each.outcome, each.answers), "measured") for each in asked[:2]),
        ),
        check=(
            kubectl("get", "cm", config.name, "-o", "jsonpath={.data.Corefile}", namespace=config.namespace),
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
        since=writer.time if writer else None,
        changed_by=str(writer) if writer else None,
    )


def _asked(case: Case) -> list[Observation]:
    return [each for each in case.measured.queries(Purpose.SERVICE) if each.query.name == case.fqdn]


def _seen(outcome: Outcome, answers: tuple[str, ...]) -> str:
    return f"{outcome}{f' {listing(list(answers))}' if answers else ''}"
