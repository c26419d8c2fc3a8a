"""A cache still says what was true before the Service appeared or changed

## Meaning
CoreDNS keeps what it answered, that a name does not exist as well: for the `ttl` of its `kubernetes` plugin, within the
bounds of `cache`. A node-local cache and the program's own resolver keep it after that. A name that was asked for before its
Service was made goes on to be denied for that long, and one of a deleted Service, or of pods that went, to be answered.

## Impact
"Name or service not known" for a Service that exists, or connections to the address that it had. It ends by itself, at the
second that is told.

## How it is detected
The Service was made, or its type, address or external name changed (managedFields), less than all caches in a row ago: by
the Corefile, by the manifest of NodeLocal DNSCache where it runs, and by the caller's resolver where that is known. Where
the name was asked through the DNS Service and denied, or had another address, this is certain; where the asker saw that a
name does not exist, it is likely; else it is context. Of a headless Service the endpoints count, by the last write of its
EndpointSlices: an answer with a pod that is not ready any more is certain. A name that is still answered though its Service
is not there is told with the longest that a cache may say so.

## When it stays silent
If the name was asked and is right, and the caller's resolver keeps nothing. In tables and digests. If the Corefile has no
`cache`, or one that does not keep denials of the cluster's zone (`disable denial`, as kubeadm writes it). Where no
Service is there, for addresses that are not near those of other Services: they come from somewhere else.

## Fix
Wait. To have it never again, `disable denial cluster.local` in the block of `cache`; peers of a headless Service that must
find each other early publish unready addresses.

## Known limits
Whether somebody asked before is not known without a measurement. A Corefile that could not be read is taken to keep a
minute. Caches in programs (the JVM's, a proxy's, an address resolved once at the start) are DNS-030.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_fields, look_up
from bot.model.call.asked_name import asked_for
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dns.caches import Turn, gone_words, kept, last_turn, turn_words
from bot.model.dns.configured import configured_dns, is_plain
from bot.model.dns.search.guess import chosen_resolver
from bot.model.kube.cluster_ips import is_near
from bot.model.kubectl import kubectl
from bot.model.memo import memo
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import listing

if TYPE_CHECKING:  # where nobody calls, none is chosen
    from bot.model.dns.search.resolver import Resolver

_RECENT = timedelta(hours=1)  # beyond what any cache keeps, but for settings of which nobody has heard


def _is_recent(case: Case) -> bool:
    if case.in_table or case.question.address:
        return False
    if case.service is None:
        return bool(_still_answered(case))
    made = case.service.metadata.creation_timestamp
    return made is not None and (_turn(case) is not None or case.snapshot.age(made) < _RECENT)


@memo
def _turn(case: Case) -> Turn | None:
    return last_turn(case.snapshot, case.service, case.fqdn, _resolver(case)) if case.service else None


def _resolver(case: Case) -> "Resolver | None":
    chosen = chosen_resolver(case.question, case.caller)
    if not chosen.resolver:
        return None
    from bot.model.dns.search.table import WORDS  # noqa: PLC0415 (as above)

    return WORDS.get(chosen.resolver)


@check(
    "DNS-022",
    "cached-dns-answer",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("dns", "corefile", "source"),
    fits=(Symptom.NXDOMAIN, Symptom.INTERMITTENT),
    when=_is_recent,
    silent_when_plain=True,
)
def cached_dns_answer(case: Case) -> Iterator[Detection]:
    if case.service is None:
        yield _gone(case)
        return
    asked = _asked(case)
    denied = _denied(asked)
    former = _former(case, asked)
    turn = _turn(case)
    if former and (old := _of_address(case)):
        yield _told(case, old, f" It was asked and gave {listing(former)}.", Severity.WARN, Confidence.CERTAIN)
    elif turn is None:
        return
    elif denied and turn.denial:
        yield _told(case, turn, f" It was asked and gave {denied[0].outcome}.", Severity.WARN, Confidence.CERTAIN)
    elif not asked and turn.denial and case.question.symptom is Symptom.NXDOMAIN and configured_dns(case.snapshot):
        yield _told(case, turn, "", Severity.WARN, Confidence.LIKELY)
    elif not asked:
        yield _told(case, turn, "", Severity.INFO, Confidence.POSSIBLE)


def _denied(asked: list[Observation]) -> list[Observation]:
    """Return what says that the name is not there: no data means that only where no type of address has any."""
    has_data = any(each.outcome is Outcome.ANSWERED for each in asked)
    denials = (Outcome.NXDOMAIN,) if has_data else (Outcome.NXDOMAIN, Outcome.NO_DATA)
    return [each for each in asked if each.outcome in denials]


def _former(case: Case, asked: list[Observation]) -> tuple[str, ...]:
    """Return addresses that the name gave and that are none of the Service's: of a headless one, those of pods not ready."""
    service = case.service
    own = set(service.cluster_ips) if service else set()
    found = dict.fromkeys(address for each in asked for address in each.answers)
    if service is not None and service.is_headless:
        current = {each.address for each in case.backends.all_usable}
        pods = {each: case.snapshot.pod_by_ip(each) for each in found if each not in current}
        return tuple(address for address, pod in pods.items() if pod is not None and not pod.is_ready)
    return tuple(found) if own and found and own.isdisjoint(found) else ()


