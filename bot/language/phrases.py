"""Phrases that stand beside names in a text, as patterns: what is said with a name, that it does not, that it calls."""

NOT = (
    r"(?:can[ '’]?(?:no)?t|could(?: not|n['’]?t)|(?:does|do|did)(?: not|n['’]?t)|(?:is|are|was)(?: not|n['’]?t) able to"
    r"|unable to|fail(?:s|ed|ing)? to|never)"
)
KIND = (
    r"(?:['’]s)?(?: (?:pods?|service|svc|deployment|app|workers?|jobs?|daemonset|statefulset))?"
    r"(?: in (?:the )?(?:ns |namespace )?[a-z][-a-z0-9]*)?"
)
THEN = r"(?:,? (?:that|which|who|even|still|really|just|now|also|suddenly|ever|currently|again))*"
ARROW = r"(?:->|→|=>|⇒|➜|➔)"
# What something does by itself, or for who calls it.
SERVES = (
    r"(?:answer|respond|repl|react|accept|serv|listen|giv|let|allow|work|start|boot|com|run|exist|be\b|been|keep|stay|handle"
    r"|look|seem|return|resolve\b|recover|matter|know|have\b|help|scale|happen|think|(?:see|get) (?:any|traffic|requests)\b)"
)
