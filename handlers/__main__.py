"""`python -m handlers`, and what `k8snet slack` runs: the Slack process."""

import asyncio
import os
import sys

from bot.config import read_config
from bot.errors import K8snetError
from bot.logs import start_logs
from handlers.process import serve

if __name__ == "__main__":
    try:
        config = read_config(os.environ)
        os.environ.pop("SLACK_BOT_TOKEN", None)  # Bolt would take it too, and warn that it has two
        start_logs(config.log_level)
        asyncio.run(serve(config))
    except K8snetError as error:
        sys.stderr.write(f"k8snet slack: {error}{f' {error.hint}' if error.hint else ''}\n")
        sys.exit(error.exit_code)