def _asked(case: Case) -> list[Observation]:
    return [each for each in case.measured.queries(Purpose.SERVICE) if each.query.name == case.fqdn]


def _still_answered(case: Case) -> tuple[str, ...]:
    """Return the addresses that the name of a Service gave which is not there, though nothing of it was left unread.

    Only such as ClusterIPs may be: what else a name gives comes from somewhere else.
    """
    question, snapshot = case.question, case.snapshot
    if not question.service or not snapshot.has("services", question.namespace) or _is_answered_elsewhere(case):
        return ()
    found = tuple(dict.fromkeys(address for each in _asked(case) for address in each.answers))
    given = [address for each in snapshot.services for address in each.cluster_ips]
    return found if found and all(is_near(each, given) for each in found) else ()


def _is_answered_elsewhere(case: Case) -> bool:
    """Return whether something else than the objects may answer the name: a rule of a Corefile, or one that was not read."""
    return configured_dns(case.snapshot) is None or not is_plain(case.snapshot, case.fqdn)


def _gone(case: Case) -> Detection:
    ref, name = case.service_ref, case.fqdn.rstrip(".")
    found = listing(_still_answered(case))
    return Detection(
        about=ref,
        message=f"{ref} is not there any more, and {name} still gives {found}: a cache may say so "
        f"{gone_words(case.snapshot, case.fqdn)}.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(Evidence(ref, "dns", found, "measured"),),
        check=(kubectl("get", "svc", ref.name, namespace=ref.namespace), *look_up(case.caller.pod, name, name)),
        key=("gone",),
    )


def _of_address(case: Case) -> Turn | None:
    """Return the making of the Service, or its last change, if an address from before may still be kept."""
    service, turn = case.service, _turn(case)
    made = service.metadata.creation_timestamp if service else None
    if turn is not None and not turn.denial:
        return turn
    if made is None:
        return None
    found = Turn(made, "created", denial=False, kept=kept(case.snapshot, case.fqdn, "success", _resolver(case)))
    return found if case.snapshot.taken_at < found.until else None


def _told(case: Case, turn: Turn, seen: str, severity: Severity, confidence: Confidence) -> Detection:
    ref, name = case.service_ref, case.fqdn.rstrip(".")
    return Detection(
        about=ref,
        message=f"{ref} was {turn_words(turn, case.snapshot.taken_at)}.{seen}",
        severity=severity,
        confidence=confidence,
        evidence=(
            Evidence(ref, "metadata.creationTimestamp", f"{turn.at:%Y-%m-%d %H:%M:%S} UTC", turn.what),
            Evidence(ref, "kept by", list(turn.kept.by), f"{turn.kept.seconds} s in all, for {name}"),
        ),
        check=(
            get_fields(ref, {"created": ".metadata.creationTimestamp"}),
            *look_up(case.caller.pod, asked_for(case) or name, name),
        ),
        key=(turn.what,),
        since=turn.at,
    )
