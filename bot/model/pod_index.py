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


class NamespacePods(Struct, frozen=True, dict=True):
    """The pods of one namespace. What is asked of them is asked of one Service after the other, so it is found near at hand."""

    pods: tuple[Pod, ...] = ()

    @derived
    def by_name(self) -> dict[str, Pod]:
        """Return each pod by its name."""
        return {each.metadata.name: each for each in self.pods}

    @derived
    def by_workload(self) -> dict[Ref | None, list[Pod]]:
        """Return the pods by what made them; None: those that nothing did."""
        found: dict[Ref | None, list[Pod]] = defaultdict(list)
        for alike in group(self.pods, _made_alike).values():
            found[alike[0].workload] += alike
        return found

    def selected(self, selector: ServiceSelector) -> tuple[Pod, ...]:
        """Return all pods that carry every pair, terminal ones included, by name; an empty selector gives none."""
        if not selector.pairs:
            return ()
        known = self._by_pair
        rarest = min([known.get(pair, []) for pair in selector.pairs.items()], key=len)
        is_enough = len(selector.pairs) == 1
        found = rarest if is_enough else [pods for pods in rarest if selector.matches(pods[0].labels)]
        return tuple(found[0]) if len(found) == 1 else tuple(sorted(chain(*found), key=lambda each: each.name))

    @derived
    def _by_pair(self) -> dict[tuple[str, str], list[list[Pod]]]:
        """Pods by label pair, those with one set of labels in one list: replicas share it (`Interner`)."""
        index: dict[tuple[str, str], list[list[Pod]]] = defaultdict(list)
        for pods in group(self.pods, lambda each: id(each.metadata.labels)).values():
            for pair in pods[0].labels.items():
                index[pair].append(pods)
        return index


_NONE = NamespacePods()


class PodIndex(Struct, frozen=True, dict=True):
    """The pods that were read."""

    pods: tuple[Pod, ...]

    def of(self, namespace: str) -> NamespacePods:
        """Return the pods of a namespace."""
        return self._of.get(namespace, _NONE)

    def by_ip(self, address: str) -> Pod | None:
        """Return the live pod with this IP; hostNetwork pods share their node's and are not told apart here."""
        return next(filter(_has_own_address, self._by_ip.get(address, ())), None)

    @derived
    def shared_addresses(self) -> frozenset[str]:
        """The addresses of more than one live pod that is not on the host network: there should be none."""
        own = [address for pod in filter(_has_own_address, self.pods) for address in pod.ips]
        once = set(own)
        return frozenset(_repeated(own)) if len(once) < len(own) else frozenset()

    @derived
    def _of(self) -> dict[str, NamespacePods]:
        found = group(self.pods, lambda each: each.metadata.namespace)
        return {namespace: NamespacePods(tuple(pods)) for namespace, pods in found.items()}

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


def _made_alike(pod: Pod) -> tuple[int, int]:
    """Return what replicas share in a large cluster (`Interner`), so that what made them is read once."""
    return id(pod.metadata.owner_references), id(pod.metadata.labels)


def _repeated(items: Iterable[K]) -> set[K]:
    return {each for each, number in Counter(items).items() if number > 1}


def _has_own_address(pod: Pod) -> bool:
    return not pod.is_terminal and not pod.spec.host_network
