"""Workloads that their own controllers put to sleep, and wake again: that they have no pod is how they are meant to be.

Knative takes the last pod of a Revision away once nobody has called it for a minute, and its activator holds the next call
until there is one (https://knative.dev/docs/serving/autoscaling/scale-to-zero/). Kubeflow stops Notebooks that are idle, or
that their users stopped (https://www.kubeflow.org/docs/components/notebooks/). OpenFaaS scales a function that is called
through its gateway (https://docs.openfaas.com/openfaas-pro/scale-to-zero/), KEDA whatever has no events
(https://keda.sh/docs/latest/concepts/scaling-deployments/). An operator takes the pods of what it was told to pause or to
hibernate, and nobody but whoever owns that object can wake it.
"""

from bot.model.kube.workloads import Workload
from bot.model.result.changes import writer_of

_BY_LABEL = ("serving.knative.dev/revision", "notebook-name", "faas_function")
_BY_SCALER = ("keda",)
_OF_PEOPLE = ("Deployment", "ReplicaSet", "StatefulSet", "CronJob", "Rollout")  # whose numbers people write themselves
_BY_PEOPLE = ("kubectl", "k9s", "helm", "argocd")


def sleeps_by_itself(known: Workload) -> bool:
    """Return whether a workload's controller puts it to sleep, and nobody else wrote its number of pods."""
    by = writer_of(known, "spec", "replicas")
    if by is not None and by.manager.startswith(_BY_PEOPLE):
        return False
    is_scaled = by is not None and by.manager.startswith(_BY_SCALER)
    return is_scaled or _is_of_operator(known) or not known.template_labels.keys().isdisjoint(_BY_LABEL)


def was_made_asleep(known: Workload) -> bool:
    """Return whether a workload was made with no pod, and nobody changed it since: charts ship parts that are off so."""
    return known.metadata.generation == 1 and known.wanted_replicas == 0


def _is_of_operator(known: Workload) -> bool:
    """Return whether a custom resource controls a workload: what is written there alone says how many pods it has."""
    owners = known.metadata.owner_references or ()
    return any(each.controller and each.kind not in _OF_PEOPLE for each in owners)
