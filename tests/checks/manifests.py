"""Reads the cases of tests/checks/<layer>/<check>.yaml: a manifest with the expectation inside.

A file holds several cases. Each starts with a line `# case: TITLE`, followed by header lines and YAML documents:

    # ask: user-service -n shop --from shop/checkout-1 --port 80 --symptom timeout
    # ask: --address 192.168.77.12 --port 30080        (an address in place of a Service's name)
    # saw: tcp service 10.96.12.7:80 refused          (tcp|http|dns, purpose, target, outcome or HTTP status; then answers)
    # saw: http endpoint 10.244.0.11:8080/ready 404    (scheme=https, version=2)
    # saw: grpc root 10.244.0.11:8080/shop.Cart server-error health=NOT_SERVING
    # saw: tls endpoint 10.244.0.11:8443 answered names=a.shop,b.shop days=-3 self_signed=yes client_certificate=wanted
    # saw: dns service user-service.shop.svc.cluster.local. @10.96.0.10 answered 10.96.12.7
    # saw: dns replica user-service.shop.svc.cluster.local. @10.244.0.2 servfail aa=yes
    # saw: dns service db.shop.svc.cluster.local. @10.96.0.10 nodata cname=db.example. type=AAAA transport=tcp tries=nodata
    # saw: dns size db.shop.svc.cluster.local. @10.96.0.10 answered 10.244.0.2 payload=0 truncated=yes     (0: without EDNS)
    # route: Ingress shop/web                          (the call is one that this Ingress or route sends on)
    # vantage: outside                                 (default: a worker pod k8snet/worker-0 on node-1)
    # saw: http endpoint 10.244.0.11:8080/ready timeout connected=yes tries=timeout,timeout   (more of what was seen)
    # redacted: yes                                  (files of ConfigMaps are read as when they come from a cluster or a dump)
    # log: shop/user-service-1 app panic: no database  (a line of the last log of a container)
    # drop: Pod shop/user-service-3                    (an object of base.yaml that this cluster does not have)
    # gap: nodes                                       (a need that could not be read)
    # expect: RTE-001                                  (all codes above info, the root first; or: nothing)
    # info: APP-003                                    (codes that must be there as info, e.g. folded consequences)
    # silent: RTE-010                                  (codes that must not be there at all)
    # verdicts: dns=ok routing=fail application=unknown<routing     (status, and `<` the layer it is a consequence of)
    # confidence: likely                               (of the first expected finding, or the first that must be there as info)
    # about: Service shop/user-service                 (what the root finding is about)
    # tells: RTE-004 wants 3 pods and has none          (a finding of this code is there, and has these words)
    # fixes: 0                                         (how many fixes the first expected finding prints)
    # says: the pods' own 8080                         (words of the root's message; where nothing is found, of a verdict)

Documents are merged (RFC 7396) onto the object of the same kind, namespace and name of base.yaml; `metadata.names: [a, b]`
stands for one document a name. EndpointSlices are what the controller would write, unless the case has slices of that
Service itself.
"""

import argparse
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct
from msgspec.structs import replace

from bot.checks.engine.judge import Judgement, judge
from bot.cluster.documents import snapshot_from
from bot.cluster.redaction import redacted
from bot.model.case import Case
from bot.model.gaps import Gap
from bot.model.kube.endpoints import expected_slices
from bot.model.logs import LogTail
from bot.model.probe import (
    DnsQuery,
    GrpcHealth,
    HttpGet,
    Observation,
    Outcome,
    Purpose,
    TcpConnect,
    TlsHandshake,
    Vantage,
    VantageKind,
)
from bot.model.question.address import by_address
from bot.model.question.question import Question, Source, Symptom
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.usecases.whatif import merge

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
BASE = Path(__file__).parent / "base.yaml"
WORKER = Vantage(kind=VantageKind.WORKER, namespace="k8snet", pod="worker-0", node="node-1", labels={"app": "k8snet"})
Documents = list[dict[str, Any]]


class Written(Struct, frozen=True):
    """One case as it is written: headers by name, and its documents."""

    file: str
    title: str
    headers: dict[str, list[str]]
    documents: Documents

    def one(self, header: str, default: str = "") -> str:
        return next(iter(self.headers.get(header, ())), default)

    def words(self, header: str) -> list[str]:
        return " ".join(self.headers.get(header, ())).split()

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


