"""A short name that only works in another namespace

## Meaning
A name without a dot, like `user-service`, is looked up in the caller's own namespace first and only there. The
Service exists, but in another namespace: from there the short name works, from here it does not.

## Impact
Every lookup from the caller's namespace ends with NXDOMAIN. If the caller's namespace has a Service of the same name,
worse: the name resolves, and to the wrong one.

## How it is detected
The Service asked about does not exist in the namespace that was said, or in the caller's, but a Service of that name
exists elsewhere. The calling pod's variables, arguments and ConfigMaps are read for the name it really uses: a short
name there proves it, and is also found when the question itself named the right namespace.

## When it stays silent
If no namespace has such a Service, the namespace asked about does not exist, or it has a workload of that name, which
the Service was meant for (DNS-010). If the name did resolve when it was asked. If the caller's own DNS settings
search the Service's namespace, or an alias of that name there leads to it. If the caller's environment holds the full
name, the question was short and not the application: then it is context only.

## Fix
Write the namespace into the caller's configuration: `user-service.shop`. Where that cannot be changed soon, an alias
in the caller's namespace (a Service of type ExternalName) makes the short name work.

## Known limits
Secrets are never read. A short name in a file inside the image is not seen.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.caller_hosts import about_hosts, host_evidence, hosts, set_host
from bot.checks.facts.commands import at_services, everywhere
from bot.checks.facts.lookups import lacks_namespace, resolved_to
from bot.checks.facts.own_workload import own_workload
from bot.model.call.asked_name import asked_name
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.refs import Ref, service_fqdn
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import listing
from bot.model.views.configuration import ConfiguredHost


@check(
    "DNS-011",
    "short-name-across-namespaces",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("namespaces", "source", "workloads"),
    fits=(Symptom.NXDOMAIN,),
    silent_when_plain=True,
    only=(Occasion.LOOKUP_ODD,),
)
def short_name_across_namespaces(case: Case) -> Iterator[Detection]:
    if case.service is None:
        yield from _elsewhere(case)
    elif case.caller.is_known and case.caller.namespace != case.question.namespace:
        yield from _bare_in_environment(case)
        yield from _member_without_namespace(case)


def _member_without_namespace(case: Case) -> Iterator[Detection]:
    """A pod's own name below the Service was asked for, and it ends before the Service's namespace."""
    asked, service = asked_name(case), case.service
    name = case.question.name.lower().rstrip(".")
    pod, _, rest = name.partition(".")
    if (
        asked is None
        or service is None
        or not asked.is_denied
        or rest != service.name
        or _searches(case, service.namespace)
    ):
        return
    if case.snapshot.pod(service.namespace, pod) not in case.backends.pods:
        return
    place = case.caller.namespace
    yield Detection(
        about=service.ref,
        message=f"{name} does not resolve from {place}: it is a name of {service.namespace}; call {name}.{service.namespace}.",
        severity=Severity.FAIL,
        confidence=Confidence.CERTAIN,
        evidence=(
            Evidence(service.ref, "metadata.namespace", service.namespace, f"the caller is of {place}"),
            Evidence(service.ref, "names tried", [each.name for each in asked.steps], asked.conf.why),
        ),
        check=(everywhere(service.name),),
        key=(name, place),
    )


def _elsewhere(case: Case) -> Iterator[Detection]:
    """The Service is not where it was asked for, but somewhere else."""
    service, place = case.question.service, case.question.namespace
    homes = tuple(sorted(each.namespace for each in case.snapshot.services_named(service)))
    if not service or not homes or lacks_namespace(case) or resolved_to(case) or own_workload(case):
        return
    qualified = [each for each in hosts(case) if _home_of(case, each, homes)]
    bare = [each for each in hosts(case) if each.named.host == service]
    about, severity, confidence = case.service_ref, Severity.FAIL, _confidence(case)
    is_of_another = case.caller.is_known and case.caller.namespace != place
    denied = f"{service}.{place} does not exist" if is_of_another else f"{service} does not resolve from {place}"
    message = f"{denied}: it lives in {listing(homes)}; call it {_right(service, homes)}."
    searched = next((each for each in homes if not is_of_another and _searches(case, each)), "")
    if searched:
        severity, confidence = Severity.INFO, Confidence.POSSIBLE
        message = (
            f"{place} has no Service {service}; the caller's dnsConfig searches {searched} as well, so there it calls "
            f"{service}.{searched}: ask about that name."
        )
    elif bare:
        about = about_hosts(case)
        confidence = Confidence.CERTAIN
    elif qualified:
        severity, confidence = Severity.INFO, Confidence.POSSIBLE
        message = f"{place} has no Service {service}; {about_hosts(case)} calls {qualified[0].named.host}: ask about that name."
    yield Detection(
        about=about,
        message=message,
        severity=severity,
        confidence=confidence,
        evidence=(
            Evidence(case.service_ref, "metadata.name", None, f"{place} has no Service {service}"),
            *(Evidence(Ref("Service", service, home), "metadata.namespace", home) for home in homes[:4]),
            *(host_evidence(case, each) for each in (*bare, *qualified)[:3]),
        ),
        check=(everywhere(service), at_services(place)),
        fix=(*_settings(case, bare, homes), *_alias(case, place, homes)) if severity is Severity.FAIL else (),
        key=(service, place),
    )


def _bare_in_environment(case: Case) -> Iterator[Detection]:
    """The Service is where it was asked for, but the caller's environment uses its short name from elsewhere."""
    service, home, place = case.question.service, case.question.namespace, case.caller.namespace
    bare = [each for each in hosts(case) if each.named.host == service]
    if not bare or _searches(case, home):
        return
    wrong = case.snapshot.service(place, service)
    if wrong is not None and wrong.spec.external_name.removesuffix(".") == case.fqdn.removesuffix("."):
        return
    reach = f"resolves to the Service {place}/{service} instead" if wrong else f"does not resolve from {place}"
    yield Detection(
        about=about_hosts(case),
        message=f"{about_hosts(case)} calls {service}, which {reach}: the one asked about is {service}.{home}.",
        severity=Severity.FAIL,
        confidence=Confidence.CERTAIN,
        evidence=tuple(host_evidence(case, each) for each in bare[:3]),
        check=(everywhere(service), at_services(place)),
        fix=(*_settings(case, bare, (home,)), *(() if wrong else _alias(case, place, (home,)))),
        key=(service, home, place),
    )


