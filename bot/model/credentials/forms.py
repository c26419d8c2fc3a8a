"""Credentials that are known by their own form, whatever stands before them: tokens, keys, hashes, e-mail addresses. Pure.

Forms of vendors' tokens: https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml. What is only long and mixed is
told from digests of images, ids of containers, paths and names of classes, which a message is read for.
"""

import re

from bot.model.credentials.rules import HIDDEN, Rules, replaced
from bot.model.pattern import pattern

# Hexadecimal runs that are no credentials, by what stands before them: digests, ids of containers, of traces, of commits.
_BEFORE_AN_ID = pattern(
    r"(?i)(?:sha(?:1|224|256|384|512)(?:[:/-]|\s{0,2}[:=]\s{0,2})"
    r"|(?:containerd|docker|cri-o|crio|cri-containerd)(?:://|-)"
    r"|(?:k8s\.io|moby|containers|sandboxes|overlay2|netns/cni)[/-]"
    r"|(?<![a-z])(?:sandbox|container|exec|task|image|layer|blob|manifest|digest|checksum|commit|revision|trace|span"
    r"|request|correlation)(?:[\s_-]?id)?[\"']?\s{0,2}[:=]?\s{0,2}[\"'(]?)$"
)
_WINDOW = 48
# One piece of a path or a name: small letters with digits, capitals, numbers, words in camel case.
_PIECE = pattern(
    r"[a-z0-9]{0,20}|[A-Z]{1,20}|\d{1,14}|[0-9A-F]{4}|[0-9A-F]{8}|[0-9A-F]{12}|(?:[A-Z]{0,4}+[a-z]{2,20}+\d{0,2}+)++[A-Z]{0,6}|[A-Z]\d{1,2}"
)
_PIECES = pattern(r"[/_-]")
# user@host of programs, which is no address of a person: Erlang's nodes, git over SSH, names inside the cluster, units.
_NO_PERSON = pattern(
    r"(?i)(?:git|rabbit|ejabberd|emqx|vernemq|couchdb|riak|hg|svn)@.*|.*\.(?:local|svc|service|socket|timer|slice|scope|mount)"
)


def _unless_id(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _WINDOW) : found.start()]
    return found[0] if _BEFORE_AN_ID.search(before) else HIDDEN


def _unless_words(found: re.Match[str]) -> str:
    run = found[0].rstrip("=")
    mixed = any(map(str.isdigit, run)) and run != run.lower() and run != run.upper()
    return HIDDEN if mixed and not all(map(_PIECE.fullmatch, _PIECES.split(run))) else found[0]


def _unless_program(found: re.Match[str]) -> str:
    return found[0] if _NO_PERSON.fullmatch(found[0]) else HIDDEN


_VENDORS = (
    r"(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|gl(?:pat|rt|dt|cbt|ptt|ft|soat)-|xox[a-z]-|xapp-|[srp]k_(?:live|test)_|whsec_"
    r"|sk-|AIza|ya29\.|1//0|GOCSPX-|npm_|pypi-|SG\.|hv[sb]\.|do[por]_v1_|hf_|shp(?:at|ca|pa|ss)_|lin_api_|NRAK-|sntry[su]_"
    r"|dp\.(?:pt|st|ct)\.|dapi|ATATT3|ATCTT3|AGE-SECRET-KEY-|glsa_|PMAK-|rubygems_|key-(?=[0-9a-z]{32}))[\w.-]{10,}"
)
_FORMS: Rules = (
    (r"eyJ[\w-]{5,}\.[\w-]*+(?:\.[\w-]*+)*", HIDDEN),
    (r"(?<![A-Za-z0-9])(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}", HIDDEN),
    (_VENDORS, HIDDEN),
    (r"\b\d{8,10}:[A-Za-z0-9_-]{35}(?![\w-])", HIDDEN),  # a bot of Telegram
    (r"(hooks\.slack\.com/(?:services|workflows|triggers)/)[\w/-]+", rf"\1{HIDDEN}"),
    (r"(discord(?:app)?\.com/api/webhooks/\d{5,25}/)[\w-]+", rf"\1{HIDDEN}"),
    # hashes of passwords, which can be tried out at home
    (r"\$(?:2[abxy]?|5|6|y|1|apr1|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,20})\$[\w./$=,+-]{8,}", HIDDEN),
    (r"\{S?(?:SHA|MD5|CRYPT)\d{0,3}\}[\w+/=$.]{8,}", HIDDEN),
    (r"SCRAM-SHA-256\$[\w+/=:$]{8,}", HIDDEN),
    (r"(?<![A-Za-z0-9])md5[0-9a-f]{32}(?![A-Za-z0-9])", HIDDEN),
    # runs that are too long and too mixed to be words or names
    (r"(?<![A-Za-z0-9])(?:SK|key-)?[0-9a-fA-F]{32,}(?![A-Za-z0-9])", _unless_id),
    (r"(?<![\w+/-])[\w+/-]{32,}={0,2}", _unless_words),
    (r"(?<![\w+/])[A-Za-z0-9+/]{38,}={1,2}", HIDDEN),
    (r"(?<!\w)(?=[A-Z]{0,4096}[2-7])[A-Z2-7]{32,}(?!\w)", HIDDEN),
    (r"(?i)(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}+\.){1,8}[a-z]{2,24}(?![\w-])", _unless_program),
)
# What each of these has; the brace is that of a hash's scheme, since Corefiles and JSON are full of others.
_LONG = pattern(r"[\w+/.-]{18}|[@$]|\}[\w+/=$.]{8}")


def without_forms(line: str) -> str:
    """Return the line with what has the form of a credential hidden."""
    return replaced(line, _FORMS) if _LONG.search(line) else line
