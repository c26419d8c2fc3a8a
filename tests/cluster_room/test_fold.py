"""What is kept of a pod when thousands are read."""

from bot.cluster.scope import Fold
from bot.model.objects import Meta
from bot.model.pods import Container, Pod, PodSpec, Resources


def test_replicas_with_limits_share_their_containers() -> None:
    """Containers with resource limits, as nearly all have, are kept once for all replicas that say the same."""
    fold = Fold()
    first, second, other = (fold(_pod(name, limits)) for name, limits in (("a", "64Mi"), ("b", "64Mi"), ("c", "128Mi")))

    assert first.spec.containers is second.spec.containers
    assert other.spec.containers[0].resources.limits == {"memory": "128Mi"}


def _pod(name: str, limit: str) -> Pod:
    """A pod decoded on its own: nothing of it is shared yet."""
    resources = Resources(limits={"memory": limit}, requests={"cpu": "1"})
    return Pod(metadata=Meta(name=name), spec=PodSpec(containers=(Container(name="app", resources=resources),)))
