"""Since when a caller is told a port that its Service does not have: no longer than both stand as they are written.

A program reads what it is told at its start, or from a ConfigMap that was written since; where all of that is older, and so
are the Service's ports, the call has failed as long, and its caller lives with it.
"""

from msgspec.structs import replace

from bot.checks.engine.registry import checks_by_code
from bot.model.call.hop import Hop
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.result.changes import writer_of
from bot.model.result.finding import Finding
from bot.model.snapshot import Snapshot


def since_told(snapshot: Snapshot, caller: Pod | None, service: Service | None, found: Finding) -> Finding:
    """Return the finding with the last write of what it comes of, where all of that is recorded and it has no date."""
    is_of_port = checks_by_code()[found.code].hop in (Hop.SERVICE, Hop.CALLER)
    if found.since or not is_of_port or caller is None or service is None:
        return found
    read = (each for each in snapshot.config_maps if each.namespace == caller.namespace and each.data)
    writers = [writer_of(service, "spec", "ports"), *(writer_of(each, "data") for each in read)]
    times = [caller.metadata.creation_timestamp, *(each.time if each else None for each in writers)]
    known = [each for each in times if each]
    return replace(found, since=max(known)) if len(known) == len(times) else found
