"""`-o slack`: a diagnosis as the message that Slack would get. Run as a program with `diagnosis` and `report` given.

`bot` never imports `handlers`; it runs this file as a module of its own (`runpy`), which is the same door that
`k8snet slack` goes through, and reads `rendered` from what it leaves. https://docs.python.org/3/library/runpy.html
"""

import json

from bot.model.result.diagnosis import Diagnosis
from handlers.messages.verdict import verdict_message


def shown(diagnosis: Diagnosis, report: str) -> str:
    """Return the message as JSON."""
    return json.dumps(verdict_message(diagnosis, report=report), ensure_ascii=False, indent=2)


if __name__ == "__main__":
    rendered = shown(globals()["diagnosis"], globals()["report"])
