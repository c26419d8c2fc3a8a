"""What pods wait for: the words that name it, and the Service whose fault is then the root."""

from pathlib import Path

import pytest

from bot.checks.engine.judge import judge
from bot.model.dependencies.places import called_in, failed_in
from tests.checks.manifests import Written, case_of, written_cases
from tests.checks.test_checks import test_case as judged_as_written

CASES = written_cases(Path(__file__).parent / "cases.yaml")

COMMANDS = (
    (("sh", "-c", "until nc -z db 5432; do sleep 2; done"), ("db", 5432)),
    (("sh", "-c", "nc -w 2 -zv db 5432"), ("db", 5432)),
    (("sh", "-c", "until pg_isready -h db -p 5432; do sleep 1; done"), ("db", 5432)),
    (("wait-for-it.sh", "db:5432", "--", "node", "server.js"), ("db", 5432)),
    (("sh", "-c", "until nslookup db.shop.svc.cluster.local; do sleep 2; done"), ("db.shop.svc.cluster.local", 0)),
    (("redis-cli", "-h", "redis", "-a", "hunter2", "ping"), ("redis", 0)),
    (("curl", "-sf", "http://user:hunter2@api.shop:8080/ready"), ("api.shop", 8080)),
    (("migrate", "-database", "postgres://app:hunter2@db:5432/x?sslmode=disable", "up"), ("db", 5432)),
    (("k8s-wait-for", "service", "db"), ("db", 0)),
    (("service", "db"), ("db", 0)),
    (("wait_for.sh", "service", "db"), ("db", 0)),
    (("sh", "-c", "until kubectl get svc db; do sleep 2; done"), ("db", 0)),
    (("sh", "-c", "kubectl wait service/db --for=jsonpath={.spec}"), ("db", 0)),
    (("sh", "-c", "echo waiting for the api service to be ready; sleep 2"), None),
    (("sh", "-c", "echo 'service is not up yet'"), None),
    (("bash", "-c", "(echo > /dev/tcp/kafka/9092)"), ("kafka", 9092)),
    (("mysqladmin", "ping", "-h", "mysql", "-uroot", "-phunter2"), ("mysql", 0)),
    (("dockerize", "-wait", "tcp://db:5432"), ("db", 5432)),
    (("server", "--db=db:5432"), ("db", 5432)),
    (("proxy", "--default-target=http://hub:$(HUB_SERVICE_PORT)/hub"), ("hub", 0)),
    (("proxy", "--default-target=http://hub:$PORT"), ("hub", 0)),
    (("agent", "--collector=dns:///jaeger.tracing:14250"), ("jaeger.tracing", 14250)),
    (("server", "--image=busybox:1.36", "--at", "12:30", "hunter2"), None),
)

LINES = (
    ("dial tcp: lookup db on 10.96.0.10:53: no such host", "db", 0, True),
    ("dial tcp 10.96.5.4:5432: connect: connection refused", "10.96.5.4", 5432, False),
    ('could not translate host name "db" to address: Name or service not known', "db", 0, True),
    ('connection to server at "db" (10.96.65.2), port 5432 failed: Connection refused', "db", 5432, False),
    ("ConnectionError: Error 111 connecting to redis:6379. Connection refused.", "redis", 6379, False),
    ("ERROR 2005 (HY000): Unknown MySQL server host 'db' (-2)", "db", 0, True),
    ("Error: getaddrinfo EAI_AGAIN db:5432", "db", 5432, True),
    ("java.net.UnknownHostException: db: Name or service not known", "db", 0, True),
    ("curl: (6) Could not resolve host: db", "db", 0, True),
    ("curl: (7) Failed to connect to db port 80: Connection refused", "db", 80, False),
    ("nc: bad address 'db'", "db", 0, True),
    ("** server can't find db.shop.svc.cluster.local: NXDOMAIN", "db.shop.svc.cluster.local", 0, True),
    ('nginx: [emerg] host not found in upstream "api" in /etc/nginx/conf.d/a.conf:3', "api", 0, True),
    ("HTTPConnectionPool(host='api', port=80): Max retries exceeded", "api", 80, False),
    ("wait-for-it.sh: timeout occurred after waiting 15 seconds for db:5432", "db", 5432, False),
)


@pytest.mark.parametrize(("command", "place"), COMMANDS, ids=lambda each: " ".join(map(str, each or ("none",))))
def test_hosts_of_a_command(command: tuple[str, ...], place: tuple[str, int] | None) -> None:
    """The host that is called and its port are found; what is kept names no password, and is found in it again."""
    found = called_in(command)
    kept = [each.words for each in found]

    assert [(each.host, each.port) for each in found] == ([place] if place else [])
    assert "hunter2" not in " ".join(kept)
    assert [each.words for each in called_in(kept)] == kept
    assert [(each.host, each.port) for each in called_in(kept)] == [(each.host, each.port) for each in found]


@pytest.mark.parametrize(("line", "host", "port", "lookup"), LINES)
def test_host_of_a_failure(line: str, host: str, port: int, *, lookup: bool) -> None:
    """The sentences of common client libraries, as they are."""
    assert (host, port, lookup) in {(each.host, each.port, each.lookup) for each in failed_in(line)}


@pytest.mark.parametrize(
    "line", ["connected to db:5432", "listening on 0.0.0.0:8080", "panic: nil map", "image busybox:1.36 failed"]
)
def test_no_host_of_other_lines(line: str) -> None:
    """What succeeded is no failure, and what only looks like a place is none."""
    assert failed_in(line) == ()


@pytest.mark.parametrize("line", ["refused " + "a." * 5000, "can't find " + "x:1" * 3000, "timeout " + "-" * 9000])
def test_hostile_lines_end(line: str) -> None:
    """Lines of any length are read up to a bound, without nested repetition."""
    failed_in(line)
    called_in((line,))


@pytest.mark.parametrize("written", CASES, ids=str)
def test_root(written: Written) -> None:
    """The deepest fault with evidence is the root, and what waits for it follows from it."""
    judged_as_written(written)


def test_a_service_that_was_not_read_is_not_judged() -> None:
    """Nobody knows then whether it has pods, and nothing is said of it."""
    written = next(each for each in CASES if "claim has no volume" in each.title)
    case = case_of(
        Written(written.file, written.title, {**written.headers, "gap": ["dependencies"]}, written.documents)
    )
    judgement = judge(case, strict=True)

    assert judgement.root_cause is not None
    assert judgement.root_cause.code == "APP-006"


def test_it_is_told_what_is_waited_for() -> None:
    """The one that waits names the Service, also where that does not exist."""
    (missing,) = [each for each in CASES if "does not exist" in each.title]
    judgement = judge(case_of(missing), strict=True)

    assert judgement.root_cause is not None
    assert "waiting for Service shop/dbb, which does not exist" in judgement.root_cause.message


@pytest.mark.parametrize("written", CASES, ids=str)
def test_a_dependency_is_told_once(written: Written) -> None:
    """By the finding that is nearest to the pod, not again by what follows from that one."""
    judgement = judge(case_of(written), strict=True)
    told = [(each.code, each.about) for each in judgement.findings]

    assert len(told) == len(set(told))
