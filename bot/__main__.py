"""The door of the program: `k8snet …` and `python -m bot …`."""

import gc
import sys

# Nearly all that a command allocates lives until it ends, and then the process does. To look for garbage among it costs a
# sixth of the time of a digest of 10,000 Services and frees nothing (`make bench`). What serves on looks again, less often
# than Python would (`bot.commands.processes`).
gc.disable()

# msgspec takes three names from typing_extensions where that is installed, which `typing` has since Python 3.11, and else
# those of `typing`. Its import would take 7 ms of a `why --dump`; None says that it is not here, until msgspec has looked.
if "typing_extensions" not in sys.modules:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    import msgspec  # noqa: F401

    del sys.modules["typing_extensions"]

from bot.cli import run  # noqa: E402 (loading it is most of what a small command allocates)


def main() -> None:
    code = run(sys.argv[1:])
    gc.freeze()  # or Python's end searches all that was loaded for garbage: a fifth of a `why --dump`
    sys.exit(code)


if __name__ == "__main__":
    main()
