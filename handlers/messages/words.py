"""The words of a verdict in Slack: those of every report (bot/reports/words.py), where `ok` is called `pass`."""

from bot.model.question.question import Symptom
from bot.model.result.diagnosis import Verdict
from bot.model.result.status import Status
from bot.reports.words import NOT_TESTED
from bot.reports.words import verdict_word as report_word

OK_WORD = "pass"
SYMPTOM_WORDS = {
    Symptom.NXDOMAIN: "a name that does not resolve",
    Symptom.TIMEOUT: "a timeout",
    Symptom.REFUSED: "a refused connection",
    Symptom.RESET: "a reset connection",
    Symptom.TLS: "a failing TLS handshake",
    Symptom.SERVER_ERROR: "5xx answers",
    Symptom.INTERMITTENT: "failures that come and go",
    Symptom.SLOW: "slow answers",
}
GLYPHS = {
    OK_WORD: "white_check_mark",
    str(Status.WARN): "warning",
    str(Status.FAIL): "x",
    str(Status.UNKNOWN): "grey_question",
    NOT_TESTED: "heavy_minus_sign",
}


def status_word(status: Status) -> str:
    """Return pass, warn, fail or unknown."""
    return OK_WORD if status is Status.OK else str(status)


def verdict_word(verdict: Verdict) -> str:
    """Return the same, or `not tested` behind a layer that fails."""
    return OK_WORD if verdict.status is Status.OK else report_word(verdict)
