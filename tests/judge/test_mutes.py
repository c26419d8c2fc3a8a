"""A digest without what is muted: only what every Service of a finding is muted for is hidden, and nothing is lost."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.model.refs import Ref
from bot.model.result.digest import Digest, DigestCause, DigestLine, Totals
from bot.model.result.finding import Confidence, Finding, Layer, Severity
from bot.model.result.mutes import Mute, heard
from bot.model.result.status import Status

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MUTE = Mute("m", "C1", "prod", AT + timedelta(hours=1), code="RTE-001", service="web", namespaces=("shop",), by="U1")


def finding(about: Ref, code: str = "RTE-001", message: str = "it is broken") -> Finding:
    return Finding(
        id=f"{code}{about}",
        fingerprint=f"{code} {about}",
        code=code,
        name="broken",
        layer=Layer.ROUTING,
        severity=Severity.FAIL,
        confidence=Confidence.CERTAIN,
        about=about,
        message=message,
    )


def digest(*lines: tuple[str, str, Finding], **parts: tuple[Finding, ...]) -> Digest:
    rows = tuple(
        DigestLine(place, name, Status.FAIL, DigestCause(each.code, each.message)) for place, name, each in lines
    )
    totals = Totals(len(rows), 0, 0, len(rows), 0)
    scope = {"cluster": "prod", "namespaces": []}
    return Digest(scope=scope, at=AT, took_ms=1, api_requests=1, totals=totals, services=rows, **parts)


WEB = finding(Ref("Service", "web", "shop"))


def test_muted_finding_is_hidden_and_counted() -> None:
    """New and ongoing ones; totals stay."""
    told = heard(digest(("shop", "web", WEB), new=(WEB,)), [MUTE])
    assert told.digest.new == ()
    assert (told.digest.muted, told.digest.totals.fail) == (1, 1)
    assert [(each.finding, each.mute) for each in told.hidden] == [(WEB, MUTE)]


def test_look_alikes_are_told() -> None:
    """Another namespace, code, cluster or Service; a repair."""
    for other in (
        replace(MUTE, namespaces=("pay",)),
        replace(MUTE, code="RTE-002"),
        replace(MUTE, cluster="stage"),
        replace(MUTE, service="we"),
    ):
        assert heard(digest(("shop", "web", WEB), new=(WEB,)), [other]).hidden == ()
    assert heard(digest(fixed=(WEB,)), [MUTE]).digest.fixed == (WEB,)


def test_cause_of_two_services_is_hidden_when_both_are_muted() -> None:
    """A node that breaks web and api is news of api, though web is muted."""
    node = finding(Ref("Node", "n1", ""))
    both = digest(("shop", "web", node), ("shop", "api", node), new=(node,))
    assert heard(both, [MUTE]).digest.new == (node,)
    assert heard(both, [MUTE, replace(MUTE, id="n", service="api")]).hidden
    assert heard(both, [replace(MUTE, service="", namespaces=())]).hidden


def test_what_is_muted_no_longer_is_told_once() -> None:
    """It is not among what goes on; the next time it is."""
    later = digest(("shop", "web", WEB), ongoing=(WEB,))
    back = heard(later, [], {WEB.fingerprint})
    assert (back.back, back.digest.ongoing) == ((WEB,), ())
    assert heard(later, [], ()).digest.ongoing == (WEB,)


def test_what_nobody_could_look_at_stays_hidden_where_it_was() -> None:
    """Its Services are not known now: hidden before, it is hidden still; told before, it is told."""
    pod = finding(Ref("Pod", "web-1", "shop"))
    unseen = digest(ongoing=(pod,))
    assert heard(unseen, [MUTE], {pod.fingerprint}).hidden
    assert heard(unseen, [MUTE]).hidden == ()
