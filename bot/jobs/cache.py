"""Which questions are the same one: they share a running job, and its answer for a while."""

from hashlib import sha256

import msgspec
from msgspec.structs import replace

from bot.jobs.messages import Run


def fingerprint(run: Run) -> str:
    """Return the same text for the same normalized question.

    Every field of a question counts, a new one too, but what was assumed on the way. Who asks, and where, does not: what a
    worker answers depends on the question alone, and whether the asker may see it is decided before (handlers/access).
    """
    question = run.question
    asked = replace(
        question,
        service=question.service.lower(),
        namespace=question.namespace.lower(),
        protocol=question.protocol.upper(),
        name=question.name.lower().rstrip("."),
        scheme=question.scheme.lower(),
        assumed=(),
    )
    asker = (run.schedule, run.baseline, run.pod, run.from_caller, run.visible)
    words = (run.kind, asked, sorted(run.namespaces), *asker)
    return sha256(msgspec.json.encode(words)).hexdigest()[:32]
