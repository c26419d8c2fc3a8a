"""Takes secrets out of text that comes from an application. Law: rather lose a word than show a password.

What looks like a credential by its own form, or by the word before it, is replaced; the rest stays readable.
"""

import re

HIDDEN = "[hidden]"
_WORDS = r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|access|private)[-_]?key|credentials?|session|cookie)"
_NAMED = re.compile(rf"(?i)([\w.-]*{_WORDS}[\w.-]*[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&\"'<>]+)")
_HEADER = re.compile(
    r"(?i)\b(authorization\s*[:=]\s*[\"']?)(?:(?:bearer|basic|digest|negotiate|token)\s+)?[^\s,;\"'<>]+"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}")
_USERINFO = re.compile(r"(?<=://)[^\s/@]+(?=@)")
_FORMS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JSON Web Token (RFC 7519)
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # an AWS access key id
    r"|\bx(?:ox[abeprs]|app)-[\w-]{8,}"  # a Slack token
    r"|\bgh[pousr]_\w{20,}|\bglpat-[\w-]{16,}"  # GitHub, GitLab
    r"|\bsk-[\w-]{16,}|\bsk_(?:live|test)_\w{8,}"  # keys of common APIs
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
)


def scrub(text: str) -> str:
    """Give `text` with every credential it shows as `[hidden]`."""
    text = _FORMS.sub(HIDDEN, _USERINFO.sub(HIDDEN, text))
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    return _SCHEME.sub(rf"\1 {HIDDEN}", text)
