"""The nodes of the endpoints: are they there and Ready (failure-modes RTE-008)?"""

from bot.model.call.hops.endpoints import behind
from bot.model.call.sight import Sight, gap_words, off_path, sound, unknown
from bot.model.case import Case
from bot.model.probe import Outcome
from bot.model.text import count, listing


def node(case: Case) -> Sight:
    """Return whether the nodes of the usable endpoints are known to be up."""
    if case.service is None or case.service.is_external_name:
        return off_path("there is no endpoint of this cluster")
    names = {each.node or (pod.spec.node_name if pod else "") for each, pod in behind(case)} - {""}
    if not names:
        return off_path("no endpoint is on a node that is known")
    if why := gap_words(case, "nodes"):
        return unknown(why)
    lost = sorted(each for each in names if case.snapshot.is_lost(each))
    if lost and not _all_reached(case):
        return unknown(f"node {listing(lost, 2)} is lost")
    return sound(f"{count(len(names), 'node')} of the endpoints ready")


def _all_reached(case: Case) -> bool:
    """Every endpoint on a lost node answered a probe all the same: the kubelet may be down alone."""
    own = [each for each in case.all_usable if case.snapshot.is_lost(each.node or _of_pod(case, each.address))]
    seen = [case.tcp_to(each) for each in own]
    return all(each is not None and each.outcome is Outcome.ANSWERED for each in seen)


def _of_pod(case: Case, address: str) -> str:
    pod = case.snapshot.pod_by_ip(address)
    return pod.spec.node_name if pod else ""
