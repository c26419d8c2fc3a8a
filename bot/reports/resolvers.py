"""docs/resolvers.md: the table of resolvers for people, written from the rows that the simulation reads."""

from collections.abc import Callable, Iterable

from bot.model.dns.search.resolver import Cut, Order, Resolver, Search, Then, Types, Wait
from bot.model.dns.search.table import RESOLVERS
from bot.model.probe import Outcome

Columns = dict[str, Callable[[Resolver], str]]  # a column's head, and how its cell is written
_HEAD = """# How real resolvers look names up in a pod

The same name, the same resolv.conf, the same nameserver: one program finds the Service and another does not. This
page says what each resolver does. Each row was measured with the real library against a scripted nameserver, and
`make test-resolvers` measures it again, but for how long failed lookups are kept. `k8snet dns NAME --resolver WORD`
answers for one of them.

Written by `make docs` from `bot/model/dns/search/table.py`.

A pod of the cluster has three search domains, `NAMESPACE.svc.cluster.local`, `svc.cluster.local` and `cluster.local`,
then those of its node, and `ndots:5`: a name with fewer than five dots is completed with each of them in turn before
it is asked as it was typed. A trailing dot stops that, for every resolver here.

## What hurts, worst first

- **One search domain that answers SERVFAIL or REFUSED hides names that exist.** A pod inherits its node's search
  domain, and `api.shop.example` is first asked for as `api.shop.example.DOMAIN`. Those that stop there: {stop}.
  An empty answer, of a name that exists and has no address, stops {empty} as well.
- **After REFUSED, or silence, glibc leaves the rest of the search list out** and asks for the name as it was typed
  alone. The error is "Name or service not known", though the Service exists.
- **AAAA can take a good A answer away.** {both} need both to be answered: "no data" is an answer, NXDOMAIN, SERVFAIL
  and silence are none. HAProxy does not ask for A before AAAA was answered. glibc and Java wait 15 s and then
  succeed, Go 10 s.
- **`ndots:1` breaks Alpine alone.** musl uses no search list for a name with ndots dots or more; glibc, Go and the
  others try the name as it was typed first and the search list after it. musl also ignores a search line of more than
  255 characters.
- **Some never search**: {never}. Write the full name.
- **A big headless Service does not fit into UDP** (28 addresses or so in 512 bytes). {part} take what fits for all,
  and HAProxy has no server at all: set `accepted_payload_size 8192`. musl keeps 48 addresses.
- **A second nameserver is no help** after REFUSED with {one}.
- **`options timeout` and `attempts` bind some only.** Node, Ruby, dnsjava and Erlang's inet_res have times of their
  own.
- **The tools mislead.** `nslookup` of BusyBox does not search for a name with a dot and says NXDOMAIN where the C
  library of the same image resolves it; for a name without a dot it asks every step, prints the address, and ends
  with exit code 1 since the other steps have none. BIND's `nslookup`, `host` and `dig +search` stop at SERVFAIL and at
  an empty answer of one search domain, where glibc's getaddrinfo goes on and finds the name; the first two stop at
  REFUSED, too. `dig` alone does not search, and ends with 0 for NXDOMAIN and SERVFAIL, with 9 only in silence. In a
  glibc or Alpine image ask `getent ahosts NAME`, which ends with 2 for every failure; in any image ask for the full
  name with its trailing dot. Then `nslookup` that prints an address and ends with 1 lacks a good answer for AAAA, and one
  that ends with 0 without an address has met a name that exists and has none.

## Search

`f s c raw`: the three search domains in turn, then the name as it was typed. Columns say what comes after a name that
is answered so: *next* goes on, *stop* ends the lookup, *as is* goes to the name as it was typed.
"""
_TAIL = """
## Which one does a program have?

{users}

An image tells little: a Go program on Alpine has Go's resolver, and a JVM or Node's `dns.lookup` asks the C library of its
image. k8snet guesses only where an image's name says so (nginx, HAProxy, Envoy, a JVM, a tag with `alpine`, `slim` or a release
of Debian or Ubuntu), and says that it is a guess and by what.

## Sources

{sources}
"""


