"""The name exactly as it was asked, resolved as the caller's pod resolves it, from the objects alone.

`why` and `dns` share this one simulation (`bot.model.dns`), so they cannot disagree. A bare name with a namespace beside it
is how people say which Service they mean, and no host name that a program dials: it is not simulated.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from bot.model.case import Case
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.memo import memo
from bot.model.probe import Outcome
from bot.model.text import listing

if TYPE_CHECKING:  # most questions name a Service, and no host name
    from bot.model.dns.search.answers import SearchStep
    from bot.model.dns.search.conclusion import Conclusion


class AskedName(Struct, frozen=True):
    """A host name, the resolver that is asked for it, the names it tried, and what each kind of resolver concludes."""

    name: str
    conf: ResolvConf
    steps: "tuple[SearchStep, ...]"
    conclusions: "tuple[Conclusion, ...]"

    @property
    def found(self) -> "tuple[Conclusion, ...]":
        """Return the conclusions that have addresses."""
        return tuple(each for each in self.conclusions if each.is_found)

    @property
    def is_denied(self) -> bool:
        """Return whether no name of the cluster's zone that is tried exists, or has an address.

        What other servers would say of the name as it is cannot be known; it is no name of this cluster then.
        """
        known = (Outcome.NXDOMAIN, Outcome.NO_DATA)
        denied = [each for each in self.steps if each.a.outcome in known and each.aaaa.outcome in known]
        outside = [each for each in self.steps if each.a.outcome is Outcome.NOT_RUN]
        return bool(denied) and not self.found and len(denied) + len(outside) == len(self.steps)

    @property
    def is_foreign(self) -> bool:
        """Return whether the name as it is lies outside of the cluster's zone, so that another server may know it."""
        return any(each.a.outcome is Outcome.NOT_RUN for each in self.steps)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the addresses that some resolver is given."""
        return tuple(dict.fromkeys(address for each in self.found for address in each.addresses))

    def tries(self, fqdn: str) -> bool:
        """Return whether a full name is among those that are asked for, until one is known to exist."""
        return any(each.name.lower().rstrip(".") == fqdn.rstrip(".") for each in self.steps)

    @property
    def tried(self) -> str:
        """Return in words which names do not exist."""
        return listing([each.name.rstrip(".") for each in self.steps], 3)


def asked_for(case: Case) -> str:
    """Return the name that the caller's program is taken to ask for; empty where nobody knows.

    A bare name beside another namespace is how people say which Service they mean, and no host name that a program dials.
    """
    name = case.question.name.lower() or case.question.service
    if case.question.address or "/" in name or not case.question.service:
        return ""
    if "." in name.rstrip(".") or case.caller.namespace == case.question.namespace:
        return name
    return ""


@memo
def asked_name(case: Case) -> AskedName | None:
    """Return how the asked name resolves for this caller; None where no host name was asked, or nobody to ask is known."""
    name = case.question.name.lower()
    if case.question.address or "." not in name.rstrip(".") or "/" in name:
        return None
    return resolved(case, name)


def resolved(case: Case, name: str) -> AskedName | None:
    """Return how a host name resolves for this caller; None where nobody to ask is known."""
    conf = case.caller.resolv_conf
    if not conf.nameservers or not conf.reaches_cluster:
        return None
    from bot.model.dns.records import walk_saved  # noqa: PLC0415 (as above)
    from bot.model.dns.search.simulate import conclude  # noqa: PLC0415 (as above)
    from bot.model.dns.search.table import LIBCS  # noqa: PLC0415 (as above)

    steps = walk_saved(name, conf, case.snapshot, client=case.caller.address)
    return AskedName(name, conf, steps, tuple(conclude(name, conf, steps, each) for each in LIBCS))
