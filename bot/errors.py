"""What can go wrong with us. A class's docstring is the polite sentence for people; the message adds the particulars.

Every class of an exception ends in Error, here and elsewhere; those of other rooms are kinds of these.

K8snetError                 something went wrong with k8snet itself                      exit 1
├─ UsageError               the question cannot be asked like this                       exit 2
│  └─ UnknownNameError      no object of that name
│     └─ AmbiguousNameError several objects of that name
├─ SettingError             an environment variable or file has a wrong value            exit 2
│  └─ NoAccountError        we are in a pod that was given no service account
├─ ClusterUnreachableError  the API server did not answer
├─ DumpUnreadableError      a dump cannot be read                                        exit 2
├─ SlackUnreachableError    Slack did not answer
└─ StoreUnreachableError    Redis did not answer
"""

from enum import StrEnum


class ErrorKind(StrEnum):
    """What went wrong, for machines. The first group are the errors of this file, the second is what befalls a run."""

    INTERNAL = "internal"
    USAGE = "usage"
    UNKNOWN_NAME = "unknown-name"
    AMBIGUOUS = "ambiguous"
    SETTING = "setting"
    CLUSTER_UNREACHABLE = "cluster-unreachable"
    DUMP_UNREADABLE = "dump-unreadable"
    SLACK_UNREACHABLE = "slack-unreachable"
    STORE_UNREACHABLE = "store-unreachable"

    WORKER_LOST = "worker-lost"
    NO_WORKER = "no-worker"
    TIME_LIMIT = "time-limit"
    EXPIRED = "expired"
    UNREADABLE = "unreadable"
    UNDELIVERED = "undelivered"


class Slot(StrEnum):
    """The part of a question that a suggestion replaces; the rest of the question stays as it was asked."""

    TARGET = "target"
    CALLER = "caller"
    PORT = "port"
    CLUSTER = "cluster"
    SENTENCE = "sentence"  # the whole question


class K8snetError(Exception):
    """Something broke on my side."""

    exit_code = 1
    kind = ErrorKind.INTERNAL
    hint = ""

    def __init__(
        self, message: str = "", *, hint: str = "", suggestions: tuple[str, ...] = (), slot: Slot | None = None
    ) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.hint = hint or self.hint
        self.suggestions = suggestions  # what may have been meant
        self.slot = slot  # which part of the question a suggestion takes the place of


class UsageError(K8snetError):
    """I did not understand the question."""

    exit_code = 2
    kind = ErrorKind.USAGE


class UnknownNameError(UsageError):
    """I know nothing of that name."""

    kind = ErrorKind.UNKNOWN_NAME


class AmbiguousNameError(UnknownNameError):
    """More than one fits."""

    kind = ErrorKind.AMBIGUOUS


class SettingError(K8snetError):
    """A setting has a wrong value."""

    exit_code = 2
    kind = ErrorKind.SETTING


class NoAccountError(SettingError):
    """This pod has no service account's token, so it cannot read the cluster."""

    hint = "Is this a worker's pod? Then its spec needs automountServiceAccountToken: true."


class ClusterUnreachableError(K8snetError):
    """The cluster's API server did not answer."""

    kind = ErrorKind.CLUSTER_UNREACHABLE


class DumpUnreadableError(K8snetError):
    """The dump cannot be read."""

    exit_code = 2
    kind = ErrorKind.DUMP_UNREADABLE


class SlackUnreachableError(K8snetError):
    """Slack did not answer."""

    kind = ErrorKind.SLACK_UNREACHABLE
    hint = "Is a firewall, a proxy or a NetworkPolicy in the way?"


class StoreUnreachableError(K8snetError):
    """My store, Redis, did not answer."""

    kind = ErrorKind.STORE_UNREACHABLE
