"""What can go wrong with us. A class's docstring is the polite sentence for people; the message adds the particulars.

K8snetError                 something went wrong with k8snet itself                      exit 1
├─ UsageError               the question cannot be asked like this                       exit 2
│  ├─ UnknownName           no object of that name; carries suggestions
│  └─ Ambiguous             several objects fit; carries them
├─ SettingError             an environment variable or file has a wrong value            exit 2
│  └─ NoAccount             we are in a pod that was given no service account
├─ ClusterUnreachable       the API server did not answer
├─ DumpUnreadable           a dump cannot be read                                        exit 2
├─ SlackUnreachable         Slack did not answer
└─ StoreUnreachable         Redis did not answer
"""


class K8snetError(Exception):
    """Something broke on my side."""

    exit_code = 1
    hint = ""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.hint = hint or self.hint


class UsageError(K8snetError):
    """I did not understand the question."""

    exit_code = 2


class UnknownName(UsageError):
    """I know nothing of that name."""

    def __init__(self, message: str = "", *, suggestions: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.suggestions = suggestions


class Ambiguous(UnknownName):
    """More than one fits."""


class SettingError(K8snetError):
    """A setting has a wrong value."""

    exit_code = 2


class NoAccount(SettingError):
    """This pod has no service account's token, so it cannot read the cluster."""

    hint = "Is this a worker's pod? Then its spec needs automountServiceAccountToken: true."


class ClusterUnreachable(K8snetError):
    """The cluster's API server did not answer."""


class DumpUnreadable(K8snetError):
    """The dump cannot be read."""

    exit_code = 2


class SlackUnreachable(K8snetError):
    """Slack did not answer."""

    hint = "Is a firewall, a proxy or a NetworkPolicy in the way?"


class StoreUnreachable(K8snetError):
    """My store, Redis, did not answer."""
