"""Hosts in texts of configuration: which words are hosts, which concern a Service, and what is kept of them."""

import pytest

from bot.model.call.named_hosts import ANY_SERVICE, hosts_in, kept_hosts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("--users-url=http://user-service:80/v1", ["user-service:80"]),
        ("--host user-service --verbose", ["user-service"]),
        ('{"users": {"host": "user-service", "port": 80}}', ["user-service"]),
        ("users.url = user-service", ["user-service"]),
        ("host: user-service", ["user-service"]),
        ("upstream users { server user-service:8080; }", ["user-service:8080"]),
        ("proxy_pass http://user-service;", ["user-service"]),
        ("proxy_pass http://user-service:8080$request_uri;", ["user-service:8080"]),
        ("proxy_pass http://user-service$request_uri;", ["user-service"]),
        ("set $users http://user-service.shop.svc.cluster.local;", ["user-service.shop.svc.cluster.local"]),
        ("set $users http://user-service:8080;", ["user-service:8080"]),
        ("--target=http://user-service:$", []),
        ("jdbc:postgresql://user-service:5432/db?user=x", ["user-service:5432"]),
        ("host=user-service port=5432 password=hunter2", ["user-service"]),
        ("Data Source=user-service;Initial Catalog=Users;User ID=sa;Password=hunter2", ["user-service"]),
        ("Data Source=tcp:user-service,1433;Initial Catalog=Users", ["user-service:1433"]),
        ("Server=tcp:user-service,1433;Database=users;Password=hunter2", ["user-service:1433"]),
        ("server=user-service;port=3306;database=users", ["user-service"]),
        ("Data Source=/data/users.db;Cache=Shared", []),
        ("Data Source=:memory:;Cache=Shared", []),
        ("Data Source of users;", []),
        ("kafka-1:9092,user-service:9092", ["kafka-1:9092", "user-service:9092"]),
        ("postgres://u:hunter2@user-service/db", ["user-service"]),
        ("--target=dns:///user-service:9090", ["user-service:9090"]),
        ("file:///user-service:9090", []),
        ("ZOOKEEPER_SERVER_1=user-service", ["user-service"]),
        ("STEP_1=user-service", []),
        ("# http://user-service", []),
        ("user-service is our favourite", []),
        ("image: user-service:1.2", []),
        ("image: user-service:12", []),
        ("SIDECAR_IMAGE=user-service:12", []),
        ("name=user-service", []),
        ("CONSUL_ADDRESSES=user-service.shop.svc", ["user-service.shop.svc"]),
        ("upstream users { server web:80; }\nproxy_pass http://users;\nproxy_pass http://pay;", ["web:80", "pay"]),
        ("MANAGER_IP=user-service.shop.svc.cluster.local", ["user-service.shop.svc.cluster.local"]),
        ("MANAGER_IP=web-0.user-service.shop.svc", ["web-0.user-service.shop.svc"]),
        ("MODULE=web.user.service", []),
        ("server.1=user-service-0:2888:3888;2181", ["user-service-0:2888"]),
        ("user-service-0.user-service:2888:3888::1", ["user-service-0.user-service:2888"]),
        ("db-2.db-hl.${POD_NAMESPACE}.svc.cluster.local:5080,db-1.db-hl:5080", ["db-2.db-hl:5080", "db-1.db-hl:5080"]),
        (
            "--peer=user-service.$(POD_NAMESPACE).svc:80 user-service.$POD_NAMESPACE:81",
            ["user-service:80", "user-service:81"],
        ),
        ("http://$(USER_SERVICE_HOST):80/x ${A_SERVICE_HOST}:1", ["$(USER_SERVICE_HOST):80", "$(A_SERVICE_HOST):1"]),
        ("USER_SERVICE_HOST=web --addr=$USER_SERVICE_HOST ${USER_SERVICE_HOST:-web}", ["web", "$(USER_SERVICE_HOST)"]),
        ("echo $USER_SERVICE_HOST", []),
        (
            "http://$(A_SERVICE_HOST):$(A_SERVICE_PORT)/v1 tcp://$B_SERVICE_HOST:$PORT",
            ["$(A_SERVICE_HOST)", "$(B_SERVICE_HOST)"],
        ),
        ("2026-11-23T04:53:00", []),
        (
            '{"serviceUrl": {"defaultZone": "http://user-service:8761/"}, "server": "users"}',
            ["user-service:8761", "users"],
        ),
        ('{"servers": ["users", "web"]}', ["users"]),
        ("http://user-service:123456/", []),
        ("user-service:0", []),
    ],
)
def test_words_that_are_hosts(text: str, found: list[str]) -> None:
    """A scheme, a port or a key says so; a sentence, a comment and an image's tag do not."""
    assert [str(each) for each in hosts_in(text)] == found


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("http://user-service/v1", 80),
        ("jdbc:postgresql://user-service/shop", 5432),
        ("postgresql+asyncpg://shop@user-service/shop", 5432),
        ("mongodb://user-service/shop", 27017),
        ("mongodb+srv://user-service/shop", None),
        ("redis+sentinel://user-service/1", None),
        ("amqps://user-service", 5671),
        ("tcp://user-service", None),
        ("mysql://user-service:3307/shop", 3307),
    ],
)
def test_a_url_without_a_port_calls_the_default_of_its_scheme(text: str, port: int | None) -> None:
    """Not where the port is looked up by name, or another server is asked for it."""
    assert [each.called_port for each in hosts_in(text)] == [port]


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        ("Users server", "AGENT_HOSTNAME", []),
        ("users", "AGENT_HOSTNAME", ["users"]),
        ("users web", "UPSTREAM_SERVERS", ["users", "web"]),
        ("users, web", "SERVER", ["users", "web"]),
        ("http://users web", "TARGET", ["users"]),
    ],
)
def test_a_title_is_no_host(text: str, key: str, found: list[str]) -> None:
    """The one host that a variable holds has no blank in it (an agent's `HOSTNAME="Users server"`); a list may have."""
    assert [str(each) for each in hosts_in(text, key)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("database_host   users", ["database_host=users"]),
        ("# the place\ndb.host users;\nstate off", ["db.host=users"]),
        ("appendonly yes\nreplicaof users 6379", ["replicaof=users:6379"]),
        ("host users 5432", ["host=users:5432"]),
        ("Spring.users.host users", ["Spring.users.host=users"]),
        ("the host users", []),
        ("db_host is users", []),
        ("server users", []),
        ("listen_address users", []),
        ("db_hosted users", []),
    ],
)
def test_a_key_and_its_host_may_stand_apart(text: str, found: list[str]) -> None:
    """By blanks alone, in a file of lines; a sentence is none. And what is kept is read again as the same."""
    assert [each.written for each in hosts_in(text, "app.conf")] == found
    assert [each.written for each in hosts_in("\n".join(found), "app.conf")] == found
    assert list(hosts_in(text)) == []


