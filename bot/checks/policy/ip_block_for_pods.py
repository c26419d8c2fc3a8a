"""A policy lets traffic out to an address that is translated before, or after, policies see it

## Meaning
A Service's address is translated to that of a pod, or of a node. The API leaves open whether an ipBlock is held against the
address before or after; nearly every engine sees the one after. Here the rule that was meant for this call has the Service's
address (ClusterIP, load balancer or external IP), and no rule has the pods.

## Impact
With most engines the connections time out; with one that judges before the translation (the AWS VPC CNI) they pass.

## How it is detected
No egress rule admits the endpoints themselves, and an ipBlock of one has an address of the Service, with the Service's port or
with every port.

## When it stays silent
If a rule admits the pods by labels, or the endpoints by their own addresses. If the block has the Service's address but the
ports are others.

## Fix
The printed policy lets the caller out to the pods by their labels. For endpoints that are no pods, as the API server's, it
has their addresses and port.

## Known limits
It is a warning, not a failure, where the engine is not known: what the API leaves open, only a connection tells.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, blocked_groups, caller_name, has_party, open_groups
from bot.checks.policy._denied import pointed
from bot.checks.policy._policy_fixes import allow_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.enforcement import enforcer
from bot.model.policy.matching import match_blocks, match_ports
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction, Match, Rule
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence
from bot.model.text import listing


@check(
    "NPL-008",
    "ip-block-for-pods",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def ip_block_for_pods(case: Case) -> Iterator[Detection]:
    for group in (*blocked_groups(case, Direction.EGRESS), *open_groups(case, Direction.EGRESS)):
        for rule in (each for policy in group.policies for each in policy.egress or ()):
            if addresses := _of_the_service(case, group, rule):
                yield _found(case, group, rule, addresses)


def _of_the_service(case: Case, group: BlockedGroup, rule: Rule) -> tuple[str, ...]:
    """Return the Service's addresses that a rule's blocks have, on its port; none where the rule is about another port."""
    service, port, target = case.service, group.blocked[0].port, group.decision.target
    if service is None or not rule.blocks or group.decision.judge(rule).peers is Match.YES:
        return ()
    if match_ports(rule, port.port, port.protocol, target) is Match.NO:
        return ()
    given = (*service.cluster_ips, *service.balancer_addresses, *(service.spec.external_ips or ()))
    parties = (Party(ips=(each,)) for each in given)
    return tuple(each.ips[0] for each in parties if match_blocks(rule.blocks, each, each) is Match.YES)


def _who_judges(case: Case) -> str:
    known = enforcer(case.snapshot)
    return f"{known.engine.name} judges" if known and known.engine.sees_backend else "most networks judge"


def _found(case: Case, group: BlockedGroup, rule: Rule, addresses: tuple[str, ...]) -> Detection:
    assert case.service is not None
    port = group.blocked[0].port
    message = (
        f"Policy {rule.policy.namespace}/{rule.policy.name} lets {caller_name(case)} out to {rule}, which is Service "
        f"{case.service.name} ({listing(addresses)}, port {port.port}); {_who_judges(case)} the connection after the "
        f"translation, to {listing(group.targets, 3)} on {group.pod_ports}, and no rule has that."
    )
    evidence = Evidence(rule.policy, rule.field, str(rule), "an address of the Service, not of its endpoints")
    return pointed(case, group, (evidence,), message, allow_caller(case, group))