def resolvers_page() -> str:
    """Return the page."""
    facts = {
        "stop": _named(each for each in RESOLVERS if Then.STOP in (each.servfail, each.refused)),
        "empty": _named(each for each in RESOLVERS if each.search is Search.YES and each.nodata is Then.STOP),
        "both": _named(each for each in RESOLVERS if each.types is Types.BOTH),
        "never": _named(each for each in RESOLVERS if each.search is Search.NO),
        "part": _named(each for each in RESOLVERS if each.cut is Cut.PART),
        "one": _named(each for each in RESOLVERS if _passes_over(each)),
    }
    users = "\n".join(f"- **{each.title}** (`{each.name}`): {each.used_by}." for each in RESOLVERS)
    sources = "\n".join(f"- {each.title} {each.version}: <{each.source}>" for each in RESOLVERS)
    tables = [_table(_SEARCH), "\n## Types, sizes and time\n\n" + _TIMES, _table(_ANSWERS)]
    return _HEAD.format(**facts) + "\n" + "\n".join(tables) + _TAIL.format(users=users, sources=sources)


_TIMES = """\
*One silent nameserver*: seconds until the lookup of one full name is given up, by default; (t) where `options timeout` is
used, (a) where `attempts` is. *A, no AAAA*: what becomes of a name whose A is answered and whose AAAA is not, in seconds.
"""


def _named(found: Iterable[Resolver]) -> str:
    return ", ".join(each.title for each in found)


def _passes_over(row: Resolver) -> bool:
    return not row.asks_all_servers and Outcome.DNS_REFUSED not in row.next_server


def _order(row: Resolver) -> str:
    if row.search is Search.NO:
        return "raw"
    if row.search is Search.ONE_LABEL:
        return "raw; f s c raw without a dot"
    return "raw f s c" if row.order is Order.FIRST else "f s c raw"


def _ndots(row: Resolver) -> str:
    if row.search is not Search.YES or row.order is Order.FIRST:
        return "not used"
    return "at ndots dots: raw only" if row.order is Order.BY_NDOTS_ALONE else "at ndots dots: raw f s c"


def _limit(row: Resolver) -> str:
    if row.most_characters:
        return f"{row.most_characters} characters, else none"
    return str(row.most_domains) if row.most_domains else "all"


def _then(row: Resolver, outcome: Outcome) -> str:
    return str(row.then(outcome)) if row.search is Search.YES else "–"


def _seconds(wait: Wait, row: Resolver) -> str:
    marks = ("(t)" if wait.takes_timeout else "") + ("(a)" if wait.takes_attempts else "")
    asks_on = row.types is Types.AAAA_THEN_A
    return "asks on" if asks_on else f"{wait.total():g} {marks}".strip()


def _half(row: Resolver) -> str:
    if row.types in (Types.A, Types.A_THEN_AAAA):
        return "not asked" if row.types is Types.A else "resolved at once"
    if row.types is Types.AAAA_THEN_A:
        return "lost: asks on"
    wait = row.half_silence or row.silence
    return f"{'lost' if row.types is Types.BOTH else 'resolved'} after {wait.total():g}"


def _cut(row: Resolver) -> str:
    words = {Cut.TCP: "TCP", Cut.PART: "takes the part", Cut.DROPPED: "no address"}[row.cut]
    return f"{words}, {row.most_addresses} addresses" if row.most_addresses else words


def _keeps(row: Resolver) -> str:
    if row.keeps_negative_ttl:
        return "as long as the SOA says"
    return f"{row.keeps_denial} s" if row.keeps_denial else "no"


def _next_server(row: Resolver) -> str:
    if row.asks_all_servers:
        return "all at once"
    if row.picks_servers:
        return "two at random"
    known = {Outcome.DNS_REFUSED: "REFUSED", Outcome.SERVFAIL: "SERVFAIL", Outcome.TIMEOUT: "silence"}
    return ", ".join(word for outcome, word in known.items() if outcome in row.next_server) or "never"


_SEARCH: Columns = {
    "resolver": lambda row: f"{row.title} {row.version}",
    "names": _order,
    "ndots": _ndots,
    "domains": _limit,
    "no data": lambda row: _then(row, Outcome.NO_DATA),
    "SERVFAIL": lambda row: _then(row, Outcome.SERVFAIL),
    "REFUSED": lambda row: _then(row, Outcome.DNS_REFUSED),
    "silence": lambda row: _then(row, Outcome.TIMEOUT),
}
_ANSWERS: Columns = {
    "resolver": lambda row: row.title,
    "types": lambda row: str(row.types),
    "A, no AAAA": _half,
    "UDP bytes": lambda row: str(row.udp),
    "on TC": _cut,
    "one silent nameserver": lambda row: _seconds(row.silence, row),
    "next nameserver after": _next_server,
    "keeps a failed lookup": _keeps,
    "/etc/hosts": lambda row: "read" if row.reads_hosts else "not read",
    "a name like 443": lambda row: str(row.numbers),
}


def _table(columns: Columns) -> str:
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(cell(row) for cell in columns.values())} |" for row in RESOLVERS]
    return "\n".join(lines) + "\n"
