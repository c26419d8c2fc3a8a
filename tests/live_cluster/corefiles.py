"""Random Corefiles, for the comparison of our reading with the real CoreDNS; every plugin answers with addresses of its own.

A Corefile holds PORT, KUBECONFIG and UPSTREAM. Its names and zones are few, so that plugins meet: a rewrite leads to a name
that a template answers, a server block takes what another one would have answered.
"""

from collections.abc import Iterator
from random import Random

ZONES = (
    ".",
    "cluster.local",
    "svc.cluster.local",
    "shop.svc.cluster.local",
    "example.com",
    "corp.internal",
    "10.96.0.0/16",
)
NAMES = (
    "api.shop.svc.cluster.local",
    "empty.shop.svc.cluster.local",
    "peers.shop.svc.cluster.local",
    "api-0.peers.shop.svc.cluster.local",
    "10-244-0-3.peers.shop.svc.cluster.local",
    "pod-3.peers.shop.svc.cluster.local",
    "10-244-0-1.api.shop.svc.cluster.local",
    "_http._tcp.api.shop.svc.cluster.local",
    "_x._tcp.api.shop.svc.cluster.local",
    "dead.shop.svc.cluster.local",
    "alias.shop.svc.cluster.local",
    "gone.shop.svc.cluster.local",
    "literal.shop.svc.cluster.local",
    "nobody.shop.svc.cluster.local",
    "web.team.svc.cluster.local",
    "api.shop.cluster.local",
    "shop.svc.cluster.local",
    "10-9-9-9.shop.pod.cluster.local",
    "svc.cluster.local",
    "api.shop.svc.corp.internal",
    "api.corp.internal",
    "www.example.com",
    "example.com",
    "nx.example.com",
    "7.7.96.10.in-addr.arpa",
)
_OPTIONS = """
pods insecure
pods disabled
fallthrough
fallthrough in-addr.arpa ip6.arpa
fallthrough cluster.local
namespaces shop
namespaces team default
labels tier=web
labels tier notin (web)
noendpoints
ignore empty_service
endpoint_pod_names
ttl 5
namespace_labels purple
"""
_MATCHES = r"""
^api[.]
^(?P<pod>[a-z0-9-]+)\.peers\.
shop.svc.cluster.local\.$
(^|[.])example\.com\.$
"^[[:alpha:]]+\.shop\.svc\.cluster\.local\.$"
(?i)^API\.
(.*\.)+internal\.$
"""
_ANSWERS = """
answer "{{ .Name }} 60 IN A ADDRESS"
answer "{{.Name}} {{.Class}} A ADDRESS"
answer "{{ index .Match 0 }} 60 IN A ADDRESS"
rcode NXDOMAIN
rcode REFUSED
rcode NOERROR
rcode SERVFAIL
"""
_RULES = r"""
name NAME1 NAME2
name exact NAME1 NAME2
name suffix .corp.internal .shop.svc.cluster.local answer auto
name suffix corp.internal cluster.local
name prefix api. peers.
name substring shop team
name regex ^(.*)\.corp\.internal\.$ {1}.shop.svc.cluster.local
name regex (.*)\.example\.com api.shop.svc.cluster.local answer auto
type AAAA A
ttl exact www.example.com 5
edns0 local set 0xffee 0x61626364
"""
_FORWARDS = ("", "", "{\n except cluster.local\n}", "{\n max_fails 0\n except shop.svc.cluster.local example.com\n}")
_HOLES = ("conf.d/*.override", "custom/*.server")


def corefile(random: Random, number: int) -> str:
    """Return one Corefile; `number` makes its addresses and snippets its own."""
    return _Writer(random, number).text()


def upstream_says(name: str, kind: str) -> tuple[str, tuple[str, ...]]:
    """Return what the server outside says: rcode and addresses."""
    if name.startswith("nx."):
        return "NXDOMAIN", ()
    return "NOERROR", ("198.51.100.53",) if kind == "A" else ()


