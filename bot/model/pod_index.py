"""Pods by what they are looked up by: name, namespace, labels, workload, address. Each index is built when first asked."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from itertools import chain
from typing import TypeVar

from msgspec import Struct

from bot.model.kube.pods import Pod
from bot.model.kube.selectors import ServiceSelector
from bot.model.memo import derived
from bot.model.refs import Ref

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class PodIndex(Struct, frozen=True, dict=True):
    """The pods that were read."""

    pods: tuple[Pod, ...]

    def named(self, namespace: str, name: str) -> Pod | None:
        return self._by_name.get((namespace, name))

    def of(self, namespace: str) -> tuple[Pod, ...]:
        return tuple(self._of.get(namespace, ()))

    def by_workload(self, namespace: str) -> dict[Ref | None, list[Pod]]:
        """Return the pods of a namespace by what made them; None: those that nothing did."""
        if namespace not in self._by_workload:
            self._by_workload[namespace] = group(self.of(namespace), lambda each: each.workload)
        return self._by_workload[namespace]

    def by_ip(self, address: str) -> Pod | None:
        """Return the live pod with this IP; hostNetwork pods share their node's and are not told apart here."""
        return next(filter(_has_own_address, self._by_ip.get(address, ())), None)

    @derived
    def shared_addresses(self) -> frozenset[str]:
        """The addresses of more than one live pod that is not on the host network: there should be none."""
        own = [address for pod in self.pods if _has_own_address(pod) for address in pod.ips]
        once = set(own)
        return frozenset(_repeated(own)) if len(once) < len(own) else frozenset()

    def selected(self, namespace: str, selector: ServiceSelector) -> tuple[Pod, ...]:
        """Return all pods of the namespace that carry every pair, terminal ones included; an empty selector gives none."""
        if not selector.pairs:
            return ()
        rarest = min((self._by_pair.get((namespace, key, value), []) for key, value in selector.pairs.items()), key=len)
        found = [pods for pods in rarest if selector.matches(pods[0].labels)]
        return tuple(found[0]) if len(found) == 1 else tuple(sorted(chain(*found), key=lambda each: each.name))

    @derived
    def _by_name(self) -> dict[tuple[str, str], Pod]:
        return {(each.namespace, each.name): each for each in self.pods}

    @derived
    def _of(self) -> dict[str, list[Pod]]:
        return group(self.pods, lambda each: each.namespace)

    @derived
    def _by_pair(self) -> dict[tuple[str, str, str], list[list[Pod]]]:
        """Pods by namespace and label pair, those with one set of labels in one list: replicas share it (`Interner`)."""
        alike = group(self.pods, lambda each: (each.namespace, id(each.metadata.labels)))
        index: dict[tuple[str, str, str], list[list[Pod]]] = defaultdict(list)
        for pods in alike.values():
            for key, value in pods[0].labels.items():
                index[pods[0].namespace, key, value].append(pods)
        return index

    @derived
    def _by_workload(self) -> dict[str, dict[Ref | None, list[Pod]]]:
        """What `by_workload` gave of a namespace."""
        return {}

    @derived
    def _by_ip(self) -> dict[str, list[Pod]]:
        index: dict[str, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            for address in pod.ips:
                index[address].append(pod)
        return index


def group(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Return the items by a key, in their order."""
    found: dict[K, list[T]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return found


def _repeated(items: Iterable[K]) -> set[K]:
    return {each for each, number in Counter(items).items() if number > 1}


def _has_own_address(pod: Pod) -> bool:
    return not pod.is_terminal and not pod.spec.host_network
