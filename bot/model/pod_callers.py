"""Callers that only their pods show, since Jobs and CronJobs are no kinds that k8snet reads: by the pods that it holds."""

import re
from collections.abc import Iterable, Iterator

from bot.model.kube.pods import Pod

# A CronJob names its Jobs by the minute since 1970 for which they were due:
# https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/cronjob/utils.go (getJobName)
_OF_CRON_JOB = re.compile(r"(?P<name>.+)-\d{8,9}")


def pod_callers(pods: Iterable[Pod]) -> Iterator[str]:
    """Yield the Jobs, the CronJobs and the pods that nothing made, as NAMESPACE/KIND/NAME with kubectl's short kind."""
    for each in pods:
        made_by = each.workload
        if each.is_static:
            continue
        if made_by is None:
            yield f"{each.namespace}/pod/{each.name}"
        elif made_by.kind == "Job":
            scheduled = _OF_CRON_JOB.fullmatch(made_by.name)
            yield (
                f"{each.namespace}/cronjob/{scheduled['name']}" if scheduled else f"{each.namespace}/job/{made_by.name}"
            )
