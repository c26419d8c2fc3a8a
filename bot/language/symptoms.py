"""The complaint that a text names, as one of the grammar's symptoms. It ranks causes and never changes a verdict."""

import re

# Order matters: what an error message says exactly goes before what a sentence may mean.
_TABLE = (
    (
        "5xx",
        (
            r"upstream connect error(?: or disconnect/reset before headers)?(?:[.,]? (?:reset|retried"
            r"|transport failure) [\w :,]*reason: [\w :]+)*"
            r"|no[ _]healthy[ _]upstream|no live upstreams"
        ),
    ),
    (
        "nxdomain",
        (
            r"no such host|nxdomain|enotfound|eai_again|name or service not known|nodename nor servname|unknown ?host\w*"
            r"|name resolution|nameresolutionerror|no such host is known|host not found|bad address|gaierror"
            r"|(?:could not|couldn't|cannot|can't|can not|failed to|fails to|failing to|does not|doesn't|doesnt|won't"
            r"|unable to"
            r"|not|isn't|aren't|never)(?: be(?:ing)?)? (?:to )?(?:resolv\w*|translate host|find host|look\s?up)"
            r"|dns (?:resolution |lookups? |errors?\b|failures?|fails?|failing|issues?|problems?|is (?:failing|broken|not))"
            r"|domain name not found|server can't find"
            r"|resolution (?:fail|error)\w*|not resolv\w*|unresolvable|servfail|server misbehaving|unknown name"
            r"|unknown (?:\w+ )?server host"
        ),
    ),
    (
        "refused",
        (
            r"connection refused|econnrefused|actively refused|refus(?:ed|es|ing|al)\b|errno 111|\b111: |\(111\)"
            r"|connect error: 111"
            r"|reject(?:s|ing|ed)? (?:the |my |our |its )?(?:connections?|calls?|requests?|traffic)"
        ),
    ),
    (
        "timeout",
        (
            r"i/o timeout|etimedout|tim(?:ing|ed|es|e)?[ -]?outs?\b|timeout\w*|deadline[ _]exceeded|execution expired"
            r"|errno 110\b"
            r"|\b110: |\(110\)|timedout|(?<!socket )\bhang(?:s|ing)?\b|\bhung\b|did not properly respond"
            r"|took too long|takes forever|(?:no|not) respon\w+"
            r"|gateway time-?out|ehostunreach|no route to host|no (?:response|answer|reply)|(?:doesn't|does not|isn't"
            r"|aren't|don't|not|never|won't) (?:answer|respond|reply)\w*"
            r"|context deadline|unresponsive|opentimeout|readtimeout|canceled due to the configured"
        ),
    ),
    (
        "reset",
        (
            r"connection resets?(?: by peer)?|reset by peer|econnreset|socket hang up|\beof\b|empty reply|broken pipe"
            r"|\breset(?:s|ting)?\b"
        ),
    ),
    (
        "5xx",
        (
            r"\b50[0234](?:'?s|ing|ed)?\b|\b5xxs?\b"
            r"|bad gateway|service (?:temporarily )?unavailable|internal server error|error ?rate|server errors?"
            r"|http5xx|5xx"
        ),
    ),
    (
        "intermittent",
        (
            r"intermittent\w*|sometimes|flak(?:y|ey|ing)|now and then|occasional\w*|sporadic\w*|randomly|on and off"
            r"|off and on"
        ),
    ),
    ("slow", r"\bslow\w*|latency|latencies|laggy|lagging|sluggish|\bp9[59]\b"),
)
_COMPILED = tuple((word, re.compile(pattern, re.IGNORECASE)) for word, pattern in _TABLE)


def symptom_in(text: str) -> str:
    """Return the symptom that a text names, in the grammar's word, else nothing."""
    return next((word for word, pattern in _COMPILED if pattern.search(text)), "")


def symptom_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where symptoms stand in a text, so that none of their words is taken for a name."""
    return tuple(found.span() for _, pattern in _COMPILED for found in pattern.finditer(text))
