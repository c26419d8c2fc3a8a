"""Effects: the conditions between a cause and its consequences, and which condition brings about which, once.

A check says which effect it shows (what it sees is that condition) and which it causes. A finding is the cause of another
where what it causes, or what follows from what it shows, reaches what the other shows. No check names another's code.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache


class Effect(StrEnum):
    """A condition that one finding brings about and another one shows."""

    DNS_SERVERS_DOWN = "dns-servers-down"  # no replica of the cluster's DNS serves
    OUTSIDE_NAMES_FAIL = "outside-names-fail"  # the cluster's DNS gets no answer for names that are not the cluster's
    CONTAINER_CRASHES = "container-crashes"  # a container ends by itself, again and again
    INIT_NOT_ENDED = "init-not-ended"  # what has to end before the application begins does not
    PROCESS_NOT_RUNNING = "process-not-running"  # nothing runs in the pod that could listen
    PORT_REFUSES = "port-refuses"  # nothing listens where the endpoint points
    POD_UNSCHEDULED = "pod-unscheduled"  # no node takes it
    POD_NOT_READY = "pod-not-ready"
    BACKEND_FAILS = "backend-fails"  # a backend that takes traffic does not answer it
    SOME_BACKENDS_FAIL = "some-backends-fail"
    ALL_BACKENDS_FAIL = "all-backends-fail"
    NO_POD_SELECTED = "no-pod-selected"
    ENDPOINT_MISSING = "endpoint-missing"  # a pod is there, and its address takes no traffic on this port
    NO_USABLE_ENDPOINT = "no-usable-endpoint"
    NO_LOCAL_ENDPOINT = "no-local-endpoint"  # none on the caller's node, where only those count
    UNREADY_ADDRESS_PUBLISHED = "unready-address-published"
    NAME_WITHOUT_ADDRESS = "name-without-address"  # the name exists and has no address
    NOT_ADMITTED = "not-admitted"  # policies deny the connection


_LEADS_TO: dict[Effect, tuple[Effect, ...]] = {
    Effect.POD_UNSCHEDULED: (Effect.PROCESS_NOT_RUNNING,),
    Effect.PROCESS_NOT_RUNNING: (Effect.PORT_REFUSES, Effect.POD_NOT_READY),
    Effect.PORT_REFUSES: (Effect.UNREADY_ADDRESS_PUBLISHED,),
    Effect.BACKEND_FAILS: (Effect.SOME_BACKENDS_FAIL, Effect.ALL_BACKENDS_FAIL),
    Effect.ALL_BACKENDS_FAIL: (Effect.POD_NOT_READY,),
    Effect.POD_NOT_READY: (Effect.NO_USABLE_ENDPOINT, Effect.UNREADY_ADDRESS_PUBLISHED),
    Effect.NO_POD_SELECTED: (Effect.NO_USABLE_ENDPOINT,),
    Effect.ENDPOINT_MISSING: (Effect.NO_USABLE_ENDPOINT, Effect.NO_LOCAL_ENDPOINT),
    Effect.NO_USABLE_ENDPOINT: (Effect.NAME_WITHOUT_ADDRESS,),
}


@cache
def consequences(effect: Effect) -> frozenset[Effect]:
    """Return every effect that follows from one, itself not included."""
    found: set[Effect] = set()
    for each in _LEADS_TO.get(effect, ()):
        found |= {each, *consequences(each)}
    return frozenset(found)


@cache
def brought_about(causes: Iterable[Effect], shows: Effect | None) -> frozenset[Effect]:
    """Return all that a finding explains: what it causes, and what follows from that or from what it shows."""
    found = {each for cause in causes for each in (cause, *consequences(cause))}
    return frozenset(found | consequences(shows)) if shows else frozenset(found)
