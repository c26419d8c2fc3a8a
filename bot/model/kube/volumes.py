"""Claims of volumes, and the classes that provision them."""

from typing import Any

from msgspec import field

from bot.model.kube.annotations import Annotation
from bot.model.kube.objects import ApiObject, KubeObject

WAITS_FOR_POD = "WaitForFirstConsumer"
# Provisioner of classes whose volumes are made by hand (https://kubernetes.io/docs/concepts/storage/storage-classes/#local).
NO_PROVISIONER = "kubernetes.io/no-provisioner"


class ClaimResources(ApiObject, frozen=True):
    """What a claim asks for, by resource name, as written: `{"storage": "10Gi"}`."""

    requests: dict[str, Any] | None = None


class ClaimSpec(ApiObject, frozen=True):
    """`storage_class_name`: None means the default class, and the empty string none at all."""

    storage_class_name: str | None = None
    volume_name: str = ""
    access_modes: tuple[str, ...] | None = None
    resources: ClaimResources = field(default_factory=ClaimResources)


class ClaimStatus(ApiObject, frozen=True):
    phase: str = "Pending"


class PersistentVolumeClaim(KubeObject, frozen=True):
    """A pod's wish for a volume; `Pending` until it is bound, `Lost` where its volume was deleted."""

    spec: ClaimSpec = field(default_factory=ClaimSpec)
    status: ClaimStatus = field(default_factory=ClaimStatus)

    @property
    def is_bound(self) -> bool:
        """Return whether it has its volume."""
        return self.status.phase == "Bound"


class StorageClass(KubeObject, frozen=True):
    """How volumes of one kind are made; its fields are at the top of the object."""

    provisioner: str = ""
    volume_binding_mode: str = "Immediate"

    @property
    def is_default(self) -> bool:
        """Return whether claims that name no class are given this one."""
        return self.annotation(Annotation.DEFAULT_CLASS) == "true"
