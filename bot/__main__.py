"""The door of the program: `k8snet …` and `python -m bot …`."""

import gc
import sys

# Nearly all that a command allocates lives until it ends. To look for garbage at every 700 objects, Python's default, costs
# a third of the time of reading a large cluster (`make bench`); garbage is still found, later.
gc.set_threshold(50_000)

from bot.cli import run  # noqa: E402 (loading it is most of what a small command allocates)


def main() -> None:
    code = run(sys.argv[1:])
    gc.freeze()  # or Python's end searches all that was loaded for garbage: a fifth of a `why --dump`
    sys.exit(code)


if __name__ == "__main__":
    main()
