"""A text as words: punctuation off, quotes and code ticks remembered, what is a time or a number told from what is a name."""

import re
from functools import partial
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from bot.language import vocabulary as words
from bot.language.symptoms import symptom_spans

_CHUNK = re.compile(r"\S+")
_ARROW = re.compile(r"\s*(?:<?->|→|↔|⟶|⟷|➜|=>|⇒|➔|➡\ufe0f?)\s*")
_OPENING, _CLOSING = "\"'`*_~([{«", "\"'`*_~)]}»"
_ENDING = ".,;:!?…"
_PAUSES = (";", ",", "-", "--")
_QUOTES = "\"'`"
API_SERVER = "kubernetes.default"  # the Service by which pods call the API server
_LABELS = words.KIND | {"port", "x509", "tls", "ssl", "rpc"}  # `namespace: stock` says the same as `namespace stock`
_SHORT_NAME = re.compile(r"(?<![\w]):[a-z][a-z0-9_+'-]*:(?!//)")  # Slack's :fire:
_SMILES = re.compile(r"(?::[a-z][a-z0-9_+'-]*:|[:;]'?-?[/()DP|]|[\U0001F300-\U0001FAFF])[.,!]*")  # between what is said
_HEADING = re.compile(
    r"(\b(?:the|our|this|my) (?:cluster|namespace|service|pod|deployment|job)):(?= )"
)  # labels nothing
_PLACE_ASIDE = re.compile(r"\(\s*(?:in )?(?:the )?(ns|namespace)[ :=]+[`\"']?([a-z][-a-z0-9]*)[`\"']?\s*\)")
_SIGNATURE = re.compile(
    r"(Unavailable|Bad Gateway|Gateway Time-?out|Not Found|Server Error)\s+(?:nginx|openresty|envoy)(?:/[\d.]+)?(?=\s|$)"
)  # of a proxy's page
_FIELD = re.compile(r"(?<![-\w])(?:target|instance|endpoint)=(?=[a-z])")  # of an alert: what is called
# Two words for one thing, neither of which is a name.
_COMPOUNDS = tuple(
    (re.compile(rf"(?<![-./\w])(?:{pattern})(?![-./]?\w|://)", re.IGNORECASE), word)
    for pattern, word in (
        ("look(?:s|ed|ing)?[ -]up", "lookup"),
        (r"(?:k8s|kubernetes|kube)(?:'s)?[- ]api(?:[- ]?server)?|kube-?apiserver", API_SERVER),
        ("api server", "api-server"),
        ("api calls", "calls"),
        ("api requests", "requests"),
        ("when (?:asked|called|queried|used) by", "called by"),
        (
            "(?:(?:readiness|liveness|startup) probe (?:failed|errored):? )?http probe failed with statuscode:?",
            "fails with",
        ),
        ("response[ _]flags? [A-Z]+", ""),
        ("cluster-?wide|(?:in|across) (?:all|every|each|any) (?:the |our )?namespaces?", "everywhere"),
        ("(?:in|across|on) (?:the |our )?(?:whole|entire|complete) cluster", "everywhere"),
        ("(?:cannot|can't) assign requested address", "error"),
        ("(?:connection|thread|worker) pools?", "connections"),
        ("(?:thanks?|thx|thank you)[^.,;\\n]* in advance", ""),
        (r"(?<=\b50[0234] )off", "from"),
        ("arrives? (?:to|at|until)", "reach"),
        ("ha(?:s|ve) stop(?:ped)? (?:to send|sending|to write|writing) to", "can't connect to"),
        ("w/", "with"),
        ("in front of", "for"),
        ("init[ -]?containers?", "container"),
        (
            r"server: (?:istio-)?(?:envoy|nginx|openresty|haproxy|cloudflare|uvicorn|gunicorn)(?:/[\d.]+)?",
            "",
        ),  # a header
        (r"jdbc:(?=\w+://)", ""),
        ("w/o", "without"),
        ("from time to time", "sometimes"),
        ("(?:our|the) (?:qa|support)(?: team)? (?:says?|reports?|complains?)(?: that)?", "they say that"),
        ("(?:apart|aside) from|other than", "except"),
        ("(?-i:(?:GET|POST|PUT|PATCH|DELETE)s)", "calls"),
        ("health ?-?checks?", "health"),
        ("cron[ -]jobs?", "cronjob"),
        ("stateful[ -]sets?", "statefulset"),
        ("daemon[ -]sets?", "daemonset"),
        ("load ?-?balancers?|[ane]?lbs?", "upstream"),
    )
)
# The same said in more words: `the namespace is billing`, `8080 is the port`, `from inside the web pod`, `exec'd into web`.
_WORD = r"(?P<name>(?:the |our )?[a-z][-a-z0-9]*)"
_REWORDED = tuple(
    (re.compile(rf"(?<![-.:\w]){pattern}", re.IGNORECASE), instead)
    for pattern, instead in (
        (r"(?P<kind>(?:pull|push|load)(?:s|es|ed|ing)?) (?:the |our |an? )?(?P<name>images?)(?![-\w])", "{kind} data"),
        (
            (
                r"(?P<kind>ns|namespace) (?:is|was|=)(?: called| named)? (?P<name>[a-z][-a-z0-9]*)"
                r"(?=[.,;)\n]|$| (?:and|but)\b)"
            ),
            "{kind} {name}",
        ),
        (
            (
                r"(?:(?:it'?s|its|this is|that'?s) )?not (?:the |our )?(?P<other>[a-z][-a-z0-9]*), (?:but |rather )?"
                r"(?:it'?s|its|that'?s) (?:the |our )?(?P<name>[a-z][-a-z0-9]*)(?: (?:that|which)(?= ))?"
            ),
            "{name}",
        ),
        (
            (
                r"the (?P<name>[a-z][-a-z0-9]*) (?:team|guys|folks|people|devs) (?:says?|reports?|claims?|thinks?)"
                r"(?: that)? (?P<other>(?!it\b|they\b|we\b)(?:the |our |their )?[a-z][-a-z0-9]*"
                r"(?: (?:pods?|service|svc|job|worker))?)"
                r"(?= (?:hangs?|is|are|was|can't|cannot|can|gets?|fails?|times|keeps?|returns?|throws?|does|doesn't|sees?)\b)"
            ),
            "{other}",
        ),
        (
            (
                r"(?P<kind>works?|working|fine|ok|okay|reachable|good) (?:for|from) (?:everyone|everybody|everything|all|anyone"
                r"|anything)(?: else)?,? (?:except|but|besides|apart from)(?: for| from)?"
                r" (?:the |our )?(?P<name>[a-z][-a-z0-9/]*)"
            ),
            "is down for {name}",
        ),
        (
            (
                r"(?P<kind>works?|working|fine|ok|okay|up|healthy|reachable|good)(?P<other>(?: [a-z]+){0,3}),?"
                r" (?:except|but not) (?:from|for|in|on) (?:the |our )?(?P<name>[a-z][-a-z0-9/]*)"
            ),
            "{kind}{other}, but not from {name}",
        ),
        (
            (
                r"(?:except|excluding|besides|apart from|other than)(?: for| from| in| on)? (?:the |our )?"
                r"(?P<name>[a-z][-a-z0-9/]*)"
                r"(?=\)?\s*(?:[.,;:!?)\n]|$|\b(?:with|since|after|now)\b))"
            ),
            "but {name} is fine",
        ),
        (r"(?:except|excluding|other than)(?: for| from| in| on)? (?:the |our )?(?P<name>[a-z][-a-z0-9/]*)", ""),
        (
            r"(?:weird|odd|strange|funny|interesting)[:,] (?P<name>[a-z][-a-z0-9]*)(?P<kind> (?:works|is fine|is ok)\b)",
            "{name}{kind}",
        ),
        (
            (
                r"(?P<name>[a-z][-a-z0-9]*) (?:says?|logs?|prints?|shows?) [\"'`](?P<kind>[^\"'`\n]*(?:refused|tim(?:ed )?out"
                r"|no such host|reset)[^\"'`\n]*)[\"'`] to"
            ),
            "{name} gets {kind} to",
        ),
        (
            (
                r"(?P<kind>gets?|getting|got|sees?|receives?) [\"'`][^\"'`\n]* [^\"'`\n]*[\"'`] from (?:the |our )?"
                r"(?P<name>[a-z][-a-z0-9]*)(?![-\w.:/])"
            ),
            "{kind} errors from {name}",
        ),
        (
            (
                r"takes? (?:\d+(?:\.\d+)? ?(?:m?s|secs?|seconds?|min|minutes)|ages|forever|too long|minutes|seconds) to"
                r" (?:answer|respond to|reply to|serve) (?:the |our )?(?P<name>[a-z][-a-z0-9]*)"
            ),
            "is slow for {name}",
        ),
        (
            r"(?:the |its |our )?(?:backend|target) (?:behind it )?is (?:the |our )?(?P<name>[a-z][-a-z0-9.]*)(?= in )",
            "to {name}",
        ),
        (r"port name(?:d)? (?P<name>[a-z][-a-z0-9]*)", "port {name}"),
        (r"port (?:is|was|=) (?P<name>\d{2,5})\b(?![-.\w/])", "port {name}"),
        (r"(?P<name>\d{2,5}) (?:is|was) (?:the|its|our) port\b", "port {name}"),
        (rf"(?:exec|shell|ssh|hopp|jump)(?:'?e?d)? (?:in)?to {_WORD}", "from {name}"),
        (
            rf"(?:in|inside|on) (?:a|the|my) (?:shell|terminal|session|console|bash|sh) (?:in|inside|on|of) {_WORD}",
            "from {name}",
        ),
        (
            r"(?:it(?:'s| is) )?(?:not possible|impossible) for (?P<name>(?:[-a-z0-9]+ ){1,3}?)to (?P<kind>[a-z]+)(?: with)?",
            "{name}can't {kind} to",
        ),
        (
            (
                r"(?:the )?(?:calls?|requests?|connections?) (?:that |which )?(?P<name>[a-z][-a-z0-9/]*)"
                r" (?:makes?|sends?|opens?|does) (?:to|with) (?P<other>[-\w./:]*\w)"
            ),
            "{name} calls {other}",
        ),
        (
            r"(?:the )?(?:backend|upstream|target|host|server) is (?:the )?(?:svc|service) (?P<name>[a-z][-a-z0-9.]*[a-z0-9])",
            "to {name}",
        ),
        (rf"(?:there(?:'s| is) )?nothing (?:is )?wrong with {_WORD}(?: itself)?(?=[.,;])", "{name} is fine"),
        (
            (
                rf"{_WORD} (?:says?|reports?|complains?|claims?)(?: that)? it"
                r" (?P<kind>can't|can ?not|could ?n[o']t|is unable to|fails to)"
            ),
            "{name} {kind}",
        ),
        (
            rf"(?:in|from|by|on) (?:the )?(?:istio-proxy|envoy|linkerd-proxy|sidecar)(?: logs?)? (?:of|in|inside) {_WORD}",
            "from {name}",
        ),
        (rf"(?:the )?(?:istio-proxy|envoy|linkerd-proxy|sidecar) (?:of|in|inside) {_WORD}", "{name}"),
        (rf"(?:from )?inside(?: of)? {_WORD}(?! (?:ns|namespace|cluster)\b)", "from {name}"),
        (rf"(?P<kind>works?|working|fine|ok|good) in {_WORD}(?=[,;]|,? (?:but|and|not)\b)", "{kind} from {name}"),
        (
            rf"but (?P<kind>(?:it'?s |is )?(?:works?|working|fine|ok|okay|good)) in {_WORD}(?=[.!?)\s]*$)",
            "but {kind} from {name}",
        ),
        (rf"(?<!for )(?:caller|client)(?: is|:|=) {_WORD}", "from {name}"),
        (
            (
                r"can (?:only |still |just )?(?P<kind>reach|resolve|call|see|access|query) (?P<other>[-\w./:]*\w)"
                r",?(?: but| and)? not (?P<name>[-\w./:]*\w)"
            ),
            "can't {kind} {name}, but {other} works",
        ),
        (
            r"(?:works|working|ok|fine|open) on (?:port )?\d{2,5},?(?: but| and)? not on (?:port )?(?P<name>\d{2,5})",
            "fails on port {name}",
        ),
        (rf"is what {_WORD} (?:calls|hits|uses|queries)", "called from {name}"),
        (rf"(?P<kind>but not|and not) in {_WORD}(?! (?:ns|namespace|cluster)\b)", "{kind} from {name}"),
        (rf"(?:in )?(?:the )?(?:access |error |audit )?logs? (?:of|from) {_WORD}", "from {name}"),
        (
            (
                r"(?:the )?(?:host|server|endpoint|broker|upstream|backend)(?: ?name)? is"
                r" (?P<name>[a-z][-a-z0-9]*[-.][-a-z0-9.]*[a-z0-9](?::\d+)?)(?=[\s,;.)]|$)"
            ),
            "to {name}",
        ),
        (rf"(?:the )?(?:app|application|pod|client|caller) is {_WORD}(?=[,;.)\n]|$| and\b)", "from {name}"),
    )
)
_NO_NAME = re.compile(
    r"-\w.*|(?-i:[A-Z]{2,}-\d{4,}|[A-Z][a-z]+[A-Z]\w*-\d+|[A-Z]{3,}:[A-Za-z]+)|[a-z_]\w*=\S*|<\w\S*|0x[0-9a-f]+\S*|(?!gke_)[a-z]+(?:_[a-z]+){2,}|SQLSTATE.*|/\S*|\+\S+|#\d+|<\w+>|[1-5]\d\d(?:'?s|ing|ed)|(?:net|crypto)/\w+|[IWEF]\d{4}|[a-z]+_(?:success|total|count|seconds|bucket|ratio|errors?|up|bytes)|https?/[\d.]+|i/o|:[a-z_]+|[<>=~]+\d\S*|\S*[\"{}]\S*|@\S+|<!\S+>|[a-z]+'(?:ll|d|ve|re|m|s|t)"
    r"|[^\s/:]+\.(?:conf|cfg|ya?ml|json|log|crt|pem|key|sock|toml|ini)",
    re.IGNORECASE,
)  # options, people, contractions, files
_CLASS = re.compile(
    r"[A-Za-z.]*[a-z](?:Exception|Error)|[\w.]+\.\w*(?:errors?|Error|exceptions|Exception)|(?:[A-Za-z_]\w*::)+[A-Z]\w*"
    r"|[A-Z]+(?:_[A-Z]+)+|E[A-Z]{5,}|[A-Z][a-z]\w*(?:TimedOut|Timeout|Refused|Reset|Unavailable|Exceeded)"
)
_POSSESSIVE = re.compile(r"(?<=\w)'s$|(?<=s)'$")
_TIME = re.compile(
    r"~?\d+(?:[.,]\d+)?(?:ms|s|m|h|d|w|x|k|%|min|mins|hrs?|am|pm|th|st|nd|rd|ish)|\d{1,2}:\d{2}(?::\d{2})?(?:am|pm|z)?"
    r"|\d{4}-\d\d?-\d\d?\S*|\d+/\d+|\d+%|p\d\d?|sev-?\d|x\d+|v\d+(?:\.\d+)*|\d+\.\d+(?:\.\d+)?",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(app|service|svc|k8s-app|component|ns|namespace|daemonset|deployment|statefulset|cronjob|job|pod)=\"?([a-z0-9][-a-z0-9]*)\"?"
)  # `app=cart`
_LABELLED_PORT = re.compile(r"port=(\d{1,5})|(\d{1,5})/(tcp|udp|sctp)", re.IGNORECASE)  # `port=8080`, `8080/tcp`
_PORT_ALONE = re.compile(r"^:(\d{2,5})(?:/\S*?)?(?=\W*$)")  # `on :8080`, `:9102/metrics`
_NO_ENDPOINTS = re.compile(r"no endpoints available for (?:the )?service(?=\W*$)", re.MULTILINE)
_NUMBER = re.compile(r"\d{1,5}")
_MARKED = re.compile(r"[-./:\d_*@]")


