"""Words that rows share: outcomes by short names, c-ares' errors, and those of tools that print the rcode."""

from bot.model.probe import Outcome

NX, NODATA, SERVFAIL = Outcome.NXDOMAIN, Outcome.NO_DATA, Outcome.SERVFAIL
REFUSED, CLOSED, TIMEOUT = Outcome.DNS_REFUSED, Outcome.REFUSED, Outcome.TIMEOUT
UNREACHED = frozenset((TIMEOUT, CLOSED, Outcome.UNREACHABLE))
ARES = {
    NX: "ENOTFOUND",
    NODATA: "ENODATA",
    SERVFAIL: "ESERVFAIL",
    REFUSED: "EREFUSED",
    CLOSED: "ECONNREFUSED",
    TIMEOUT: "ETIMEOUT",
}
RCODES = {NX: "NXDOMAIN", NODATA: "NODATA", SERVFAIL: "SERVFAIL", REFUSED: "REFUSED"}