def written_cases(path: Path) -> tuple[Written, ...]:
    """Return the cases of a file, which is read once: many tests share them, so nobody changes one."""
    return _cases(path.resolve())


@cache
def _cases(path: Path) -> tuple[Written, ...]:
    return tuple(_split(path))


def _split(path: Path) -> Iterator[Written]:
    """Split a file at its `# case:` lines."""
    for part in path.read_text().split("# case:")[1:]:
        title, _, rest = part.partition("\n")
        headers: dict[str, list[str]] = {}
        for line in rest.splitlines():
            if line.startswith("# ") and ": " in line:
                key, _, value = line[2:].partition(": ")
                headers.setdefault(key.strip(), []).append(value.strip())
        documents = [each for each in yaml.load_all(rest, yaml.CSafeLoader) if each]
        yield Written(path.name, title.strip(), headers, documents)


def case_of(written: Written) -> Case:
    """Build the case: base cluster, merged documents, computed slices, observations."""
    read = snapshot_from(_merged(written), taken_at=NOW, cluster="test", gaps=_gaps(written))
    snapshot = with_slices(replace(read, logs=_logs(written)))
    seen = tuple(observation(line) for line in written.headers.get("saw", ()))
    outside = written.one("vantage") == "outside"
    vantage = Vantage(kind=VantageKind.WORKER) if outside else WORKER
    asked = _question(written.one("ask", "user-service -n shop"))
    snapshot = redacted(snapshot, asked.service) if written.one("redacted") else snapshot
    question = by_address(asked, snapshot) if asked.address else asked
    return Case(question, snapshot, seen, vantage if seen else Vantage(), route=_route(written.one("route")))


def judged(written: Written) -> Judgement:
    """Judge the case with every check there is; an exception of a check is raised."""
    return judge(case_of(written), strict=True)


def _gaps(written: Written) -> tuple[Gap, ...]:
    return tuple(Gap(need=need, namespace="", what=need, why="forbidden") for need in written.words("gap"))


def _route(text: str) -> Ref | None:
    kind, _, place = text.partition(" ")
    namespace, _, name = place.partition("/")
    return Ref(kind, name, namespace) if text else None


def _logs(written: Written) -> tuple[LogTail, ...]:
    tails: dict[tuple[str, str], list[str]] = {}
    for line in written.headers.get("log", ()):
        pod, container, text = line.split(" ", 2)
        tails.setdefault((pod, container), []).append(text)
    return tuple(
        LogTail(*pod.split("/"), container, previous=True, lines=tuple(lines))
        for (pod, container), lines in tails.items()
    )


def _question(line: str) -> Question:
    parser = argparse.ArgumentParser()
    parser.add_argument("service", nargs="?", default="")
    parser.add_argument("--address", default="")
    parser.add_argument("-n", dest="namespace", default="shop")
    parser.add_argument("--from", dest="source")
    parser.add_argument("--port")
    parser.add_argument("--protocol", default="TCP")
    parser.add_argument("--symptom")
    parser.add_argument("--name")
    parser.add_argument("--resolver", default="")
    parser.add_argument("--scheme", default="")
    parser.add_argument("--path", default="")
    asked = parser.parse_args(shlex.split(line))
    return Question(
        service=asked.service,
        namespace=asked.namespace,
        port=int(asked.port) if asked.port and asked.port.isdigit() else asked.port,
        protocol=asked.protocol,
        protocol_said="--protocol" in line,
        source=_source(asked.source) if asked.source else None,
        symptom=Symptom(asked.symptom) if asked.symptom else None,
        cluster="test",
        name=asked.name or asked.service,
        address=asked.address,
        resolver=asked.resolver,
        scheme=asked.scheme,
        path=asked.path,
    )


def _source(text: str) -> Source:
    namespace, _, rest = text.partition("/")
    return Source(namespace=namespace, workload=rest) if "/" in rest else Source(namespace=namespace, pod=rest)


