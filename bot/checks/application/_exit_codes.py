"""What a container's exit code says. Above 128 it is 128 plus the signal that ended the process (signal(7))."""

from bot.model.kube.pods import Terminated

_WORDS = {
    0: "it ended by itself and without an error; a server has to keep running in the foreground",
    1: "an error of the application itself",
    2: "an error of the application itself, or wrong arguments",
    126: "the command cannot be executed",
    127: "the command does not exist in the image",
    128: "the container could not be started",
    134: "SIGABRT: the application aborted itself",
    135: "SIGBUS: a memory access that the hardware refused",
    136: "SIGFPE: an arithmetic error",
    137: "SIGKILL from outside: a failed liveness probe, an expired grace period, or the node",
    139: "SIGSEGV: the application accessed memory that is not its own",
    143: "SIGTERM: it was asked to stop, e.g. after a failed liveness probe",
}
_LAST_OF_APPLICATION = 128
_LAST_SIGNAL = 64


# A shell, or the container runtime, says this of a program for another processor; its exit code then says nothing.
_NOT_RUN = "exec format error"
_OF_APPLICATION = (1, 2)


def exit_words(ended: Terminated, *, is_explained: bool = False) -> str:
    """Return e.g. `exit code 139 (SIGSEGV: the application accessed memory that is not its own)`.

    Where its last words tell the reason (`is_explained`), a code that blames the application stands alone.
    """
    code = ended.exit_code
    if _NOT_RUN in (ended.message or ""):
        return f"exit code {code} (its program is built for another processor, or is no program)"
    if is_explained and code in _OF_APPLICATION:
        return f"exit code {code}"
    if ended.reason == "OOMKilled":
        return f"exit code {code} (SIGKILL by the kernel, for lack of memory)"
    if code in _WORDS:
        return f"exit code {code} ({_WORDS[code]})"
    if _LAST_OF_APPLICATION < code <= _LAST_OF_APPLICATION + _LAST_SIGNAL:
        return f"exit code {code} (signal {code - _LAST_OF_APPLICATION})"
    return f"exit code {code}"
