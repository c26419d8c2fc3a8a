"""Whether people speak to each other of what is over, planned or their own: `restarting cart now, expect a few 502s`.

Such talk names Services and complaints as questions do. What tells it apart is that nothing is wrong now: whatever says that
something is (`can't`, `still`, `keeps`, an error that was pasted), or asks why, makes it a question again.
"""

import re

from bot.language import vocabulary as words
from bot.language.alerts import is_only_over
from bot.language.printed import is_machine
from bot.language.symptoms import without_symptoms
from bot.language.tokens import tokens_of

_OPS = (
    r"(?:restart|redeploy|deploy|drain|cordon|upgrad|scal|migrat|reboot|bump|merg|revert|rotat|patch|roll(?=ing (?:back"
    r"|out|forward))|kick(?=ing off)|fail(?=ing over)|tak(?=ing down))ing"
)
# What is said only where something is wrong now, or is asked.
_NOW = re.compile(
    r"\b(?:ca(?:n'?|n ?no)t|(?:does|do|is|are|has|have|wo)(?:n'?t| not)|unable|cannot"
    r"|still(?! (?:say|think|believe|a thing|needed|relevant|around|on)\b)"
    r"|why|(?<!you )gets?|getting|keeps|keep (?:\w+ )?\w+ing|fails|failing|hangs|hanging|unreachable|tim(?:es|ing) out"
    r"|refuses|refusing"
    r"|(?:is|are) (?:\w+ )?(?:down|dead|broken|stuck|slow|flaky|failing|red|gone)|any(?:one|body) (?:know|see|seen|else)"
    r"|any idea\w*|not working"
    r"|nothing (?:gets|reaches|connects|works))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:whether|know if|find out|check|look(?:ing)? (?:at|into)|debug|diagnose|trace|investigate|is it"
    r"|help(?! with the)|can \S+ (?:reach|talk|connect|see|resolve))\b",
    re.IGNORECASE,
)
_ASIDE = r"^\W*(?:(?:ok(?:ay)?|so|hey|hi|all|fyi|btw|heads[- ]up|psa|update|now|and|lol|haha\w*|hehe|lmao|morning)[\s,:!-]+)*"
# What is over, or calls for nothing: said of any complaint.
_OVER = re.compile(
    r"\b(?:healed|self-healed|on its own|by itself|nothing(?: for \w+)? to do|no action|false alarm|sorry (?:everyone"
    r"|everybody|all|folks|for the)|my (?:bad|fault|mistake)|that(?: was| did) it"
    r"|(?:it|that|this) was (?:just |only )?(?:my|our|the|an?|dns)\b"
    r"|back to (?:normal|green)"
    r"|will be (?:\w+ )?(?:slow|down|unavailable|unreachable|flaky|offline) (?:until|till)"
    r"|turned out|can be ignored|leave it alone|recovered|mea culpa)(?!\w)",
    re.IGNORECASE,
)
_EXPECTED = re.compile(
    r"\b(?:expect|there (?:will|may|might|could) be|you (?:will|may|might) see|might cause|may cause)\b", re.IGNORECASE
)
_RESOLVED = re.compile(r"(?:^|[.!,;\n-] ?)(?:all )?(?:resolved|solved|fixed)[^\w:]*(?::\w+:\W*)*$", re.IGNORECASE)
# Asked of a person about themselves.
_TO_SOMEBODY = re.compile(
    r"^\s*@(?!k8snet\b|here\b|channel\b)[\w.-]+[,:]? (?:(?:can|could|would|will|do|did|have|are|were|had) )?(?:you|u)\b",
    re.IGNORECASE,
)
_HEAD = re.compile(
    rf"{_ASIDE}(?:post-?mortem|retro(?:spective)?|reminder|stand-?up|change freeze|maintenance window)\b", re.IGNORECASE
)
_PLAN = re.compile(
    r"\b(?:i|we)(?:'ll| will|'m going to|'re going to|'m about to|'re about to| plan to| want to| should)\b"
    r"|\b(?:i'?m|we'?re) (?:gonna|off|out|here|around)\b"
    r"|\b(?:let'?s|(?:could|can|shall) we (?:move|have|do|keep|meet|talk about|discuss|skip|postpone))\b"
    r"|\b(?:grab|ping|dm|poke|call) me\b(?! (?:when|once|as soon as))|\bgoing to bed\b|\btak(?:e|es|ing) over\b"
    r"|\bhand(?:ing)? ?over\b|\bsigning off\b",
    re.IGNORECASE,
)
_DOING = re.compile(rf"{_ASIDE}(?:i'?m |we'?re |am )?{_OPS}\b", re.IGNORECASE)
_THINKS = re.compile(rf"{_ASIDE}(?:imo\b|imho\b|i (?:still )?(?:say|think|bet|told)\b)", re.IGNORECASE)
_LONG_AGO = re.compile(
    r"\b(?:last (?:month|year|quarter|sprint|time|summer|winter)|(?:back )?in (?:january|february|march|april|may|june"
    r"|july|august|september|october|november|december)|(?:months|years) ago|the other day)\b",
    re.IGNORECASE,
)
_REMEMBERS = re.compile(
    rf"{_ASIDE}(?:who |anyone |do you |you )?remembers? (?:when|that time|the (?:day|time|night)|how)\b", re.IGNORECASE
)
_WRONG = ((words.COMPLAINT | words.POLICY) - {"bad"}) | (words.NEGATION - {"no", "nobody", "nothing"})
_WAS = re.compile(r"\b(?:had|was|were|cost|did)\b", re.IGNORECASE)
_THANKS = re.compile(
    r"(?:\b(?:thanks?|thank you|thx|cheers|kudos|congrats|obrigad[ao]|merci|danke|gracias|grazie|well done|(?:great"
    r"|nice|good) (?:job|work|one))\b(?! in advance))|:(?:tada|raised_hands|clap|pray|party\w*|partying_face|rocket):|🎉|🙌|🙏",
    re.IGNORECASE,
)
_WELL = re.compile(
    r"\b(?:green|fine|good|ok|okay|works?|working|back|better|healthy|happy|fixed|solved|again|staying|smooth(?:ly)?"
    r"|quiet)\b",
    re.IGNORECASE,
)
_WHO_DID = re.compile(
    rf"{_ASIDE}(?:did|has|have|who|when did) (?:any(?:one|body)|some(?:one|body)|you|we|just)?\b", re.IGNORECASE
)
_IF_WRONG = re.compile(
    r"\b(?:if|unless) (?:that|this|it)(?:'s| is) (?:an? |any )?(?:problem|issue|trouble)\b", re.IGNORECASE
)
# What somebody wants to be told: `ping me if the deploy goes red`.
_TELL_ME = re.compile(
    r"\b(?P<tell>(?:ping|dm|poke|wake|page|shout at|yell at) me) (?:if|in case) [^.:;?!\n]*", re.IGNORECASE
)
_ORDERS = re.compile(
    rf"{_ASIDE}(?:can|could|would|will|may) (?:some(?:one|body)|any(?:one|body))(?: (?!know|see|tell|say)[a-z]+){{0,4}}?"
    r" (?:restart|redeploy|scale|delete|remove|drain|cordon|bump|approve|merge|revert|roll ?back|reboot|grant|create|rename)\b",
    re.IGNORECASE,
)
_PAPERS = re.compile(r"\b(?:approve\w*|review\w*|prs?|mrs?|ticket|sheet|template|firewall rules?)\b", re.IGNORECASE)


