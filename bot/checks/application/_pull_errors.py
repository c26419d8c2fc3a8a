"""Why an image is not pulled, from the words of kubelet, container runtime and registry. Pure text.

The first phrase that fits wins, so the narrower ones stand first: a registry that denies often says "not found" as well.
"""

from collections.abc import Collection

_BY_REASON = {
    "InvalidImageName": "the name is not a valid image reference",
    "ErrImageNeverPull": "it is not on the node, and imagePullPolicy Never forbids to fetch it",
    "SignatureValidationFailed": "its signature is not accepted",
}
_DISK = "the node's disk is full"
_PHRASES = (
    ("toomanyrequests", "the registry limits the rate of pulls"),
    ("429 too many", "the registry limits the rate of pulls"),
    (
        "repository does not exist or may require",
        "the repository does not exist, or it is private and the pull secret is missing",
    ),
    ("no match for platform", "it is not built for this node's processor"),
    ("no matching manifest", "it is not built for this node's processor"),
    ("x509", "the node does not trust the registry's certificate"),
    ("server gave http response to https client", "the registry speaks plain HTTP, and the node asks with TLS"),
    ("no such host", "the node cannot resolve the registry's name"),
    ("server misbehaving", "the node cannot resolve the registry's name"),
    ("unauthorized", "the registry wants other credentials (pull secret)"),
    ("authentication required", "the registry wants other credentials (pull secret)"),
    ("authorization failed", "the registry wants other credentials (pull secret)"),
    ("no basic auth credentials", "the registry wants credentials (pull secret)"),
    ("403 forbidden", "the registry refuses these credentials (pull secret)"),
    ("denied", "the registry refuses these credentials (pull secret)"),
    ("manifest unknown", "the tag does not exist in the registry"),
    ("name unknown", "the repository does not exist in the registry"),
    ("not found", "the image or its tag does not exist in the registry"),
    ("500 internal server error", "the registry answers with an error of its own (500)"),
    ("no space left on device", _DISK),
    ("connection refused", "the node cannot reach the registry (connection refused)"),
    ("i/o timeout", "the node cannot reach the registry (time-out)"),
    ("deadline exceeded", "the registry did not answer the node in time"),
    ("no route to host", "the node cannot reach the registry (no route)"),
    ("network is unreachable", "the node cannot reach the registry (no route)"),
)
# What is wrong with the one image, and not with the registry, the way to it or who asks.
_OF_THE_IMAGE = frozenset(
    (
        *_BY_REASON.values(),
        "the repository does not exist, or it is private and the pull secret is missing",
        "it is not built for this node's processor",
        "the tag does not exist in the registry",
        "the repository does not exist in the registry",
        "the image or its tag does not exist in the registry",
    )
)


def common_ground(image: str, why: str, nodes: Collection[str]) -> str:
    """Return the registry of an image with what keeps all of its images from being pulled; empty where it is this one alone.

    A full disk is that of the one node of all the pods.
    An image without a registry is Docker Hub's: https://kubernetes.io/docs/concepts/containers/images/#image-names
    """
    if why == _DISK:
        return f"{next(iter(nodes))}: {why}" if len(nodes) == 1 else ""
    if not why or why in _OF_THE_IMAGE:
        return ""
    host = image.partition("/")[0]
    is_host = "/" in image and ("." in host or ":" in host or host == "localhost")
    return f"{host if is_host else 'docker.io'}: {why}"


def why_not_pulled(reason: str, said: str) -> str:
    """Return the class of a failed pull in words, or nothing where the message does not tell."""
    lower = said.lower()
    return _BY_REASON.get(reason) or next((words for phrase, words in _PHRASES if phrase in lower), "")
