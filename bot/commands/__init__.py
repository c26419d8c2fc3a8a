"""The command line, one file a command. Rule: join the others, print, give an exit code.

Start-up time is a promise (`why --dump` answers within twice the time of importing typer and msgspec), so `bot.cli` loads
the file of a command when it runs, what only a live cluster needs is loaded only for one,
and typer only where words are not plain.
"""
