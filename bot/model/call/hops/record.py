"""The record: is the name asked known to have an address of this Service (DNS specification 1.1.0)?

Asked through DNS where that was possible, else judged from the objects that CoreDNS answers from.
"""

from collections.abc import Sequence

from bot.model.call.alias import aliased, chain, host_in, target_of
from bot.model.call.answerer import detour, other_name
from bot.model.call.asked_name import AskedName, asked_name
from bot.model.call.doubt import doubt_words
from bot.model.call.hops.endpoints import published
from bot.model.call.sight import (
    Sight,
    failing,
    gap_words,
    milliseconds,
    no_service,
    not_probed,
    off_path,
    sound,
    unknown,
)
from bot.model.case import Case
from bot.model.dns.configured import place_of, reply_for
from bot.model.dns.corefile.zones import covers, fqdn
from bot.model.gaps import SIMILAR_SERVICES
from bot.model.kube.endpoints import called
from bot.model.kube.services import Service
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose
from bot.model.result.status import Basis
from bot.model.text import listing


def record(case: Case) -> Sight:
    """Return whether the name is known to resolve to the Service."""
    if case.question.address:
        return off_path("an address was asked for, no name")
    if not case.question.service:
        return unknown(
            _as_asked(case) or _made_by_rule(case) or f"{case.question.name} is no name of a Service of this cluster"
        )
    if case.service and (why := _as_asked(case)):
        return unknown(why)
    asked = [each for each in case.measured.queries(Purpose.SERVICE) if each.query.name == case.fqdn]
    if asked:
        return _probed(case, asked)
    if why := doubt_words(case, DnsQuery, through_service=True):
        return unknown(why, Basis.PROBED)
    if case.service is None:
        why = gap_words(case, "services", case.question.namespace) or _as_asked(case)
        return unknown(why or no_service(case).because)
    return _by_objects(case, case.service)


def _by_objects(case: Case, service: Service) -> Sight:
    if why := _detour(case):
        return unknown(why, Basis.CONFIG)
    if service.is_external_name and (why := _lost_target(case, service)):
        return unknown(why)
    if why := gap_words(case, "corefile"):
        return unknown(f"whether a rule of the Corefile answers {case.fqdn.rstrip('.')} is not known: {why}")
    if service.is_headless and not published(case):
        return unknown(f"{case.fqdn.rstrip('.')} has no address: no endpoint is usable")
    return sound(f"{(other_name(case) or case.fqdn).rstrip('.')} exists")


def _lost_target(case: Case, service: Service) -> str:
    """Return why what an alias leads to at last is not known to exist; empty where it is a Service of this cluster."""
    last = chain(case.snapshot, service)[-1]
    target, ref = target_of(last), aliased(case.snapshot, last)
    if ref is None:
        return f"whether {target}, which it is an alias of, exists is not known; {not_probed(case)}"
    known, host = case.snapshot.service(ref.namespace, ref.name), host_in(case.snapshot, target)
    if known and host:
        is_there = not known.is_external_name and called(case.snapshot.slices_of(known), host)
        return "" if is_there else f"no ready endpoint of {ref} is known to be called {host}"
    if known:
        return f"its chain of aliases does not end, at {target}" if known.is_external_name else ""
    needs = ("services", SIMILAR_SERVICES, "namespaces")
    why = next(filter(None, (gap_words(case, each, ref.namespace) for each in needs)), "it was not found")
    return f"whether {target}, which it is an alias of, exists is not known: {why}"


def _detour(case: Case) -> str:
    """Return why the Corefile may answer the name with something else than the Service (DNS-005, DNS-031)."""
    found = detour(case)
    return f"{case.fqdn.rstrip('.')} may not lead to the Service: {found.words}" if found else ""


