"""The codes and names of what this build finds, for whoever has no worker to ask."""


def findings() -> tuple[tuple[str, str], ...]:
    """Return each check's code and name, by code. The first time it loads what judges."""
    from bot.checks.engine.registry import all_checks  # noqa: PLC0415 - Slack's process loads none of them to start

    return tuple((each.code, each.name) for each in all_checks())
