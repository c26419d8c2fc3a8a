"""The caller's own word: what is asked of its pod beside the worker's probes, and how both are judged as one case.

The caller's word counts, since it is the caller's call that is asked about. What the worker saw at the same time is kept
beside it: only both together tell a way that policies close from a backend that is dead.
"""

from msgspec import Struct

from bot.model.case import Case
from bot.model.dns.node_local import cache_address, node_local_caches
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.resolv_conf_file import read_resolv_conf
from bot.model.dns.search.answers import SearchStep
from bot.model.kube.pods import Pod
from bot.model.probe import DnsQuery, Measurement, Observation, Outcome, Probe, Purpose, Vantage, VantageKind
from bot.model.probe_order import MOST_ORDERED, OWN_NAMESERVER
from bot.model.probe_result import ProbeResult
from bot.model.refs import Ref
from bot.model.result.diagnosis import OpenGap

_READ_THERE = "its own /etc/resolv.conf, read in the pod"
_TRIES = 3


class Plans(Struct, frozen=True):
    """What the worker measures from its place, and what the caller's pod measures."""

    worker: tuple[Probe, ...]
    caller: tuple[Probe, ...]


def plans(case: Case, probes: tuple[Probe, ...]) -> Plans:
    """Return both plans: the caller is asked the same, and before it the name of its own nameserver."""
    asks = any(isinstance(each, DnsQuery) and each.purpose is Purpose.SERVICE for each in probes)
    own = DnsQuery(case.fqdn, OWN_NAMESERVER, purpose=Purpose.OWN, tries=_TRIES)
    return Plans(probes, (*((own,) if asks else ()), *probes)[:MOST_ORDERED])


def with_caller(
    case: Case, pod: Pod, theirs: ProbeResult, ours: tuple[Observation, ...]
) -> tuple[Case, tuple[OpenGap, ...]]:
    """Return the case as the caller's pod saw it, or as the worker did where that saw nothing; and what has to be told."""
    told = (_not_measured(pod, theirs),) if theirs.why else ()
    if all(each.outcome is Outcome.NOT_RUN for each in theirs.observations):
        return Case(case.question, case.snapshot, ours, case.vantage), told or (_not_measured(pod, theirs),)
    conf = _conf(case, theirs.resolv_conf) if theirs.resolv_conf else None
    worker = Measurement(ours, case.vantage)
    return Case(case.question, case.snapshot, theirs.observations, _place(pod), elsewhere=worker, own_conf=conf), told


class Searched(Struct, frozen=True):
    """A search as the caller's own pod made it: by which settings, from where. `told` is why it made none, or not the whole."""

    steps: tuple[SearchStep, ...] = ()
    conf: ResolvConf | None = None
    vantage: Vantage = Vantage()
    told: tuple[OpenGap, ...] = ()


def searched(case: Case, pod: Pod, theirs: ProbeResult) -> Searched:
    """Return what the caller's pod asked, and was answered; without steps where it made none."""
    told = (_not_measured(pod, theirs),) if theirs.why else ()
    if not theirs.resolv_conf or not (theirs.steps or not told):
        return Searched(told=told)
    return Searched(theirs.steps, _conf(case, theirs.resolv_conf), _place(pod), told)


def no_pod(case: Case) -> OpenGap:
    """Return that no pod of the caller is known that could have measured."""
    return OpenGap(f"the network from {case.question.source}", "no running pod of it was found", is_asked=True)


def sent_on(case: Case, route: Ref) -> OpenGap:
    """Return that the caller did not measure: what lies behind a public host is called by who sends the call on."""
    why = f"{case.question.name} leads to {route}, and another pod sends the call on: it was measured from the worker"
    return OpenGap(f"the network from {case.question.source}", why, is_asked=True)


def _not_measured(pod: Pod, theirs: ProbeResult) -> OpenGap:
    why = theirs.why or "no probe was made in time"
    seen = "" if theirs.observations or theirs.steps else "; what was measured was measured from the worker"
    return OpenGap(f"the network from {pod.namespace}/{pod.name}", f"{why}{seen}", grant=theirs.grant, is_asked=True)


def _place(pod: Pod) -> Vantage:
    return Vantage(VantageKind.CALLER, pod.namespace, pod.name, pod.spec.node_name, pod.labels)


def _conf(case: Case, text: str) -> ResolvConf:
    known = case.dns.service.cluster_ips if case.dns.service else ()
    caches = (cache_address(case.snapshot),) if node_local_caches(case.snapshot) is not None else ()
    return read_resolv_conf(text, _READ_THERE, (*known, *caches))
