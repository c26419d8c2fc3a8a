"""The words in which a fault is told. Rule: data only; what is done with it is in `test_faults`.

All words after `kubectl -n NAMESPACE` are kubectl's own, so that a fault can be tried by hand.
"""

import json
from dataclasses import dataclass, field
from typing import Any

CONTAINER = "/spec/template/spec/containers/0"
IMAGE = "k8snet.test/serve:1"
LOOKUPS = "lookups"
WEB = {"podSelector": {"matchLabels": {"app": "storefront"}}}
Words = tuple[str, ...]


@dataclass(frozen=True)
class OnNode:
    """A command that is run inside a node, in all of its namespaces."""

    node: str
    command: Words


@dataclass(frozen=True)
class Lookups:
    """The pod `lookups` with real resolvers in it (`lookups.py` beside this folder), made with these fields of a pod's spec."""

    dns: dict[str, Any] = field(hash=False)


Action = Words | OnNode | Lookups


def stopped(node: str, component: str) -> OnNode:
    """Let a component of a node stand still: kubelet, kube-proxy, kube-network-policies or containerd."""
    return OnNode(node, ("sh", "-c", f"kill -STOP $(cat /run/{component}.pid)"))


def goes_on(node: str, component: str) -> OnNode:
    """Let it go on; it may be told so twice."""
    return OnNode(node, ("sh", "-c", f"kill -CONT $(cat /run/{component}.pid)"))


@dataclass(frozen=True)
class Fault:
    """What is broken, what traffic then does, what k8snet must say, and whether its first printed fix mends it.

    `about` is KIND/NAME of the object at fault. `traffic` is in the words of `traffic.expect`, at `url_broken`; `url` is
    well before. Without `mends` there is no safe fix to print, and `undo` mends it, or the caller, who then asks for
    `url_mended` and `ask_mended`. `undo` is done in any case, so it must bear being done twice. `editor` is what a
    person would do in an editor, as a command; `as_pod` asks as a worker does that runs on the client's node. `is_early`
    is for faults of what has stood for a while: the shop is made before those of all others; `early` is done there then.
    `patience` is how many seconds at most may pass until it is told.
    `looked_up` is a name that real resolvers in the pod `lookups` ask for while it is broken: `finds` get its address, `fails`
    do not, and `why --resolver` must say so of each. `is_long` is for what CI has no time for: `make test-nodes` runs it.
    `well` is the outcome where nothing is wrong; `after_fix` hastens what a printed fix sets going by itself, and `tidy` takes
    away what `before` has left outside of the namespace.
    """

    name: str
    inject: tuple[Action, ...]
    traffic: str
    code: str
    layer: str
    about: str
    mends: bool = True
    before: tuple[Action, ...] = ()
    undo: tuple[Action, ...] = ()
    url: str = "http://storefront"
    url_broken: str = ""
    url_mended: str = ""
    ask: str = "storefront -n NAMESPACE --from NAMESPACE/client"
    ask_mended: str = ""
    ask_before: str = "storefront -n NAMESPACE --from NAMESPACE/client"
    client: str = "client"
    editor: str = ""
    as_pod: bool = False
    is_early: bool = False
    early: tuple[Action, ...] = ()
    patience: float = 100
    is_long: bool = False
    well: str = "ok"
    after_fix: tuple[Action, ...] = ()
    tidy: tuple[Action, ...] = ()
    looked_up: str = ""
    finds: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        return "fault-" + self.name.replace(" ", "-").lower()

    @property
    def is_of_proxy(self) -> bool:
        """Return whether it may look otherwise in another mode of kube-proxy: a fault of routing, policies aside."""
        return self.code.startswith("RTE-")

    def here(self, words: str) -> str:
        """Return words with the fault's own namespace filled in."""
        return words.replace("NAMESPACE", self.namespace)


def merge(what: str, patch: dict[str, Any]) -> Words:
    return ("patch", *what.split("/"), "--type=merge", "-p", json.dumps(patch))


def replace(what: str, path: str, value: Any) -> Words:
    """Write a member, whether or not it is there (RFC 6902, 4.1)."""
    return _patch(what, [{"op": "add", "path": path, "value": value}])


def remove(what: str, path: str) -> Words:
    return _patch(what, [{"op": "remove", "path": path}])


def _patch(what: str, operations: list[dict[str, Any]]) -> Words:
    return ("patch", *what.split("/"), "--type=json", "-p", json.dumps(operations))


ADMIN_TIERS = "policy.networking.k8s.io/v1alpha2"


def policy(name: str, spec: dict[str, Any]) -> Words:
    """Words that create a policy: kubectl has none of its own, so the manifest goes along as a file of one word."""
    return made("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)


def made(api: str, kind: str, name: str, *, labels: dict[str, str] | None = None, **rest: Any) -> Words:
    """Words that create an object in the fault's namespace."""
    whole = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels or {}}, **rest}
    return ("apply", "-f", json.dumps(whole))


def served(*args: str, **container: Any) -> dict[str, Any]:
    """The template of a Deployment's pods that serve as the shop's do."""
    main = {"name": "storefront", "image": IMAGE, "args": list(args), "ports": [{"containerPort": 8080}], **container}
    labels = {"app": "storefront", "version": "v1"}
    return {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [main]}}


# Three pods that know their names instead of the Deployment's two.
THREE: tuple[Action, ...] = (
    ("delete", "deploy/storefront"),
    ("apply", "-f", "three.yaml"),
    ("rollout", "status", "sts/storefront", "--timeout=180s"),
)


def signal(pod: str, name: str) -> Words:
    """Words that make one pod sick until it is made anew: USR1 refuses, USR2 hangs, HUP answers 500."""
    return ("exec", pod, "--", "kill", f"-{name}", "1")


ON_N2 = replace("deploy/storefront", "/spec/template/spec/nodeSelector", {"kubernetes.io/hostname": "n2"})
