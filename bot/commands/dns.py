"""`dns`: how a name resolves as the caller's pod asks for it, every step of the search, and what programs make of it."""

from bot.commands.options import Color, Output
from bot.commands.output import EXIT, allow, say, wants_color, width
from bot.commands.parse import Manner, Place
from bot.commands.saved import read_saved
from bot.model.caller import caller_resolv_conf, calling_namespace
from bot.model.dns.records import walk_saved
from bot.model.probe import Vantage
from bot.model.question.question import Question
from bot.model.result.resolution import Resolution, outcome_of
from bot.reports.dns_text import dns_json, dns_text
from bot.usecases.refusals import no_name


def dns(question: Question, where: Place, how: Manner, *, output: Output, color: Color) -> int:
    """Resolve, print, and give the exit code."""
    allow(output, Output.TEXT, Output.JSON)
    if not question.name:
        raise no_name(question.address)
    found = resolution(question, where, how)
    say(dns_json(found) if output is Output.JSON else dns_text(found, color=wants_color(color), width=width()))
    return EXIT[outcome_of(found)]


def resolution(question: Question, where: Place, how: Manner) -> Resolution:
    """Ask the cluster's DNS, or tell what it would say by the objects alone."""
    if where.dump:
        resolved, snapshot = read_saved(question, where)
        steps, vantage = None, Vantage()
    else:
        from bot.commands.live import resolve_live  # noqa: PLC0415 (only for a cluster)

        resolved, snapshot, steps, vantage = resolve_live(question, where, how)
    conf = caller_resolv_conf(resolved, snapshot)
    return Resolution(
        name=question.name,
        namespace=calling_namespace(resolved),
        source=resolved.source,
        conf=conf,
        steps=walk_saved(question.name, conf, snapshot) if steps is None else steps,
        vantage=vantage,
        is_probed=steps is not None,
    )