class _Writer:
    def __init__(self, random: Random, number: int) -> None:
        self.random, self.number = random, number
        self.address = 0
        self.is_forward = True  # the block that is written has a zone that is no reverse one

    def text(self) -> str:
        snippets: list[str] = []
        blocks = [self._block(zones, snippets) for zones in self._keys()]
        return "".join((*snippets, *blocks))

    def _keys(self) -> Iterator[str]:
        zones = list(ZONES)
        self.random.shuffle(zones)
        if self.random.random() < 0.7:
            zones.remove(".")
            zones.insert(0, ".")
        for _ in range(self.random.choice((1, 1, 2, 3))):
            own = [zones.pop() if each else zones.pop(0) for each in range(self.random.choice((1, 1, 1, 2)))]
            scheme = self.random.choice(("", "", "dns://"))
            yield self.random.choice((" ", ", ")).join(f"{scheme}{zone}:PORT" for zone in own)

    def _case(self, word: str) -> str:
        return word.upper() if self.random.random() < 0.1 else word

    def _block(self, keys: str, snippets: list[str]) -> str:
        self.is_forward = not keys.replace("dns://", "").startswith("10.96") or "," in keys or keys.count(":PORT") > 1
        makers = (self._kubernetes, self._hosts, self._template, self._rewrite, self._forward)
        weights = (9, 3, 4, 4, 8)
        chosen = self.random.choices(makers, weights, k=self.random.randint(1, 6))
        written: list[str] = ["bind 127.0.0.1"]
        once: set[str] = set()
        for maker in chosen:
            name = maker.__name__
            if name in ("_kubernetes", "_hosts") and name in once:
                continue
            once.add(name)
            written.append(maker())
        written += self.random.sample(
            ["errors", "cache 30", "loadbalance", "log . {\n class error\n}", "# a comment {"], 2
        )
        if self.random.random() < 0.1:
            written.append(f"import {self.random.choice(_HOLES)}")
        self.random.shuffle(written)
        if len(written) > 2 and self.random.random() < 0.2:
            name = f"snippet{self.number}n{len(snippets)}"
            snippets.append(f"({name}) {{\n{written.pop()}\n}}\n")
            written.append(f"import {name}")
        return f"{keys} {{\n" + "\n".join(written) + "\n}\n"

    def _own_address(self) -> str:
        self.address += 1
        return f"203.0.{113 + self.number % 100}.{self.address}"

    def _kubernetes(self) -> str:
        own = "" if self.is_forward else "cluster.local"  # it has the zones of its block, and needs a forward one
        reverse = "cluster.local in-addr.arpa ip6.arpa"
        zones = self.random.choice((own, "cluster.local", reverse, "corp.internal cluster.local"))
        options = ["kubeconfig KUBECONFIG"]
        for each in self.random.sample(_OPTIONS.strip().splitlines(), self.random.choice((0, 1, 1, 2, 3))):
            word = each.split()[0]
            clash = {"namespaces": "namespace_labels", "namespace_labels": "namespaces"}.get(word, word)
            if not any(line.split()[0] in (word, clash) for line in options):
                options.append(each)
        return f"kubernetes {zones} {{\n" + "\n".join(options) + "\n}"

    def _name(self) -> str:
        return self._case(self.random.choice(NAMES))

    def _hosts(self) -> str:
        lines = [f"{self._own_address()} {self._name()} {self._name()}" for _ in range(self.random.randint(1, 3))]
        lines += [f"2001:db8::{self.number:x} {self._name()}"] * (self.random.random() < 0.3)
        fall = self.random.choice(("", "fallthrough", "fallthrough", "fallthrough cluster.local"))
        zones = self.random.choice(("", "/dev/null cluster.local", "/dev/null example.com"))
        return f"hosts {zones} {{\n" + "\n".join((*lines, *([fall] if fall else ()))) + "\n}"

    def _template(self) -> str:
        zone = self.random.choice(("", ".", "cluster.local", "example.com", "shop.svc.cluster.local"))
        kind = self.random.choice(("A", "A", "ANY", "AAAA"))
        match = self.random.choice(("", *_MATCHES.strip().splitlines()))
        answer = self.random.choice(_ANSWERS.strip().splitlines()).replace("ADDRESS", self._own_address())
        fall = self.random.choice(("", "fallthrough", "fallthrough"))
        lines = [each for each in (f"match {match}" if match else "", answer, fall) if each]
        return f"template {self.random.choice(('IN', 'ANY'))} {kind} {zone} {{\n" + "\n".join(lines) + "\n}"

    def _rewrite(self) -> str:
        mode = self.random.choice(("", "stop ", "continue "))
        rule = (
            self.random.choice(_RULES.strip().splitlines())
            .replace("NAME1", self._name())
            .replace("NAME2", self._name())
        )
        if self.random.random() < 0.2 and mode:
            return f"rewrite {mode} {{\n {rule}\n}}"
        return f"rewrite {mode}{rule}"

    def _forward(self) -> str:
        zone = self.random.choice((".", ".", ".", "example.com", "cluster.local"))
        block = self.random.choice(_FORWARDS)
        return f"forward {zone} 127.0.0.1:UPSTREAM {block}"
