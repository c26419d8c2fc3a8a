"""Variables that Kubernetes sets in every container for each Service of the namespace, and a program that trips over one.

For Service `redis` a pod that began after it has `REDIS_PORT=tcp://10.0.0.11:6379`, `REDIS_SERVICE_HOST` and more, unless
`enableServiceLinks` is false. A program with a setting of that name reads a URL where it wants a number.
https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
"""

from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_groups import TroubledGroup
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.pattern import pattern
from bot.model.result.finding import Fix

_URL = pattern(r"\b(?:tcp|udp|sctp)://")
_VARIABLE = pattern(r"\b([A-Z_][A-Z0-9_]*)_PORT\b")


def service_link(case: Case, namespace: str, said: str) -> tuple[str, Service] | None:
    """Return the variable that a program complains about and the Service that it is set for; None where it is no such one."""
    if not _URL.search(said):
        return None
    named = {each.name.upper().replace("-", "_"): each for each in case.snapshot.services_in(namespace)}
    found = (each for each in _VARIABLE.findall(said) if each in named)
    name = next(found, "")
    return (f"{name}_PORT", named[name]) if name else None


def link_words(link: tuple[str, Service] | None) -> str:
    """Return what is to be said of it; empty for None."""
    return f"; Kubernetes sets {link[0]} for Service {link[1].name} (enableServiceLinks)" if link else ""


def without_links(case: Case, group: TroubledGroup, link: tuple[str, Service] | None) -> tuple[Fix, ...]:
    """Return the change that keeps these variables out of the workload's pods."""
    workload = case.snapshot.workload(group.about)
    if link is None or workload is None:
        return ()
    change = {"spec": {"template": {"spec": {"enableServiceLinks": False}}}}
    risk = "starts a rollout; programs that find other Services by such variables do not find them any more"
    return (Fix(about=group.about, merge=change, risk=f"{risk}{managed_by(workload)}"),)
