"""The Service: does it exist, and does it offer the port that is called?"""

from bot.model.call.sight import Sight, no_service, sound, unknown
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.result.status import Basis
from bot.model.text import listing


def _twin(case: Case, known: Service) -> Service | None:
    """Another Service that has the same ClusterIP, which the API server should never let happen (RTE-026)."""
    twins = (case.snapshot.services_by_ip(each) for each in known.cluster_ips)
    return next((each for found in twins for each in found if each.ref != known.ref), None)


def service(case: Case) -> Sight:
    """Return whether the Service was read and has the port asked for."""
    known = case.service
    if known is None:
        return no_service(case)
    if known.is_external_name:
        return sound(f"ExternalName: a CNAME to {known.spec.external_name}, nothing to route")
    if not case.ports and not known.is_headless:
        return unknown("the Service has no port to call")
    if twin := _twin(case, known):
        return unknown(f"the ClusterIP {known.cluster_ips[0]} is that of {twin.ref}, too", Basis.CONFIG)
    kind = "headless Service" if known.is_headless else f"Service {listing(known.cluster_ips)}"
    return sound(f"{kind}, {listing([str(each) for each in case.ports]) or 'no port'}")