@cache
def _base() -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the objects of base.yaml. They are shared by all cases: a merge makes objects of its own."""
    return {_key(each): each for each in yaml.load_all(BASE.read_text(), yaml.CSafeLoader)}


def _merged(written: Written) -> Documents:
    known = dict(_base())
    for name in written.headers.get("drop", ()):
        kind, _, place = name.partition(" ")
        namespace, _, own = place.rpartition("/")
        del known[kind, namespace, own]
    for document in written.documents:
        for each in _expanded(document):
            known[_key(each)] = merge(known.get(_key(each), {}), each)
    return list(known.values())


def _expanded(document: dict[str, Any]) -> Documents:
    metadata = document["metadata"]
    if "names" not in metadata:
        return [document]
    rest = {key: value for key, value in metadata.items() if key != "names"}
    return [{**document, "metadata": {**rest, "name": name}} for name in metadata["names"]]


def _key(document: dict[str, Any]) -> tuple[str, str, str]:
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace", ""), metadata["name"]


def with_slices(snapshot: Snapshot) -> Snapshot:
    given = {(each.namespace, each.service_name) for each in snapshot.slices}
    computed = tuple(
        each
        for service in snapshot.services
        if service.selector.pairs and (service.namespace, service.name) not in given
        for each in expected_slices(service, snapshot.pods_in(service.namespace))
    )
    fields = {name: getattr(snapshot, name) for name in snapshot.__struct_fields__}
    return Snapshot(**{**fields, "slices": (*snapshot.slices, *computed)})


def observation(line: str) -> Observation:
    kind, wanted, target, *rest = line.split()
    purpose = Purpose(wanted)
    if kind == "dns":
        server, outcome, *answers = rest
        said = dict(each.split("=", 1) for each in answers if "=" in each)
        tries = tuple(Outcome(word) for word in said.pop("tries", "").split(",") if word)
        kind, transport = said.pop("type", "A"), said.pop("transport", "udp")
        query = DnsQuery(target, server.removeprefix("@"), 53, kind, transport, purpose, tries=len(tries) or 1)
        query = replace(query, payload=int(said.pop("payload", query.payload)), pod=said.pop("pod", ""))
        chain = {"cname": said.pop("cname").split(",")} if "cname" in said else {}
        numbers = {key: int(said.pop(key)) for key in ("soa_serial", "soa_minimum", "soa_ttl") if key in said}
        known = {**chain, **numbers, **{key: word == "yes" for key, word in said.items()}}
        addresses = tuple(each for each in answers if "=" not in each)
        return Observation(query, Outcome(outcome), ms=3.0, outcomes=tries, answers=addresses, detail=known)
    place, slash, path = target.partition("/")
    address, _, port = place.rpartition(":")
    more = dict(word.split("=", 1) for word in rest[1:])
    tries = tuple(Outcome(word) for word in more.pop("tries", "").split(",") if word)
    if kind == "tcp":
        probe = TcpConnect(address, int(port), purpose=purpose)
        return Observation(probe, Outcome(rest[0]), ms=1.0, outcomes=tries, detail=more)
    ms = float(more.pop("ms", 11.0))
    if kind == "tls":
        shaken = TlsHandshake(address, int(port), more.pop("sni", "user-service"), purpose)
        return Observation(shaken, Outcome(rest[0]), ms=4.0, detail=_shown(more))
    if kind == "grpc":
        health, answered = GrpcHealth(address, int(port), service=path, purpose=purpose), "health" in more
        return Observation(
            health, Outcome(rest[0]), ms=11.0, outcomes=tries, status=200 if answered else 0, detail=more
        )
    scheme, version = more.pop("scheme", "http"), more.pop("version", "1.1")
    get = HttpGet(address, int(port), path=slash + path, scheme=scheme, purpose=purpose, version=version)
    if not rest[0].isdigit():
        return Observation(get, Outcome(rest[0]), ms=2000.0, outcomes=tries, detail=more)
    status = int(rest[0])
    outcome = Outcome.SERVER_ERROR if status >= 500 else Outcome.ANSWERED
    return Observation(get, outcome, ms=ms, outcomes=tries, status=status, detail=more)


def _shown(more: dict[str, Any]) -> dict[str, Any]:
    """The details of a handshake: a certificate of these names that ends in so many days, and the rest as it is."""
    more = {**more, **({"tls": more["tls"].replace("_", " ")} if "tls" in more else {})}
    if "names" not in more:
        return more
    days, names = int(more.pop("days", "90")), more.pop("names").split(",")
    dates = {"starts": (NOW - timedelta(days=300)).isoformat(), "ends": (NOW + timedelta(days=days)).isoformat()}
    about = {"names": [each for each in names if each != "-"], "issuer": more.pop("issuer", "CN=Shop Authority")}
    return {**more, "certificate": {**dates, **about, "is_self_signed": more.pop("self_signed", "") == "yes"}}
