"""Hosts in the environment of the caller: which name its configuration really uses.

A value counts as a host only where it is written like one (with a scheme or a port) or its variable says so: many
applications carry their own or others' names for other reasons (`OTEL_SERVICE_NAME`).
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Container
from bot.model.refs import Ref

_SEPARATORS = re.compile(r"[\s,;]+")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?(?P<user>[^@/]*@)?(?P<host>[A-Za-z0-9_.-]+)(?P<port>:\d+)?(?:[/?#].*)?"
)
_SAYS_HOST = re.compile(r"(HOST|HOSTNAME|URL|URI|ADDR|ADDRESS|ENDPOINT|ENDPOINTS|SERVER|SERVERS|UPSTREAM|DSN)\d*$")


class Host(Struct, frozen=True):
    """One host in one environment variable. `about` is the caller's workload, else its pod."""

    about: Ref
    container: str
    variable: str
    value: str
    host: str
    has_secret: bool

    @property
    def shown(self) -> str:
        """What may be shown of the value: without what stands before an @."""
        return self.host if self.has_secret else self.value


def hosts_of_source(case: Case) -> Iterator[Host]:
    """Yield the hosts in the environment of the calling pod, or of its workload's template."""
    pod, workload = case.caller.pod, case.caller.workload
    if pod is not None:
        about, containers = pod.workload or pod.ref, pod.serving_containers
    elif workload is not None:
        about, containers = workload.ref, workload.spec.template.spec.containers or ()
    else:
        return
    for container in containers:
        yield from _in_container(about, container)


def _in_container(about: Ref, container: Container) -> Iterator[Host]:
    for variable in container.env or ():
        for word in _SEPARATORS.split(variable.value or ""):
            found = _URL.fullmatch(word)
            if found and (found["scheme"] or found["port"] or _SAYS_HOST.search(variable.name.upper())):
                yield Host(
                    about=about,
                    container=container.name,
                    variable=variable.name,
                    value=variable.value or "",
                    host=found["host"].lower(),
                    has_secret=found["user"] is not None,
                )
