"""How far an answer is, for who waits: a plan with its steps, all shown from the start, replaced by the answer. Pure.

https://docs.slack.dev/reference/block-kit/blocks/plan-block; the classic form is one line (handlers/messages/levels.py).
"""

from bot.jobs.messages import Step
from bot.model.question.request import Kind
from handlers.messages.markup import Element, literal

_READ = (Step.READING, "Reading the cluster")
_WORDS = {
    Kind.DIGEST: (_READ, (Step.JUDGING, "Judging every Service")),
    Kind.CHECK: (_READ, (Step.JUDGING, "Judging every Service")),
    Kind.PATH: (_READ, (Step.JUDGING, "Deciding by routing and policies")),
    Kind.DNS: (_READ, (Step.JUDGING, "Resolving as the caller does")),
}
_WHY = (_READ, (Step.MEASURING, "Measuring DNS, connections and answers"), (Step.JUDGING, "Judging what was seen"))


def plan(title: str, kind: Kind, step: Step | None) -> Element:
    """Return the plan block of a run: the steps before its own are complete. None: no worker has it yet."""
    steps = _WORDS.get(kind, _WHY)
    places = [each for each, _ in steps]
    at = places.index(step) if step in places else -1
    tasks = [
        {"type": "task_card", "task_id": str(each), "title": words, "status": _status(place, at)}
        for place, (each, words) in enumerate(steps)
    ]
    return {"type": "plan", "title": literal(title, limit=200)["text"], "tasks": tasks}


def _status(place: int, at: int) -> str:
    if place == at:
        return "in_progress"
    return "complete" if place < at else "pending"
