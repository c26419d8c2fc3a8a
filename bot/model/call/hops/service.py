"""The Service: does it exist, and does it offer the port that is called?"""

from bot.model.call.sight import Sight, no_service, sound, unknown
from bot.model.case import Case
from bot.model.text import listing


def service(case: Case) -> Sight:
    """Return whether the Service was read and has the port asked for."""
    known = case.service
    if known is None:
        return no_service(case)
    if known.is_external_name:
        return sound(f"ExternalName: a CNAME to {known.spec.external_name}, nothing to route")
    if not case.ports and not known.is_headless:
        return unknown("the Service has no port to call")
    kind = "headless Service" if known.is_headless else f"Service {listing(known.cluster_ips)}"
    entry = f"; entered by {case.question.entry}" if case.question.entry else ""
    return sound(f"{kind}, {listing([str(each) for each in case.ports]) or 'no port'}{entry}")
