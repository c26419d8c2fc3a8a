"""Why a volume is not there, from the words of kubelet, attach-detach controller, volume binder and scheduler. Pure text.

https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/volume/util/operationexecutor/operation_generator.go
"""

import re

from msgspec import Struct

from bot.checks.application._start_errors import missing_in
from bot.model.pattern import pattern

_SET_UP = pattern(r'^(?:MountVolume|MapVolume|AttachVolume)\.\S+ failed for volume "([^"]+)" : ?(.*)$', re.DOTALL)
_CLAIM = pattern(r'persistentvolumeclaim "([^"]+)" not found', re.IGNORECASE)
_CONFIG_KEY = pattern(r"configmap references non-existent config key: (\S+)")
_SECRET_KEY = pattern(r"references non-existent secret key: (\S+)")
_HOST_PATH = pattern(r"hostPath type check failed: (.+)")
_DRIVER = pattern(r"driver name (\S+) not found in the list of registered CSI drivers")
_ATTACHER = pattern(r"external-attacher of (\S+) CSI driver")
MULTI_ATTACH = "Multi-Attach error"
_MULTI_ATTACH = pattern(r' for volume "([^"]+)" (?:Volume is already used by pod\(s\) (.+))?', re.DOTALL)
_UNBOUND = ("unbound immediate PersistentVolumeClaims", "find available persistent volumes")
_PHRASES = (
    ("volume node affinity", "no node that may run the pod can reach the volume (its node affinity)"),
    ("PersistentVolume's node affinity", "no node that may run the pod can reach the volume (its node affinity)"),
    ("binding volumes: ", "its claim was not bound in time"),
    ("timed out waiting for the condition", "it was not ready in time"),
    ("context deadline exceeded", "it was not ready in time"),
)


class VolumeError(Struct, frozen=True):
    """What is wrong with a volume, in words; its name in the pod's spec (or the PersistentVolume's), where it is said."""

    words: str
    volume: str = ""


def read_volume_error(said: str) -> VolumeError | None:
    """Read an Event's or a condition's message; None where it does not speak of a volume."""
    if said.startswith(MULTI_ATTACH) and (attached := _MULTI_ATTACH.match(said, len(MULTI_ATTACH))):
        user = f", where {attached[2].strip()} uses it," if attached[2] else ""
        return VolumeError(
            f"it is attached to another node{user} and can be on one at a time (Multi-Attach)", attached[1]
        )
    found = _SET_UP.match(said)
    volume, rest = (found[1], found[2]) if found else ("", said)
    if words := _words(rest):
        return VolumeError(words, volume)
    return VolumeError(rest.strip() or "it cannot be set up", volume) if found or "volume" in said.lower() else None


def is_about_claim(said: str) -> bool:
    """Return whether the scheduler turned a pod down for a claim that is missing or not bound."""
    return bool(_CLAIM.search(said)) or any(each in said for each in (*_UNBOUND, "binding volumes: "))


def _words(rest: str) -> str:
    if claim := _CLAIM.search(rest):
        return f"PersistentVolumeClaim {claim[1]} does not exist"
    if any(each in rest for each in _UNBOUND):
        return "its PersistentVolumeClaim is not bound"
    if key := _CONFIG_KEY.search(rest):
        return f"its ConfigMap has no key {key[1]}"
    if key := _SECRET_KEY.search(rest):
        return f"its Secret has no key {key[1]}"
    if missing := missing_in(rest):
        return missing.words
    if path := _HOST_PATH.search(rest):
        return f"the node's path is not of the type asked for: {path[1].strip()}"
    if driver := _DRIVER.search(rest) or _ATTACHER.search(rest):
        return f"the CSI driver {driver[1]} does not run, or does not answer"
    return next((words for phrase, words in _PHRASES if phrase in rest), "")
