"""The caller's own policies do not let it out to the Service's pods

## Meaning
A NetworkPolicy with `Egress` among its `policyTypes` isolates the pods it selects for what they send: from then on only
what some policy's egress rule admits gets out. Such policies select the caller here, and none of their rules admits the
Service's pods on the pods' port.

## Impact
The caller's connections to this Service time out (with kube-router, and so k3s and k0s, they are refused), and usually
those to other Services too. Callers that these policies do not select are fine.

## How it is detected
The caller is held against all policies of its namespace, for every usable endpoint: peers and ports of every egress rule,
with the pod's own port and address, since policies see a connection after the Service has been translated. If no rule
admits, the nearest rules are named with what they ask for. A time-out from a vantage that the same policies deny makes it
certain.

## When it stays silent
If any rule of any isolating policy admits the endpoint. If nobody said who calls: then its policies are not known. If a
rule has the Service's ClusterIP as ipBlock, since networks differ in whether that counts. If a connection that policies
deny came about all the same, they are not enforced, and this is context. If a mesh of both ends calls the pod on a port of its
own (4143, 15008) that the policies do not deny: which calls it carries so is not known.

## Fix
The printed policy lets exactly this caller out to these pods on the pod port. It stands beside the others and isolates no
pod that is not isolated already. If DNS is blocked as well, mend that first (NPL-003).

## Known limits
Policies of Cilium and Calico are named where one can select an end, and not evaluated. The AWS VPC CNI judges egress before
the Service is translated, and adds the ClusterIP itself only for Services whose selector the rule's podSelector fits. Nothing
in the API tells whether the network enforces policies.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, blocked_groups, caller_name, endpoints_text, has_party
from bot.checks.policy._denied import denied
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.rules import Direction
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection


@check(
    "NPL-002",
    "egress-not-admitted",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    shows=Effect.NOT_ADMITTED,
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def egress_not_admitted(case: Case) -> Iterator[Detection]:
    for group in blocked_groups(case, Direction.EGRESS):
        yield _denied(case, group)


def _denied(case: Case, group: BlockedGroup) -> Detection:
    assert case.service is not None
    what = endpoints_text(group, case.service.name)
    return denied(case, group, f"{caller_name(case)} is not let out to {what} on {group.pod_ports}")
