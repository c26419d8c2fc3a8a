"""The file of access rules, read again whenever it changes: a mounted ConfigMap is changed by the kubelet in place.

A file that cannot be read keeps the last good rules, and the log says so; at the start there are none, so it stops there.
"""

from pathlib import Path

import structlog

from bot.errors import SettingError
from handlers.access.rules import Rule, read_rules

log = structlog.get_logger()
_MOST_BYTES = 1 << 20  # what a ConfigMap can hold
Signature = tuple[int, int, int]


class RulesFile:
    """The rules as they are now. Without a path there are none, which is told apart from an empty list: None."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._signature: Signature | None = None
        self._rules: tuple[Rule, ...] | None = None
        if self._path:
            self._signature = self._seen()
            self._rules = self._read()

    def rules(self) -> tuple[Rule, ...] | None:
        """Return the rules, or None where everybody may ask everything. One look at the file's time for each decision."""
        if self._path is None:
            return None
        try:
            seen = self._seen()
            if seen != self._signature:
                self._signature = seen
                self._rules = self._read()
                log.info("access rules read again", path=str(self._path), rules=len(self._rules))
        except SettingError as error:
            log.error(  # noqa: TRY400 - the file is wrong, not a line of ours
                "access rules are wrong; the last good ones hold", path=str(self._path), reason=str(error)
            )
        return self._rules

    def _seen(self) -> Signature | None:
        """Return what changes with the file; None where it is gone."""
        assert self._path
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _read(self) -> tuple[Rule, ...]:
        assert self._path
        try:
            with self._path.open("rb") as file:
                text = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise SettingError(f"K8SNET_ACCESS_RULES cannot be read: {error.strerror}.") from None
        if len(text) > _MOST_BYTES:
            raise SettingError("K8SNET_ACCESS_RULES has more than 1 MB.")
        return read_rules(text)
