"""The door of the program: `k8snet …` and `python -m bot …`."""

import gc
import sys

# Nearly all that a command allocates lives until it ends, and then the process does. To look for garbage among it costs a
# sixth of the time of a digest of 10,000 Services and frees nothing (`make bench`). What serves on looks again, less often
# than Python would (`bot.commands.processes`).
gc.disable()

from bot.cli import run  # noqa: E402 (loading it is most of what a small command allocates)


def main() -> None:
    code = run(sys.argv[1:])
    gc.freeze()  # or Python's end searches all that was loaded for garbage: a fifth of a `why --dump`
    sys.exit(code)


if __name__ == "__main__":
    main()
