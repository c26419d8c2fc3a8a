"""Why a container cannot be created or started, from the words of kubelet and container runtime. Pure text."""

import re

from msgspec import Struct

from bot.model.pattern import pattern

# `configmap "app" not found`, `secret "db" not found`, `couldn't find key password in Secret shop/db`
# https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)
_OBJECT = pattern(r"\b(configmap|secret)s? \"([^\"]{1,253})\" not found", re.IGNORECASE)
_KEY = pattern(r"couldn't find key (\S{1,253}) in (ConfigMap|Secret) (?:[^\s/]{1,253}/)?(\S{1,253})")
_KINDS = {"configmap": "ConfigMap", "secret": "Secret"}
_EXEC = pattern(r"exec: \"([^\"]{1,200})\"")
_PHRASES = (
    ("cannot load seccomp profile", "the node does not have its seccomp profile"),
    ("Cwd must be an absolute path", "its workingDir is not an absolute path"),
    ("container init: mkdir ", "its workingDir is a file of the image, or lies in one"),
    ("missing value for ", "subPathExpr names a variable that is not set"),
    ("breaks non-root policy", "runAsNonRoot forbids its runAsUser 0"),
    ("executable file not found", "its command is not in the image"),
    ("no such file or directory", "its command, or a file that it needs, is not in the image"),
    ("exec format error", "its program is built for another processor, or is no program"),
    ("permission denied", "its command may not be executed (permission denied)"),
    ("runAsNonRoot", "runAsNonRoot forbids the user that the image names (root, or a name instead of a number)"),
    ("no command specified", "neither the image nor the container names a command"),
    ("subPath", "a subPath of a volume cannot be prepared"),
    ("not a directory", "a mount joins a file and a directory"),
    ("mounting", "a volume cannot be mounted into it"),
    ("name is reserved", "the container runtime still holds an earlier container of that name"),
    ("context deadline exceeded", "the container runtime did not answer in time"),
)


class Missing(Struct, frozen=True):
    """The ConfigMap or Secret that is missing, or the key that is missing in it."""

    kind: str
    name: str
    key: str = ""

    @property
    def words(self) -> str:
        return (
            f"{self.kind} {self.name} has no key {self.key}" if self.key else f"{self.kind} {self.name} does not exist"
        )


def missing_in(said: str) -> Missing | None:
    """Find what the kubelet says is missing."""
    if key := _KEY.search(said):
        return Missing(key[2], key[3], key[1])
    if found := _OBJECT.search(said):
        return Missing(_KINDS[found[1].lower()], found[2])
    return None


def why_not_started(said: str) -> str:
    """Return the class of a failed start in words, with the command where it is named; empty where nobody can tell."""
    words = next((words for phrase, words in _PHRASES if phrase in said), "")
    command = _EXEC.search(said)
    return f"{words}: {command[1]}" if words and command else words
