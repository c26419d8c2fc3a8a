"""HorizontalPodAutoscalers: how many pods they may make, what they go by, and what they say of themselves.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
"""

from collections.abc import Iterator

from msgspec import Struct, field

from bot.model.kube.objects import ApiObject, Condition, KubeObject
from bot.model.refs import Ref


class ScaleTarget(ApiObject, frozen=True):
    kind: str = ""
    name: str = ""


class MetricValue(ApiObject, frozen=True):
    """A value of a metric, or the target for it; `average_utilization` is in percent of what pods request."""

    average_utilization: int | None = None


class ResourceMetric(ApiObject, frozen=True):
    name: str = ""
    target: MetricValue | None = None
    current: MetricValue | None = None


class Metric(ApiObject, frozen=True):
    """One metric; only utilization of a resource is read, other kinds (External, Pods, Object) are known by their type."""

    type: str = ""
    resource: ResourceMetric | None = None


class AutoscalerSpec(ApiObject, frozen=True):
    scale_target_ref: ScaleTarget = field(default_factory=ScaleTarget)
    min_replicas: int | None = None
    max_replicas: int = 0
    metrics: tuple[Metric, ...] | None = None


class AutoscalerStatus(ApiObject, frozen=True):
    current_replicas: int = 0
    desired_replicas: int = 0
    current_metrics: tuple[Metric, ...] | None = None
    conditions: tuple[Condition, ...] | None = None


class Utilization(Struct, frozen=True):
    """How much of what its pods request is used, and how much is aimed at; both in percent."""

    resource: str
    used: int
    target: int

    def __str__(self) -> str:
        return f"{self.resource} at {self.used} % of the requests, aimed at {self.target} %"


class HorizontalPodAutoscaler(KubeObject, frozen=True):
    """Changes the replicas of a workload, between two bounds."""

    spec: AutoscalerSpec = field(default_factory=AutoscalerSpec)
    status: AutoscalerStatus = field(default_factory=AutoscalerStatus)

    @property
    def scaled(self) -> Ref:
        """Return the workload that it scales."""
        target = self.spec.scale_target_ref
        return Ref(target.kind, target.name, self.namespace)

    def condition(self, kind: str) -> Condition | None:
        """Return `AbleToScale`, `ScalingActive` or `ScalingLimited`, where the controller has written it."""
        return next((each for each in self.status.conditions or () if each.type == kind), None)

    @property
    def utilizations(self) -> tuple[Utilization, ...]:
        """Return the resources that are both aimed at and measured."""
        return tuple(self._utilizations())

    def _utilizations(self) -> Iterator[Utilization]:
        aims = {
            each.resource.name: each.resource.target.average_utilization
            for each in self.spec.metrics or ()
            if each.resource and each.resource.target
        }
        for each in self.status.current_metrics or ():
            known = each.resource
            if known and known.current and (aim := aims.get(known.name)) and known.current.average_utilization:
                yield Utilization(known.name, known.current.average_utilization, aim)
