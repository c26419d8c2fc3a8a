"""Workloads that their own controllers put to sleep, and wake again: that they have no pod is how they are meant to be.

Knative takes the last pod of a Revision away once nobody has called it for a minute, and its activator holds the next call
until there is one (https://knative.dev/docs/serving/autoscaling/scale-to-zero/). Kubeflow stops Notebooks that are idle, or
that their users stopped (https://www.kubeflow.org/docs/components/notebooks/).
"""

from bot.model.kube.workloads import Workload
from bot.model.result.changes import writer_of

_BY_LABEL = ("serving.knative.dev/revision", "notebook-name")
_BY_PEOPLE = ("kubectl", "k9s", "helm", "argocd")


def sleeps_by_itself(known: Workload) -> bool:
    """Return whether a workload's controller puts it to sleep, and nobody else wrote its number of pods."""
    by = writer_of(known, "spec", "replicas")
    is_by_hand = by is not None and by.manager.startswith(_BY_PEOPLE)
    return not is_by_hand and not known.template_labels.keys().isdisjoint(_BY_LABEL)
