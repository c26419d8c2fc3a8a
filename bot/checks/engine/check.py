"""What a check is. All that the judge knows of one stands in its own decorator; nothing about it stands anywhere else."""

import importlib
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion, gives
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect, brought_about
from bot.model.result.finding import Detection, Layer

# What a check may need, in words. A need that is missing (a Gap of this name) leaves the check's hop unknown.
NEEDS = {
    "services": "Services",
    "endpointslices": "EndpointSlices",
    "pods": "Pods",
    "workloads": "Deployments, StatefulSets, DaemonSets, ReplicaSets and ReplicationControllers",
    "networkpolicies": "NetworkPolicies",
    "ingresses": "Ingresses and IngressClasses",
    "nodes": "Nodes",
    "namespaces": "Namespaces",
    "events": "Kubernetes Events",
    "dns": "the cluster's DNS Service, its EndpointSlices and pods",
    "corefile": "the Corefile of the cluster's DNS",
    "logs": "the last log lines of crashed containers",
    "autoscalers": "HorizontalPodAutoscalers",
    "volumes": "PersistentVolumeClaims and StorageClasses",
    "dependencies": "the Services that failing pods wait for, with their pods",
    "source": "the calling pod or workload",
}
# Needs of the whole cluster: their gaps count wherever they lie.
CLUSTER_WIDE = frozenset({"dns", "corefile", "nodes"})

Rule = Callable[[Case], Iterator[Detection]]
When = Callable[[Case], bool]


class Check(Struct, frozen=True):
    """A rule with its code and name.

    `hop` is where its effect is seen, `layer` that of the cause; `shows` and `causes` place it in the cause graph; `fits`
    are the complaints that it would explain; `when` says for which cases it applies at all.

    `by_probes`: it judges what probes saw and nothing else, so where nothing was measured it is not asked. `of_cluster`: it
    judges what all Services share (the DNS pods), and says the same of each as long as nothing was measured, so of the many
    Services of a table it is asked once. `silent_when_plain`: it has nothing to say above info where only a Service was named
    and that one is plain (`bot.model.call.plain`); then a table asks it not. `may_be_meant`: people do that on purpose, too,
    so where nothing calls the Service and nobody knows since when, a triage tells it with what is old. `only`: occasions
    without each of which it says nothing at all, so that it need not even be loaded.
    """

    code: str
    name: str
    hop: Hop
    layer: Layer
    needs: tuple[str, ...]
    clears: tuple[str, ...]
    uses: tuple[str, ...]
    shows: Effect | None
    causes: tuple[Effect, ...]
    fits: tuple[Symptom, ...]
    when: When | None
    by_probes: bool
    of_cluster: bool
    silent_when_plain: bool
    may_be_meant: bool
    only: tuple[Occasion, ...]
    rule: Rule
    module: str

    @property
    def page(self) -> str:
        """Its page: the docstring of its module."""
        return (importlib.import_module(self.module).__doc__ or "").strip()

    @property
    def title(self) -> str:
        """The page's first line."""
        return self.page.split("\n", 1)[0].strip()

    @property
    def explains(self) -> frozenset[Effect]:
        """All effects that a finding of this check brings about."""
        return brought_about(self.causes, self.shows)

    def applies(self, case: Case) -> bool:
        """Return whether the check may have anything to say about this case."""
        return self.has_occasion(case) and (self.when is None or self.when(case))

    def has_occasion(self, case: Case) -> bool:
        """Return whether a case gives all its occasions; that is known without loading the check."""
        return gives(case, self.only)

    def sections(self) -> dict[str, str]:
        """Return the page's sections by heading, in order."""
        found: dict[str, list[str]] = {}
        lines: list[str] = []
        for line in self.page.splitlines()[1:]:
            if line.startswith("## "):
                lines = found.setdefault(line[3:].strip(), [])
            else:
                lines.append(line)
        return {heading: "\n".join(body).strip() for heading, body in found.items()}


def applying(checks: Iterable[Check], case: Case) -> list[Check]:
    """Return those of many that apply to a case. Several have the same occasions, which are looked at once."""
    given: dict[tuple[Occasion, ...], bool] = {}
    found = []
    for each in checks:
        has_occasion = given.get(each.only)
        if has_occasion is None:
            has_occasion = given[each.only] = each.has_occasion(case)
        if has_occasion and (each.when is None or each.when(case)):
            found.append(each)
    return found


def check(
    code: str,
    name: str,
    *,
    hop: Hop,
    layer: Layer | None = None,
    needs: tuple[str, ...] = (),
    clears: tuple[str, ...] = (),
    uses: tuple[str, ...] = (),
    shows: Effect | None = None,
    causes: tuple[Effect, ...] = (),
    fits: tuple[Symptom, ...] = (),
    when: When | None = None,
    by_probes: bool = False,
    of_cluster: bool = False,
    silent_when_plain: bool = False,
    may_be_meant: bool = False,
    only: tuple[Occasion, ...] = (),
) -> Callable[[Rule], Check]:
    """Return a decorator that makes a rule a Check.

    `needs` must have been read for the check to judge at all, where it applies (`when`); what is missing leaves its hop
    unknown. `clears` must have been read for its silence to mean anything: without it the check is asked all the same, and
    leaves its hop unknown where it finds nothing. `uses` only improves its evidence. All three become rules of the chart's
    ClusterRole. `layer` is given where the cause lies in another layer than the hop. The flags are told at `Check`.
    """

    def wrap(rule: Rule) -> Check:
        return Check(
            code=code,
            name=name,
            hop=hop,
            layer=layer or hop.layer,
            needs=needs,
            clears=clears,
            uses=uses,
            shows=shows,
            causes=causes,
            fits=fits,
            when=when,
            by_probes=by_probes,
            of_cluster=of_cluster,
            silent_when_plain=silent_when_plain,
            may_be_meant=may_be_meant,
            only=only,
            rule=rule,
            module=rule.__module__,
        )

    return wrap
