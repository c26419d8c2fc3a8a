"""`why` and `check TARGET`: one Service, diagnosed."""

from bot.commands.options import Color, Output
from bot.commands.output import EXIT, allow, say, wants_color, width
from bot.commands.parse import Manner, Place
from bot.commands.saved import diagnose_saved
from bot.model.question.question import Question
from bot.model.result.diagnosis import Diagnosis


def why(
    question: Question,
    where: Place,
    how: Manner,
    *,
    output: Output,
    color: Color,
    line: bool = False,
    explain: bool = False,
) -> int:
    """Diagnose, print, and give the exit code. With `line` the text is one line."""
    allow(output, *Output)
    diagnosis = diagnosed(question, where, how)
    say(rendered(diagnosis, output=output, color=wants_color(color), line=line, explain=explain))
    return EXIT[diagnosis.outcome]


def diagnosed(question: Question, where: Place, how: Manner) -> Diagnosis:
    """Diagnose on saved objects or on a live cluster."""
    if where.dump:
        return diagnose_saved(question, where)
    from bot.commands.live import diagnose_live  # noqa: PLC0415 (a dump needs no cluster, no event loop)

    return diagnose_live(question, where, how)


def rendered(
    diagnosis: Diagnosis, *, output: Output, color: bool = False, line: bool = False, explain: bool = False
) -> str:
    """Put a diagnosis into one of the forms of `-o`."""
    if output is Output.JSON:
        from bot.reports.json import diagnosis_json  # noqa: PLC0415 (each form loads only itself)

        return diagnosis_json(diagnosis)
    if output is Output.MARKDOWN:
        from bot.reports.markdown import markdown  # noqa: PLC0415 (as above)

        return markdown(diagnosis)
    if output is Output.SLACK:
        from bot.commands.processes import slack_message  # noqa: PLC0415 (as above)

        return slack_message(diagnosis)
    if line:
        from bot.reports.digest_text import check_line  # noqa: PLC0415 (as above)

        return check_line(diagnosis, color=color)
    from bot.reports.text import text  # noqa: PLC0415 (as above)

    return text(diagnosis, color=color, width=width(), explain=explain)
