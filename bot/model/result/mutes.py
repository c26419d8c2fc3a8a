"""What a channel does not want to hear of for a while, and a digest without it. Pure.

A mute hides news, never a state: totals stay as they are, what is hidden is listed with who said so, and a repair is told.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from bot.model.result.digest import Digest
from bot.model.result.finding import Finding

Service = tuple[str, str]  # namespace and name


class Mute(Struct, frozen=True, omit_defaults=True):
    """A finding, a Service, or a finding of a Service, of which a channel hears nothing until a time.

    `code` empty: whatever is found; `service` empty: of whatever Service. `namespaces`: of these only; none: of all.
    """

    id: str
    channel: str
    cluster: str
    until: Annotated[datetime, Meta(tz=True)]  # without a zone nobody could tell whether it is over
    code: str = ""
    service: str = ""
    namespaces: tuple[str, ...] = ()
    by: str = ""
    asker: str = ""  # the name of who said so
    team: str = ""
    why: str = ""

    def is_of(self, cluster: str, code: str, service: Service) -> bool:
        """Return whether it is about a finding of a Service."""
        namespace, name = service
        return (
            cluster in ("", self.cluster)
            and self.code in ("", code)
            and self.service in ("", name)
            and (not self.namespaces or namespace in self.namespaces)
        )


class Hidden(Struct, frozen=True):
    """A finding that a mute hides."""

    finding: Finding
    mute: Mute


class Heard(Struct, frozen=True):
    """A digest as a channel wants it: without what is muted, which is `hidden`; `back` is what was hidden last time."""

    digest: Digest
    hidden: tuple[Hidden, ...] = ()
    back: tuple[Finding, ...] = ()


def heard(digest: Digest, mutes: Iterable[Mute], hidden_before: Iterable[str] = ()) -> Heard:
    """Return a digest without what is muted. `hidden_before`: fingerprints that the last one hid.

    What is hidden no more was never told, so it is told as news, once, and not among what goes on.
    """
    known, before = tuple(mutes), frozenset(hidden_before)
    hidden = tuple(
        Hidden(each, mute) for each in (*digest.new, *digest.ongoing) if (mute := _muted(each, digest, known, before))
    )
    quiet = {each.finding.fingerprint for each in hidden}
    returned = before - quiet
    back = tuple(each for each in (*digest.new, *digest.ongoing) if each.fingerprint in returned)
    left = quiet | {each.fingerprint for each in back}
    shown = replace(
        digest,
        new=tuple(each for each in digest.new if each.fingerprint not in left),
        ongoing=tuple(each for each in digest.ongoing if each.fingerprint not in left),
        muted=len(hidden),
    )
    return Heard(shown, hidden, back)


def _muted(finding: Finding, digest: Digest, mutes: tuple[Mute, ...], before: frozenset[str]) -> Mute | None:
    """Return the mute that hides a finding: each Service that it is the cause of has to be muted; the longest is told.

    Of one that could not be looked at now nobody knows the Services: it stays hidden where it was.
    """
    cluster = str(digest.scope.get("cluster") or "")
    services = _services(finding, digest)
    if not services and finding.fingerprint in before:
        services = {(finding.about.namespace, each.service) for each in mutes if each.code in ("", finding.code)}
    found = [[mute for mute in mutes if mute.is_of(cluster, finding.code, each)] for each in services]
    if not found or not all(found):
        return None
    return max((mute for each in found for mute in each), key=lambda mute: mute.until)


def _services(finding: Finding, digest: Digest) -> set[Service]:
    """Return the Services that a finding breaks: rather one too many, since each of them has to be muted."""
    about = finding.about
    own = {(about.namespace, about.name)} if about.kind == "Service" else set()
    same = (each for each in digest.services if each.root_cause and each.root_cause.code == finding.code)
    return own | {
        (each.namespace, each.name)
        for each in same
        if (each.root_cause and each.root_cause.message == finding.message)
        or (about.kind != "Service" and about.namespace in ("", each.namespace))
    }
