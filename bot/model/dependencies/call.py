"""One call of a Service, as objects show it."""

from msgspec import Struct

from bot.model.question.question import Source
from bot.model.refs import Ref


class Call(Struct, frozen=True):
    """A call to a Service. `caller` is the pod that stands for all of its workload; None for a call from outside.

    `route` is the Ingress or route that sends it on; None where the Service is called by its own name. `member` is the pod
    whose own name below the Service's is called; empty where it is the Service's. `is_full`: its name is written with the zone.
    `is_implied`: its port is that of a URL's scheme alone, and the Service has others.
    `is_vague`: which of several ports is called nobody knows; then that it is called is all that is shown.
    """

    service: Ref
    caller: Ref | None = None
    port: int | str | None = None
    route: Ref | None = None
    member: str = ""
    is_full: bool = False
    is_implied: bool = False
    is_vague: bool = False

    @property
    def source(self) -> Source | None:
        """Return the caller as a question has it."""
        return Source(namespace=self.caller.namespace, pod=self.caller.name) if self.caller else None
