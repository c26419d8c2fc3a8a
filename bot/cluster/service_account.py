"""Whether we are in a pod that was given no service account. Asked before the client library is loaded.

`k8snet doctor` is run beside the Slack process, in a pod that reads no cluster: the library's 5 MB are not needed there.
https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api
"""

import os
from pathlib import Path

_HOST = "KUBERNETES_SERVICE_HOST"
_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


def is_missing() -> bool:
    """Return whether this pod's service account would be used, as no kubeconfig is named, and none is mounted."""
    return bool(os.environ.get(_HOST)) and not os.environ.get("KUBECONFIG") and not _TOKEN.exists()