@pytest.mark.parametrize(
    ("text", "key", "kept"),
    [
        ("http://u:hunter2@user-servce:80/x?hunter2", "A", "A=http://user-servce:80/..."),
        ("http://user-servce:80/", "A", "A=http://user-servce:80"),
        ("http://localhost:80", "USER_SERVICE_URL", "USER_SERVICE_URL=http://localhost:80"),
        ("http://localhost:80", "USER_SERVICE_DB_URL", None),
        ("http://localhost:80", "USERS_URL", None),
        ("http://user-service-db:80", "A", "A=http://user-service-db:80"),
        ("http://service-user:80", "A", None),
        ("http://hunter2:80", "A", None),
        ("web-0.user-service.shop:80", "A", "A=web-0.user-service.shop:80"),
        ("http://$(USER_SERVICE_SERVICE_HOST):80/x", "A", "A=http://$(USER_SERVICE_SERVICE_HOST):80/..."),
        ("http://$(USERS_SERVICE_HOST):80/x", "A", None),
    ],
)
def test_kept_are_hosts_that_concern_the_asked_one(text: str, key: str, kept: str | None) -> None:
    """Its name, a slip of it, its words and more, or a variable called after it; and what is kept is read again as the same."""
    assert kept_hosts(text, "user-service", key) == kept
    assert kept is None or kept_hosts(kept, "user-service", key) == kept


@pytest.mark.parametrize(
    ("text", "key", "kept"),
    [
        ("http://u:hunter2@users:80/x?hunter2", "A", "A=http://users:80/..."),
        ("dns:///users.shop:9090", "A", "A=dns:///users.shop:9090"),
        ("users.shop", "USERS_HOST", "USERS_HOST=users.shop"),
        ("users.shop.svc:80", "A", "A=users.shop.svc:80"),
        ("payments.pay.cluster.local:80", "A", "A=payments.pay.cluster.local:80"),
        ("https://sentry.example.com", "A", None),
        ("http://localhost:80", "A", None),
        ("http://users.localhost", "A", None),
        ("10.0.0.7:80", "A", None),
        ("hunter2:80", "DB_PASSWORD", None),
        ("http://hunter2", "API_TOKEN", None),
        ("http://users:80", "JwtAuthn__Authority", "JwtAuthn__Authority=http://users:80"),
        ("http://users:80", "JWT_METADATA_ADDRESS", "JWT_METADATA_ADDRESS=http://users:80"),
        ("http://hunter2", "AUTHORITY_SECRET", None),
        ("hunter2", "MODE", None),
    ],
)
def test_kept_are_hosts_that_may_be_services(text: str, key: str, kept: str | None) -> None:
    """Where no Service is asked about; what stands under a credential's name is none."""
    assert kept_hosts(text, ANY_SERVICE, key) == kept
    assert kept is None or kept_hosts(kept, ANY_SERVICE, key) == kept


def test_long_texts_end() -> None:
    """A megabyte of one line is looked at in part, and takes no second look at any of it."""
    assert list(hosts_in("a" * 1_000_000)) == []
    assert list(hosts_in("a:1 " * 250_000))[:1]
    for words in ("a b ", "server a ", "proxy_pass http://a ", "set $a ", "server a resolve;"):
        assert list(hosts_in("$ resolve " + words * 10_000, "SERVERS"))[:1]
        assert list(hosts_in("\n".join(["$ resolve " + words * 50] * 100), "SERVERS"))[:1]
