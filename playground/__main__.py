"""`python -m playground`, which `make demo` runs. `ASK` in the environment is another question, taken as it is."""

import os
import sys

from bot.errors import K8snetError

INTERRUPTED = 130  # as a shell says it

if __name__ == "__main__":
    try:
        from playground.demo import play

        code = play(os.environ.get("ASK", ""), is_served=sys.stdin.isatty())
    except K8snetError as error:
        print(" ".join(filter(None, (str(error), error.hint))), file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