class Token(Struct, frozen=True):
    """A word. `text` is as it was written, `low` in lower case; `quoted` words are names whatever they mean in English."""

    text: str
    low: str
    quoted: bool = False
    ends: bool = False  # a comma, a full stop or a line's end follows
    stops: bool = False  # the same but for a comma: a sentence ends
    symptom: bool = False  # part of a phrase that names a symptom
    aside: bool = False  # alone in parentheses
    owns: bool = False  # said with 's: `team-b's cache`

    @property
    def is_number(self) -> bool:
        """Whether it may be a port."""
        return bool(_NUMBER.fullmatch(self.text))

    @property
    def is_marked(self) -> bool:
        """Whether it is written as names and addresses are, and no English word is."""
        return self.quoted or bool(_MARKED.search(self.text))

    @property
    def is_known(self) -> bool:
        """Whether it is an English word of the vocabulary."""
        return not self.quoted and (self.low in words.KNOWN or words.is_adverb(self.low) or self._is_joined)

    @property
    def is_name(self) -> bool:
        """Whether it is none of ours, so that somebody named something with it."""
        if self.quoted:
            return not (self.text.startswith("/") or self.symptom or self.low in words.TOOL)
        if _NO_NAME.fullmatch(self.text):
            return False
        return not (self.is_known or self.symptom or self.is_number or _TIME.fullmatch(self.text) or self.low == "->")

    @property
    def _is_joined(self) -> bool:
        parts = self.low.split("/")
        return len(parts) > 1 and parts[0] not in words.KIND and all(part in words.KNOWN for part in parts)


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the words of a text in their order."""
    text = _NO_ENDPOINTS.sub("no endpoints", text)
    text = _HEADING.sub(r"\1 ;", _SHORT_NAME.sub(r" \g<0> ", text))
    text = _SIGNATURE.sub(r"\1", text)
    text = _FIELD.sub("to ", _PLACE_ASIDE.sub(r"in \1 `\2`", text))
    for compound, word in _COMPOUNDS:
        text = compound.sub(word, text)
    for pattern, instead in _REWORDED:
        text = pattern.sub(partial(_reworded, instead=instead), text)
    spans = symptom_spans(text)
    found: list[Token] = []
    for line in _lines(text):
        made: list[Token] = []
        for chunk in _CHUNK.finditer(text, *line):
            made = [*made[:-1], _ended(made[-1])] if made and chunk[0] in _PAUSES else made
            if _SMILES.fullmatch(chunk[0]):
                made = [*made[:-1], *(replace(_ended(each), stops=True) for each in made[-1:])]
                continue
            made += _tokens(chunk, spans)
        found += made[:-1] + [replace(_ended(each), stops=True) for each in made[-1:]]
    return tuple(_letter(token, found[at + 1 : at + 2]) for at, token in enumerate(found))


def _reworded(said: re.Match[str], *, instead: str) -> str:
    """Return a name said in few words; what is no name (`the namespace is broken`) stays as it was said."""
    name = said["name"]
    is_english = name.rpartition(" ")[2].lower() in words.KNOWN and not said[0].startswith("port name")
    return said[0] if is_english else instead.format(**said.groupdict())


def _letter(token: Token, following: list[Token]) -> Token:
    """Read a capital A as a name where a verb follows and no noun: `A gets 503 from B`."""
    verbs = words.AUX | words.NEGATION | words.RECEIVE | words.SERVE | words.CALL | words.PREPOSITION
    is_name = token.text == "A" and (not following or following[0].low in verbs or following[0].low == "->")
    return Token("A", "a", quoted=True, ends=token.ends) if is_name else token


def _lines(text: str) -> list[tuple[int, int]]:
    starts = [0, *(found.end() for found in re.finditer(r"\n", text)), len(text) + 1]
    return [(start, end - 1) for start, end in pairwise(starts)]


def _ended(token: Token) -> Token:
    return replace(token, ends=True)


def _tokens(chunk: re.Match[str], spans: tuple[tuple[int, int], ...]) -> list[Token]:
    if label := _LABELLED.fullmatch(chunk[0].rstrip(_ENDING + _CLOSING).lstrip(_OPENING)):
        kind = "ns" if label[1].startswith("n") else label[1] if label[1] in words.KIND else "service"
        return [Token(kind, kind), Token(label[2], label[2], quoted=True, ends=chunk[0][-1] in _ENDING)]
    if port := _LABELLED_PORT.fullmatch(chunk[0].strip(_ENDING + _OPENING + _CLOSING)):
        ends, number = chunk[0][-1] in _ENDING, port[1] or port[2]
        protocol = [Token(port[3].lower(), port[3].lower())] if port[3] else []
        return [Token("port", "port"), *protocol, Token(number, number, ends=ends)]
    parts = _ARROW.split(chunk[0]) if "://" not in chunk[0] else [chunk[0]]
    found: list[Token] = []
    for place, part in enumerate(parts):
        if place:
            found.append(Token("->", "->"))
        begin = chunk.start() + max(chunk[0].find(part), 0)
        if token := _token(part, begin, spans):
            found.append(token)
    return found


def _token(part: str, begin: int, spans: tuple[tuple[int, int], ...]) -> Token | None:
    head = part.lstrip(_OPENING)
    head = _PORT_ALONE.sub(r"\1", head)
    bare = head.rstrip(_CLOSING + _ENDING)
    if part.endswith(("/*", "/*?", "/*.")):
        bare = head.rstrip("?.")
    if part.endswith("]") and "[" in head:
        bare = head.rstrip(_ENDING)
    begin += len(part) - len(head)
    tail = part[len(part) - len(head) + len(bare) :]
    word = _POSSESSIVE.sub("", bare) if bare.lower() not in words.KNOWN else bare
    in_brackets = bare.isdigit() and head != part and part.lstrip("\"'`(").startswith("[")  # a code: `[2002]`
    if in_brackets or not any(each.isalnum() for each in word):
        return None
    quoted = (
        part != head
        and any(each in _QUOTES for each in part[: len(part) - len(head)])
        and bool(set(tail) & set(_QUOTES))
    )
    inside = any(start <= begin and begin + len(word) <= end for start, end in spans)
    return Token(
        word,
        word.lower(),
        quoted=quoted,
        ends=any(each in _ENDING for each in tail) and not (tail == ":" and word.lower() in _LABELS),
        stops=any(each in ".;!?" for each in tail),
        symptom=inside or bool(_CLASS.fullmatch(word)),
        aside=part.startswith("(") and tail.startswith(")"),
        owns=word != bare,
    )