def _as_asked(case: Case) -> str:
    """Return why the name as it was typed does not lead to the Service for this caller; empty where it does."""
    asked = asked_name(case)
    if asked is None or (case.service and case.service.is_external_name and asked.tries(case.fqdn)):
        return ""
    name = asked.name.rstrip(".")
    if asked.is_denied and (case.service or not asked.is_foreign):
        return f"{name} does not exist in the cluster (tried {asked.tried})"
    if not asked.found:
        return f"{_handed_on(case, asked)}; {not_probed(case)}"
    if len(asked.found) < len(asked.conclusions) and not _is_found_by_own(case):
        fails = listing([each.libc for each in asked.conclusions if not each.is_found])
        return f"{name} resolves for {listing([each.libc for each in asked.found])} and not for {fails}"
    own = set(case.service.cluster_ips) or set(published(case)) if case.service else set()
    is_below = any(covers(case.fqdn, fqdn(each.hit)) for each in asked.found)  # the name of one endpoint
    if own and not is_below and not own & set(asked.addresses):
        return f"{name} resolves to {listing(asked.addresses)}, which is not this Service"
    return ""


def _handed_on(case: Case, asked: AskedName) -> str:
    """Return in words that another server answers the name, as it is or as a rule of a Corefile makes it."""
    name = asked.name.rstrip(".")
    reply = reply_for(case.snapshot, fqdn(name), client=case.caller.address, servers=asked.conf.nameservers)
    if reply is not None and reply.why:
        return f"who answers {name} is not known: {reply.why}"
    if reply is None or reply.by is None or not reply.rewrites:
        return f"who answers {name} is not in the cluster's objects"
    made = f"{place_of(reply.rewrites[0])} makes {name} {reply.asked.rstrip('.')} and hands it on ({reply.by.words})"
    return f"{made}: who answers that is not in the cluster's objects"


def _made_by_rule(case: Case) -> str:
    """Return in words which Service a rule of the Corefile leads to, where the name is none of the cluster's own.

    Rule: a name that is rewritten by a pattern is answered under the other name unless the rule says `answer`, and programs
    take no answer to what they did not ask. https://coredns.io/plugins/rewrite/ (Response Rewrites)
    """
    asked = asked_name(case)
    hit = asked.found[0].hit if asked and asked.found else ""
    reply = reply_for(case.snapshot, hit, client=case.caller.address) if hit else None
    if asked is None or reply is None or not reply.rewrites:
        return ""
    rule = reply.rewrites[0]
    leads = next((each.ref for one in asked.addresses for each in case.snapshot.services_by_ip(one)), None)
    told = f"{place_of(rule)} makes {asked.name.rstrip('.')} {reply.asked.rstrip('.')}" + (
        f", of {leads}" if leads else ""
    )
    words = {each.text for line in (rule.args, *rule.body) for each in line}
    by_pattern = words & {"regex", "prefix", "suffix", "substring"} and "answer" not in words
    return f"{told}; it lacks `answer auto`, so that some resolvers do not take what comes back" if by_pattern else told


def _is_found_by_own(case: Case) -> bool:
    """Return whether the caller's resolver, asked for or guessed, has an address: what others make of the name is no matter."""
    from bot.model.call.lookup import lookup  # noqa: PLC0415 (only where resolvers differ)

    found = lookup(case)
    return found is not None and any(each.resolver == found.resolver and each.is_found for each in found.conclusions)


def _probed(case: Case, asked: Sequence[Observation]) -> Sight:
    name = case.fqdn.rstrip(".")
    answered = [each for each in asked if each.outcome is Outcome.ANSWERED]
    if not answered:
        saw = listing(sorted({str(each.outcome) for each in asked}))
        pods = any(each.outcome is Outcome.ANSWERED for each in case.measured.queries(Purpose.REPLICA))
        aside = f" through {case.dns.address}, while DNS pods answer when asked directly" if pods else ""
        return failing(f"{name} gave {saw}{aside}")
    addresses = tuple(dict.fromkeys(address for each in answered for address in each.answers))
    if case.service is None:
        return unknown(f"{name} resolves to {listing(addresses)}, and no Service of that name was read", Basis.PROBED)
    own = set(case.service.cluster_ips)
    if own and not own & set(addresses):
        return unknown(f"resolves to {listing(addresses)}, which is not this Service's ClusterIP", Basis.PROBED)
    fastest = min(each.ms for each in answered)
    return sound(f"{name} resolves to {listing(addresses)} in {milliseconds(fastest)}", Basis.PROBED)