def is_among_people(text: str) -> bool:
    """Return whether a text is said to people and asks nothing of a cluster, whatever it names."""
    text = _TELL_ME.sub(r"\g<tell>", _IF_WRONG.sub("", text))
    bare = without_symptoms(text, " ")
    if is_machine(bare) or "`" in text or "->" in text or "→" in text:
        return False
    if _NOW.search(text):
        return False
    asks, is_asked = bool(_ASKS.search(text)), "?" in text
    if _TO_SOMEBODY.search(text) or (_HEAD.search(text) and not is_asked):
        return not asks
    if _ORDERS.search(text) and bare == text and not _is_wrong(text):
        return True
    if _OVER.search(text) or _RESOLVED.search(text) or is_only_over(text):
        return not is_asked
    if _DOING.search(text) or _PLAN.search(text):
        return not is_asked and not asks and (bare == text or bool(_EXPECTED.search(text))) and not _is_wrong(text)
    return _is_calm(text, is_wrong=asks or bare != text or _is_wrong(text))


def _is_calm(text: str, *, is_wrong: bool) -> bool:
    """Return whether a text that complains of nothing thinks, remembers or thanks, or asks who did what."""
    if _WHO_DID.search(text) and _PAPERS.search(text) and not (is_wrong and tokens_of(text)[-1].symptom):
        return not any(each.is_name and each.is_marked for each in tokens_of(text))
    if is_wrong or "?" in text:
        return False
    if _REMEMBERS.search(text):
        return True
    remembers = _LONG_AGO.search(text) and _WAS.search(text) and "since" not in text.lower()
    return bool(_THINKS.search(text) or remembers or (_THANKS.search(text) and _WELL.search(text)))


def _is_wrong(text: str) -> bool:
    """Return whether a text has a complaint, or says that somebody does not what they should."""
    said = {each.low for each in tokens_of(text) if not each.quoted}
    return bool(said & _WRONG)
