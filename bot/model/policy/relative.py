"""Peers that depend on the governed pod's own namespace (`sameLabels`, `notSameLabels` of v1alpha1 until 0.1.1). Pure."""

from msgspec import Struct

from bot.model.kube.selectors import LabelSelector
from bot.model.text import listing


class RelativePeer(Struct, frozen=True):
    """Pods of the namespaces that have all of these labels, with the values of the governed pod's own namespace.

    `is_same` is False where one value at least must be another one. Without keys it means nobody (NamespacedPeer, v1alpha1).
    """

    keys: tuple[str, ...]
    is_same: bool
    pod_selector: LabelSelector = LabelSelector()

    def __str__(self) -> str:
        """E.g. `every pod of namespaces with its own team`, `app=web of namespaces with another team`."""
        pods = "every pod" if self.pod_selector.is_empty else str(self.pod_selector)
        if not self.keys:
            return "nobody (no labels are named)"
        return f"{pods} of namespaces with {'its own' if self.is_same else 'another'} {listing(self.keys)}"
