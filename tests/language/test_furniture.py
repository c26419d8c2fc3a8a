"""What stands around an alert is neither who calls nor a question: the node it was seen on, whose it is, that it is over."""

import pytest

from bot.errors import UsageError
from bot.model.names import Names
from handlers.language import understand
from tests.language.test_settling import AT

BIKES = Names(
    "prod",
    AT,
    namespaces=("customers", "rides"),
    services=("customers/customer-api", "rides/unlock"),
    workloads=("customers/deploy/customer-api", "customers/deploy/portal", "rides/deploy/unlock"),
)
SEEN_ON = "Alert: CRITICAL\nhttp://customer-api.customers.svc:8080/health returned 503\nhost: {}"
RAISED_ON = "PagerDuty: #48211 TRIGGERED on {}\nprobe failed: http://unlock.rides.svc:8080/healthz"
OVER = "[RESOLVED] BlackboxProbeFailed customer-api customers"


@pytest.mark.parametrize("names", [BIKES, None])
@pytest.mark.parametrize("alert", [SEEN_ON.format("prod-eu-1"), RAISED_ON.format("Rides - Production (High)")])
def test_furniture_does_not_call(alert: str, names: Names | None) -> None:
    """`from prod-eu-1` and `from rides/` were read."""
    reading = understand(alert, spoken=True, names=names)

    assert reading
    assert " from " not in reading.words
    assert reading.command.question.service in ("customer-api", "unlock")


def test_host_that_is_a_service_is_what_an_alert_is_about() -> None:
    reading = understand("Alert: CRITICAL, connection refused\nhost: customer-api", spoken=True, names=BIKES)

    assert reading
    assert reading.command.question.service == "customer-api"


@pytest.mark.parametrize("names", [BIKES, None])
def test_alert_that_is_over_is_no_question(names: Names | None) -> None:
    """`[RESOLVED]` was taken for a question about a name that does not resolve."""
    assert understand(OVER, spoken=True, names=names) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"{OVER}\nportal still can't reach customer-api", "why customer-api from portal"),
        ("[RESOLVED] TargetDown service=customer-api namespace=customers", "check customer-api in customers"),
    ],
)
def test_what_is_said_of_an_alert_that_is_over_is_read(text: str, read: str) -> None:
    reading = understand(text, spoken=True, names=BIKES)

    assert reading
    assert reading.words.startswith(read)


def test_crumbs_of_a_stack_trace_are_in_no_question() -> None:
    """Each button had one of them to call; what is left of such a question is the right one."""
    panic = (
        "thread 'main' panicked: called `Result::unwrap()` on an `Err` value: reqwest::Error { kind: Request, url: "
        '"http://unlock.rides:7070/ticks", source: ConnectError("tcp connect error", Os { kind: TimedOut }) }'
    )
    with pytest.raises(UsageError) as refused:
        understand(panic, spoken=True, names=BIKES)

    assert "why http://unlock.rides:7070/ticks" in refused.value.suggestions
    assert not any("(" in each for each in refused.value.suggestions)
