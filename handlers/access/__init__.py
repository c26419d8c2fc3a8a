"""Who may ask what, where, and who may read the answer: judged for every payload, and for every channel that is written to.

`asker` reads a payload, `standing` and `rules` decide (pure), `directory` asks Slack and remembers, `gate` joins them and
writes the audit lines. Hiding a button is no access control. https://docs.slack.dev/apis/slack-connect
"""

from handlers.access.asker import Asker, asker_of
from handlers.access.gate import Gate

__all__ = ["Asker", "Gate", "asker_of"]
