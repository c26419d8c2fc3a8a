"""Proxy variables: where they lead, and which hosts NO_PROXY leaves out of them (failure-modes APP-023). Pure.

Programs read them by habit, not by a standard. Taken is what Go, curl and Python's requests have in common: an entry leaves out
the host of that name and all names below it, with or without a dot or `*.` before it; `*` leaves out all; a network leaves
out addresses and never names, since no name is looked up for it.
https://pkg.go.dev/golang.org/x/net/http/httpproxy, https://curl.se/docs/manpage.html#--noproxy.
"""

from ipaddress import ip_address, ip_network

from msgspec import Struct

from bot.model.pattern import pattern

_SEPARATORS = pattern(r"[\s,]+")
_ENTRY = pattern(r"[A-Za-z0-9.*_:\[\]/-]{1,253}")
_PROXY = pattern(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?(?:[^@/]*@)?(?P<host>[A-Za-z0-9_.-]+)(?P<port>:\d{1,5})?(?:[/?#].*)?"
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProxySettings(Struct, frozen=True):
    """What a container says of proxies. `proxy` is host and port; None: its value is not known, as is `exempt`'s.

    `variable` is the one that names the proxy, as it is written.
    """

    variable: str
    proxy: str | None
    exempt: tuple[str, ...] | None

    def leaves_out(self, host: str) -> bool:
        """Return whether calls of a host go past the proxy."""
        return is_loopback(host) or any(_fits(each.lower(), host.lower().rstrip(".")) for each in self.exempt or ())


def is_loopback(host: str) -> bool:
    """Return whether a host is the pod itself, which no proxy is asked for."""
    return host in _LOOPBACK


def kept_proxy(name: str, value: str | None) -> str | None:
    """Return what may be kept of a proxy variable: NO_PROXY's hosts and networks, of the others host and port."""
    if value is None:
        return None
    if name.upper() == "NO_PROXY":
        return ",".join(each for each in _SEPARATORS.split(value) if _ENTRY.fullmatch(each))
    found = _PROXY.fullmatch(value.strip())
    return f"{found['host'].lower()}{found['port'] or ''}" if found else ("" if not value.strip() else None)


def proxy_settings(variables: dict[str, str | None], scheme: str) -> ProxySettings | None:
    """Return what variables say of calls by a scheme (`http`, `https`); None where they name no proxy for it.

    The value None stands for one that is not known; an empty one switches the proxy off.
    """
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    variable = next((each for each in names if each in variables), "")
    if not variable or variables[variable] == "":
        return None
    said = [variables[each] for each in ("no_proxy", "NO_PROXY") if each in variables]
    known = [entry for each in said for entry in _SEPARATORS.split(each or "") if entry]
    exempt = None if None in said else tuple(dict.fromkeys(known))
    return ProxySettings(variable, kept_proxy(variable, variables[variable]), exempt)


def _fits(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _holds(entry, host)
    name = entry.partition(":")[0] if entry.count(":") == 1 else entry
    bare = name.removeprefix("*").removeprefix(".")
    return bool(bare) and (host == bare or host.endswith(f".{bare}"))


def _holds(network: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
