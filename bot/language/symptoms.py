"""The complaint that a text names, as one of the grammar's symptoms. It ranks causes and never changes a verdict."""

import re
from collections.abc import Iterable, Iterator

_SSL = r"(?:ssl|tls|https)"
_CERT = r"cert(?:ificate|s|ificates)?"
_NO_TRUST = r"(?:does ?n[o']?t|do ?n[o']?t|not|never|stopped|refus\w+ to|won't) (?:to )?(?:trust|accept)\w*"
# Order matters: what an error message says exactly goes before what a sentence may mean.
_FEW, _MANY = r"(?:[1-3]|one|two|three)", r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)"
_TABLE = (
    (
        "tls",
        (
            # The libraries' own words: Go, OpenSSL (Python, Ruby, curl, nginx, Envoy), Java, Node, .NET
            r"\bx509\b(?![-.\w])|certificate[_ ](?:verify[_ ]failed|required|unknown|expired)|unknown authority\b|pkix path \w+"
            r"|handshake[_ ]fail(?:ure|ed|s|ing)?|(?<!-)handshake (?:error|problem|did not complete)|sslhandshakeexception"
            r"|sslpeerunverifiedexception|bad certificate|unknown ca\b|wrong[_ ]version[_ ]number|(?:ssl|tls)v\d\w* alert \w+"
            r"|does not look like a tls handshake|(?:server gave )?http response to https client"
            r"|plain http request was sent to https port"
            r"|cert_has_expired|\w*self_signed_cert\w*|unable_to_(?:verify_leaf_signature|get_issuer_cert\w*)"
            r"|err_tls_\w+|unable to get (?:local )?issuer certificate|no alternative (?:certificate )?subject name\w*"
            r"|peer did not return a certificate|remote certificate (?:is|was) \w+|remotecertificate\w+"
            r"|unrecognized[_ ]name|no shared cipher|unsupported protocol|unable to verify the first certificate"
            r"|ssl_error_\w+|ssl certificate problem|ssl connection could not be established"
            r"|unrecognized ssl message|\bsslexception"
            # what people say of it; names are taken out of a sentence before it is searched, which leaves blanks
            rf"|{_SSL} (?:handshake )?(?:fail\w*|errors?\b|issues?\b|problems?\b|alerts?\b|is broken|broken|mismatch)"
            rf"|{_SSL} handshakes? (?:is |are |keeps? |with \S+ )?(?:fail\w*|broken|dying|dies)"
            rf"|{_CERT}(?: (?:of|for|from|by) +)? (?:has |have |is |are |was |were |already |just )*"
            r"(?:expired|invalid|not valid|untrusted|not trusted"
            rf"|wrong|bad|rejected|signed by|mismatch\w*|problems?|issues?|errors?|fail\w*|about to expire)"
            rf"|{_CERT} (?:is ?n[o']?t|is not|was ?n[o']?t) (?:trusted|accepted|valid|known)"
            rf"|(?:expired|invalid|wrong|bad|untrusted|self[- ]signed) (?:\w+ )?{_CERT}\b"
            rf"|{_NO_TRUST} (?:\w+ ){{0,2}}{_CERT}\b"
        ),
    ),
    (
        "5xx",
        (
            r"upstream connect error(?: or disconnect/reset before headers)?(?:[.,]? (?:reset|retried"
            r"|transport failure) [\w :,]*reason:"
            r"(?: (?!(?:when|while|from|calling|to|on|in|for|between)\b)[\w:]+)+)*"
            r"|no[ _]healthy[ _]upstream|no live upstreams"
        ),
    ),
    (
        "nxdomain",
        (
            r"temporary failure in name resolution|name[_ ]not[_ ]resolved"
            r"|no such host|nxdomain|enotfound|eai_again|name or service not known|nodename nor servname|unknown ?host\w*"
            r"|name resolution|nameresolutionerror|no such host is known|host not found|bad address|gaierror"
            r"|(?:could not|couldn't|cannot|can't|can not|failed to|fails to|failing to|does not|doesn't|doesnt|won't"
            r"|unable to"
            r"|not|isn't|aren't|never)(?: be(?:ing)?)? (?:to )?"
            r"(?:resolv\w*(?: (?:the )?host(?: ?names?)?)?|translate host|find (?:the )?host|look\s?up)"
            r"|dns (?:(?:resolution|lookups?) )?(?:errors?\b|fail(?:ures?|s|ing)?|issues?|problems?|is (?:failing|broken|not))"
            r"|(?:domain |host ?)?name (?:was |is )?not found|server can't find"
            r"|curl: \(6\)|no resolvable"
            r"|resolution (?:fail|error)\w*|not resolv\w*|unresolvable|servfail|server misbehaving|unknown name"
            r"|unknown (?:\w+ )?server host"
        ),
    ),
    (
        "refused",
        (
            r"could not connect to server: connection refused"
            r"|connection refused|econnrefused|actively refused|refus(?:ed|es|ing|al)\b|errno 111|\b111: |\(111\)"
            r"|connect error: 111|refuse (?:connections?|conns?|calls?|requests?|traffic|port)"
            r"|reject(?:s|ing|ed)? (?:the |my |our |its )?(?:connections?|calls?|requests?|traffic)"
        ),
    ),
    (
        "timeout",
        (
            r"i/o timeouts?|etimedout|tim(?:ing|ed|es|e)?[ -]?outs?\b|timeout\w*|(?:context )?deadline[ _]exceeded"
            r"|execution expired"
            r"|errno 110\b"
            r"|\b110: |\(110\)|timedout|(?<!socket )\bhang(?:s|ing)?\b|\bhung\b|did not properly respond"
            r"|took too long|takes forever|(?:no|not) respon\w+"
            r"|gateway time-?out|ehostunreach|no route to host|no (?:response|answer|reply)|(?:doesn't|does not|isn't"
            r"|aren't|don't|not|never|won't) (?:answer|respond|reply)\w*"
            r"|context deadline|client\.timeout(?: exceeded)?(?: while awaiting headers)?"
            r"|curl: \(28\)|unresponsive|opentimeout|readtimeout|canceled due to the configured"
        ),
    ),
    (
        "reset",
        (
            r"connection resets?(?: by peer)?|reset by peer|econnreset|socket hang up|\beofs?\b"
            r"|empty repl(?:y|ies)(?: from server)?|broken pipe"
            r"|(?:server )?closed the connection(?: unexpectedly)?|(?:upstream )?prematurely closed connection"
            r"|connection was closed\b|\breset(?:s|ting)?\b|\brsts?\b"
        ),
    ),
    (
        "5xx",
        (
            r"\b50[0234](?:'?s|ing|ed)?\b|\b5xxs?\b"
            r"|bad gateway|service (?:temporarily )?unavailable|internal server error|error ?rates?|server errors?"
            r"|http5xx|5xx"
        ),
    ),
    (
        "intermittent",
        (
            r"intermittent\w*|(?:about |only |almost )?half (?:of )?the (?:time|requests|calls|connections)"
            r"|sometimes|flak(?:y|ey|ing)|now and then|occasional\w*|sporadic\w*|randomly|on and off"
            rf"|off and on|\b{_FEW} (?:in|of|out of) (?:every )?{_MANY} (?:times|requests|calls|connections)"
            rf"|\b{_FEW} (?:in|out of) (?:every )?{_MANY}\b"
            r"|every (?:other|second|third|few|\d(?:rd|nd|th)) (?:\w+ )?(?:request|call|connection|message|msg|time)s?"
        ),
    ),
    (
        "slow",
        (
            r"\btak(?:es?|ing) (?:ages|so long|too long|very long|minutes|seconds)\b"
            r"|\btakes? \d+(?:\.\d+)? ?(?:s|ms|secs?|seconds?|min|minutes?)\b"
            r"|\bdelay(?:s|ed)?\b|\bstall(?:s|ed|ing)?\b|\bslow\w*|latency|latencies|laggy|lagging|sluggish|\bp9[59]\b"
        ),
    ),
)
_COMPILED = tuple((word, re.compile(pattern, re.IGNORECASE)) for word, pattern in _TABLE)


def symptom_in(text: str) -> str:
    """Return the symptom that a text names, in the grammar's word, else nothing."""
    return next((word for word, pattern in _COMPILED if pattern.search(text)), "")


def symptom_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where symptoms stand in a text, so that none of their words is taken for a name."""
    return tuple(found.span() for _, pattern in _COMPILED for found in pattern.finditer(text))


def outside_symptoms(found: Iterable[re.Match[str]], text: str) -> Iterator[re.Match[str]]:
    """Yield these places of a text that begin in no words of a symptom."""
    spans = symptom_spans(text)
    return (each for each in found if not any(begin <= each.start() < end for begin, end in spans))


def without_symptoms(text: str, instead: str = "") -> str:
    """Return a text without the words that name symptoms, with `instead` in the place of each phrase."""
    for begin, end in sorted(symptom_spans(text), reverse=True):
        text = f"{text[:begin]}{instead}{text[end:]}"
    return text
