"""Which tool looks after an object: a change by hand is undone by it, so the fix has to say so.

Recognized by what the tools write themselves: Helm (https://helm.sh/docs/chart_best_practices/labels/), Argo CD
(https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/) and Flux
(https://fluxcd.io/flux/components/kustomize/kustomizations/).
"""

from bot.model.kube.annotations import Annotation
from bot.model.kube.objects import KubeObject


def caretaker(known: KubeObject) -> str:
    """Name it with its own unit, e.g. `Helm release user`; empty where none is known."""
    labels = known.labels
    if labels.get("app.kubernetes.io/managed-by") == "Helm":
        return f"Helm release {known.annotation(Annotation.HELM_RELEASE) or known.name}"
    tracked = known.annotation(Annotation.ARGO_CD_TRACKING).partition(":")[0]
    if application := tracked or labels.get("argocd.argoproj.io/instance"):
        return f"Argo CD application {application}"
    if unit := labels.get("kustomize.toolkit.fluxcd.io/name") or labels.get("helm.toolkit.fluxcd.io/name"):
        return f"Flux unit {unit}"
    return ""


def managed_by(known: KubeObject) -> str:
    """Return half a sentence for the risk of a fix, e.g. `; it belongs to Helm release user: change it there too`."""
    found = caretaker(known)
    return f"; it belongs to {found}: change it there too, or it comes back" if found else ""
