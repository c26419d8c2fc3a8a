"""What a layer without findings looks like: one sentence with the number that proves it, and what it rests on.

A measured failure that no check explains is unknown, never ok: somebody should know about it, and nobody should be told
a cause.
"""

from collections.abc import Sequence

from bot.checks.facts.aliases import inside, target_of
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.probe import Observation, Outcome
from bot.model.result.diagnosis import Verdict
from bot.model.result.status import Basis, Status
from bot.model.text import count, listing


def dns_ok(case: Case) -> Verdict:
    """The name resolves, by measurement or by configuration."""
    asked = [each for each in case.queries("service") if each.probe.name == case.fqdn]  # type: ignore[union-attr]
    if asked:
        return _dns_probed(case, asked)
    if case.dns.service is None:
        return Verdict(
            Status.UNKNOWN,
            Basis.NONE,
            f"no DNS Service was found in the cluster, and none was asked ({_unprobed(case)})",
        )
    ready = f"{len(case.dns.usable)} of {count(max(len(case.dns.pods), len(case.dns.endpoints)), 'DNS pod')} ready"
    return Verdict(Status.OK, Basis.CONFIG, f"{case.fqdn.rstrip('.')} exists; {ready}; {_unprobed(case)}")


def _dns_probed(case: Case, asked: Sequence[Observation]) -> Verdict:
    answered = [each for each in asked if each.outcome is Outcome.ANSWERED]
    if not answered:
        saw = listing(sorted({str(each.outcome) for each in asked}))
        pods = any(each.outcome is Outcome.ANSWERED for each in case.queries("replica"))
        aside = f" through {case.dns.address}, while DNS pods answer when asked directly" if pods else ""
        return Verdict(
            Status.UNKNOWN, Basis.PROBED, f"{case.fqdn.rstrip('.')} gave {saw}{aside}, and no check explains it"
        )
    addresses = tuple(dict.fromkeys(address for each in answered for address in each.answers))
    own = set(case.service.cluster_ips) if case.service else set()
    if own and not own & set(addresses):
        return Verdict(
            Status.UNKNOWN, Basis.PROBED, f"resolves to {listing(addresses)}, which is not this Service's ClusterIP"
        )
    fastest = min(each.ms for each in answered)
    return Verdict(
        Status.OK, Basis.PROBED, f"{case.fqdn.rstrip('.')} resolves to {listing(addresses)} in {_ms(fastest)}"
    )


def routing_ok(case: Case) -> Verdict:
    """Addresses lead to usable endpoints, by measurement or by configuration."""
    assert case.service is not None
    if case.service.is_external_name:
        target = case.service.spec.external_name
        return Verdict(
            Status.OK, Basis.CONFIG, f"ExternalName: a CNAME to {target}, nothing to route; {_unprobed(case)}"
        )
    virtual, direct = case.tcp("service"), _to(case.tcp(), case.all_usable)
    if virtual or direct:
        return _routing_probed(virtual, direct)
    ports = listing([str(port) for port in case.ports])
    if not case.all_usable and not case.service.is_headless:
        return Verdict(
            Status.UNKNOWN, Basis.CONFIG, f"no endpoint takes traffic behind {ports}, and no check explains it"
        )
    return Verdict(
        Status.OK,
        Basis.CONFIG,
        f"{count(len({each.address for each in case.all_usable}), 'usable endpoint')} behind {ports}; {_unprobed(case)}",
    )


def _routing_probed(virtual: Sequence[Observation], direct: Sequence[Observation]) -> Verdict:
    """A refusal by an endpoint still proves the way to it; only silence and routers' refusals do not."""
    lost = [each for each in direct if each.outcome not in (Outcome.ANSWERED, Outcome.REFUSED, Outcome.RESET)]
    reached = len(direct) - len(lost)
    bad = [each for each in virtual if each.outcome is not Outcome.ANSWERED]
    if bad or lost:
        words = [f"ClusterIP {each.probe.address}: {each.outcome}" for each in bad[:1]]  # type: ignore[union-attr]
        words += [f"{reached} of {count(len(direct), 'endpoint')} reached from here"] if direct else []
        return Verdict(Status.UNKNOWN, Basis.PROBED, f"{'; '.join(words)}, and no check explains it")
    words = [f"the ClusterIP connects in {_ms(min(each.ms for each in virtual))}"] if virtual else []
    words += [f"{reached} of {count(len(direct), 'endpoint')} reached"] if direct else []
    return Verdict(Status.OK, Basis.PROBED, "; ".join(words))


def application_ok(case: Case) -> Verdict:
    """The pods answer, by measurement or by their readiness."""
    assert case.service is not None
    if case.service.is_external_name:
        place = inside(case, target_of(case.service))
        why = (
            f"it is an alias, ask about {place[0]}.{place[1]} itself" if place else "the host is outside of the cluster"
        )
        return Verdict(Status.UNKNOWN, Basis.NONE, f"not tested: {why}")
    called, connected = _to(case.http(), case.all_usable), _to(case.tcp(), case.all_usable)
    if called or connected:
        return _application_probed(called, connected)
    pods = [each for each in case.pods if not each.is_terminating]
    if not pods:
        return Verdict(Status.UNKNOWN, Basis.NONE, f"the endpoints are no pods of this cluster; {_unprobed(case)}")
    ready = sum(each.is_ready for each in pods)
    return Verdict(Status.OK, Basis.CONFIG, f"{ready} of {count(len(pods), 'pod')} ready; {_unprobed(case)}")


def _application_probed(called: Sequence[Observation], connected: Sequence[Observation]) -> Verdict:
    seen = called or connected
    good = [each for each in seen if each.outcome is Outcome.ANSWERED]
    backends = len({(each.probe.address, each.probe.port) for each in seen})  # type: ignore[union-attr]
    fine = backends - len(
        {(each.probe.address, each.probe.port) for each in seen if each.outcome is not Outcome.ANSWERED}  # type: ignore[union-attr]
    )
    if fine < backends:
        saw = listing(sorted({str(each.outcome) for each in seen if each.outcome is not Outcome.ANSWERED}))
        return Verdict(
            Status.UNKNOWN, Basis.PROBED, f"{backends - fine} of {count(backends, 'backend')} gave {saw}, unexplained"
        )
    if called:
        statuses = listing(sorted({str(each.status) for each in good}))
        words = f"{fine} of {count(backends, 'backend')} answer {statuses} in {_ms(max(each.ms for each in good))}"
        return Verdict(Status.OK, Basis.PROBED, words)
    return Verdict(
        Status.OK, Basis.PROBED, f"{fine} of {count(backends, 'backend')} accept connections; HTTP was not tried"
    )


def _to(seen: Sequence[Observation], endpoints: Sequence[Endpoint]) -> list[Observation]:
    known = {(each.address, each.port) for each in endpoints}
    return [each for each in seen if (each.probe.address, each.probe.port) in known]  # type: ignore[union-attr]


def _unprobed(case: Case) -> str:
    if case.network_unreachable:
        return "not probed: the pod network cannot be reached from here"
    return "not probed: policies do not admit the worker" if case.vantage_is_blocked else "not probed"


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 1 else "under 1 ms"
