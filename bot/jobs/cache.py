"""Which questions are the same one: they share a running job, and its answer for a while."""

from hashlib import sha256

import msgspec

from bot.jobs.messages import Run


def fingerprint(run: Run) -> str:
    """Return the same text for the same normalized question.

    What was assumed on the way does not count; who asks, and where, does not either: what a worker answers depends on
    the question alone, and whether the asker may see it is decided before (handlers/access).
    """
    question = run.question
    words = (
        run.kind,
        question.cluster,
        question.service.lower(),
        question.namespace.lower(),
        question.port,
        question.protocol.upper(),
        question.protocol_said,
        question.source,
        question.symptom,
        question.name.lower().rstrip("."),
        question.address,
        question.scheme.lower(),
        question.path,
        question.resolver,
        question.default_namespace,
        sorted(run.namespaces),
        run.schedule,
        run.baseline,
        run.pod,
    )
    return sha256(msgspec.json.encode(words)).hexdigest()[:32]