def _confidence(case: Case) -> Confidence:
    """Sure where the caller is known or the name was short; a name with a namespace may be mistyped in another way."""
    return Confidence.CERTAIN if case.caller.is_known or case.question.is_bare else Confidence.LIKELY


def _right(service: str, homes: tuple[str, ...]) -> str:
    return " or ".join(f"{service}.{home}" for home in homes[:3])


def _home_of(case: Case, host: ConfiguredHost, homes: tuple[str, ...]) -> str:
    """The namespace that a host names in full, if it is one of the Service's."""
    name = host.named.host.removesuffix(".")
    for home in homes:
        full = service_fqdn(case.question.service, home, case.snapshot.zone).removesuffix(".")
        if name in (f"{case.question.service}.{home}", f"{case.question.service}.{home}.svc", full):
            return home
    return ""


def _searches(case: Case, home: str) -> bool:
    """The calling pod's own dnsConfig searches the Service's namespace, so its short name works."""
    config = case.caller.pod.spec.dns_config if case.caller.pod else None
    searches = (config.searches or ()) if config else ()
    return f"{home}.svc.{case.snapshot.zone}" in {each.rstrip(".") for each in searches}


def _settings(case: Case, bare: list[ConfiguredHost], homes: tuple[str, ...]) -> Iterator[Fix]:
    """Write the full name where the short one stands; only where the namespace is clear."""
    if len(homes) == 1:
        for each in bare[:1]:
            yield from set_host(case, each, f"{each.named.host}.{homes[0]}")


def _alias(case: Case, place: str, homes: tuple[str, ...]) -> tuple[Fix, ...]:
    """A Service of type ExternalName in the caller's namespace (ServiceSpec.externalName, core/v1)."""
    if len(homes) != 1:
        return ()
    service = case.question.service
    target = service_fqdn(service, homes[0], case.snapshot.zone).removesuffix(".")
    manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": service, "namespace": place},
        "spec": {"type": "ExternalName", "externalName": target},
    }
    risk = f"an alias: ports are those of {service}.{homes[0]}, and TLS certificates must fit the short name"
    return (Fix(about=Ref("Service", service, place), manifest=manifest, risk=risk),)
