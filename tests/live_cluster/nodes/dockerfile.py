"""The Dockerfile as data: its stages, their instructions, and what they say of how the image runs.

It knows what our Dockerfile uses and refuses the rest, so that an instruction is never passed over in silence.
https://docs.docker.com/reference/dockerfile/
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KNOWN = ("RUN", "COPY", "ENV", "WORKDIR", "USER", "LABEL", "ENTRYPOINT", "CMD")


@dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next: pairs of instruction and its words."""

    source: str
    steps: tuple[tuple[str, str], ...]

    def told(self, instruction: str) -> Iterator[str]:
        return (words for each, words in self.steps if each == instruction)

    @property
    def environ(self) -> dict[str, str]:
        found = {"PATH": PATH}
        for words in self.told("ENV"):
            pairs = dict(pair.split("=", 1) for pair in shlex.split(words))
            found |= {name: value.replace("$PATH", found["PATH"]) for name, value in pairs.items()}
        return found

    @property
    def config(self) -> dict[str, Any]:
        """How a container of this stage runs, in the words of an image's configuration."""
        return {
            "User": next(self.told("USER")),
            "Env": [f"{name}={value}" for name, value in self.environ.items()],
            "Entrypoint": json.loads(next(self.told("ENTRYPOINT"))),
            "Cmd": json.loads(next(self.told("CMD"))),
            "Labels": dict(pair.split("=", 1) for words in self.told("LABEL") for pair in shlex.split(words)),
        }


def stages(text: str) -> list[Stage]:
    """Take a Dockerfile apart. Raises ValueError for an instruction that is not known here."""
    found: list[Stage] = []
    for line in text.replace("\\\n", " ").splitlines():
        instruction, _, words = line.strip().partition(" ")
        if not instruction or instruction.startswith("#"):
            continue
        if instruction == "FROM":
            found.append(Stage(words.split()[0], ()))
        elif instruction in KNOWN:
            found[-1] = Stage(found[-1].source, (*found[-1].steps, (instruction, words.strip())))
        else:
            raise ValueError(f"{instruction} is not an instruction that the test image knows")
    return found
