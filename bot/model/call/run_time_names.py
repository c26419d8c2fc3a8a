"""Directives of nginx and HAProxy whose host the proxy looks up while it runs, by a resolver of its own. Pure.

All other hosts both ask the C library for as they start, which knows the search list. nginx looks up at each request what a
`proxy_pass` with a variable in it names, and a `server` of a group with `resolve`; HAProxy a `server` that has `resolvers`.

- https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass
- https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve
- https://docs.haproxy.org/3.2/configuration.html#5.3
"""

from enum import StrEnum

from msgspec import Struct

from bot.model.pattern import pattern

_LONGEST = 1_000  # characters of a line that is looked at: each directive is sought to its end
# A variable of nginx: what stands there in capitals is put in by `envsubst` before nginx starts.
_VARIABLE = r"\$\{?[a-z0-9_]"
_DIRECTIVES = pattern(
    r"(?:^|(?<=[\s{;]))(?:"
    r"(?P<set>set\s+\$\w+\s[^;#]*)"
    rf"|(?P<passed>(?:proxy|grpc|fastcgi|uwsgi|scgi)_pass\s[^;#]*?{_VARIABLE}[^;#]*)"
    r"|(?P<group>server\s[^;#{]*\sresolve(?=[\s;])[^;#]*)"
    r"|(?P<server>server(?:-template)?\s[^;#{]*\sresolvers\s+\S[^;#]*)"
    r")"
)


class RunTime(StrEnum):
    """How such a host stands there; empty where it is looked up as a program starts, or by a program that is not known."""

    NO = ""
    SET = "set"
    PASSED = "proxy_pass"
    SERVER = "server"

    @property
    def resolver(self) -> str:
        """Return whose resolver it is, as a word of the table of resolvers."""
        return "haproxy" if self is RunTime.SERVER else "nginx" if self else ""

    def around(self, host: str) -> str:
        """Return a line that is read again as the same host."""
        match self:
            case RunTime.NO:
                return host
            case RunTime.SERVER:
                return f"server _ {host} resolvers _"
        return f"{self} $_ {host}"


class Span(Struct, frozen=True):
    """Where such a directive stands in a line, as places of characters."""

    start: int
    end: int
    how: RunTime


def run_time_spans(line: str) -> tuple[Span, ...]:
    """Return the directives of one line whose hosts are looked up at run time; none of a line that is very long."""
    if len(line) > _LONGEST or ("$" not in line and "resolve" not in line):
        return ()
    return tuple(Span(*each.span(), _how(each.lastgroup or "")) for each in _DIRECTIVES.finditer(line))


def run_time_at(spans: tuple[Span, ...], place: int) -> RunTime:
    """Return how a word that begins at a place of the line is looked up."""
    return next((each.how for each in spans if each.start <= place < each.end), RunTime.NO)


def _how(group: str) -> RunTime:
    return {"set": RunTime.SET, "server": RunTime.SERVER}.get(group, RunTime.PASSED)
