"""The ephemeral container as it is asked for: `k8snet probe` under the strictest pod security standard.

It has no `targetContainerName`: it shares the pod's network, which every container of a pod does, and no processes. It has
no resources, since the API forbids them: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
"""

from typing import Any

import msgspec

from bot.cluster.ephemeral.caller_pod import OURS, CallerPod
from bot.cluster.transport import Sending
from bot.model.pattern import pattern

PATCH = "application/strategic-merge-patch+json"  # containers are merged by name, so those of others stay
_NOBODY = 65532  # as the image says: Dockerfile
_LONGEST = 63  # characters of a container's name, a DNS label
_UNFIT = pattern(r"[^a-z0-9-]+")


def name_of(run_id: str) -> str:
    """Return the container's name: ours, and one a question, so that what is asked again finds it there."""
    return f"{OURS}{_UNFIT.sub('-', run_id.lower())}"[:_LONGEST].rstrip("-")


def addition(pod: CallerPod, name: str, image: str, order: str) -> Sending:
    """Return the patch that adds the container to this very pod, and to no later one of its name (by its uid)."""
    return Sending(
        "PATCH",
        msgspec.json.encode(
            {
                "metadata": {"uid": pod.metadata.uid},
                "spec": {"ephemeralContainers": [_container(pod, name, image, order)]},
            }
        ),
        PATCH,
    )


def _container(pod: CallerPod, name: str, image: str, order: str) -> dict[str, Any]:
    # Left to the image where that will do: a platform that gives each namespace its own user ids (OpenShift) refuses others.
    user = {"runAsUser": _NOBODY} if pod.is_root else {}
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["probe", order],
        "securityContext": {
            "runAsNonRoot": True,
            **user,
            "privileged": False,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
