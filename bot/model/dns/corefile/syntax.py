"""A Corefile's server blocks and directives, with snippets and imports put in their places, as Caddy's parser does.

https://github.com/coredns/caddy/blob/v1.1.4/caddyfile/parse.go. What an import brings is known only where the file was
read: a pattern that was not leaves its block, or the whole Corefile, unread. A mistake that ends CoreDNS is a `Fault`.
"""

import fnmatch
import posixpath
from collections.abc import Mapping

from msgspec import Struct

from bot.model.dns.corefile.tokens import Token, starts_line, tokens

# Where the images have their Corefile: https://github.com/coredns/deployment/blob/master/kubernetes/coredns.yaml.sed
FOLDER = "/etc/coredns"
# A snippet may import itself through another one; CoreDNS gives up after 10,000.
_MOST_IMPORTS = 1000


class Directive(Struct, frozen=True):
    """One plugin as it is written: its name, the words behind it, and the lines of its block."""

    name: str
    line: int
    args: tuple[Token, ...] = ()
    body: tuple[tuple[Token, ...], ...] = ()
    file: str = ""
    is_odd: bool = False  # braces within its block, or an import that was not read: what it holds is not known

    @property
    def words(self) -> str:
        """Return its first line, as it is written but for its spaces."""
        return " ".join((self.name, *(each.text for each in self.args)))

    @property
    def is_unknown(self) -> bool:
        """Return whether some word of it is not known."""
        return self.is_odd or any(word.is_unknown for line in (self.args, *self.body) for word in line)


class ServerBlock(Struct, frozen=True):
    """The keys of a server block (zones with scheme and port), and its directives in the order in which they stand."""

    keys: tuple[Token, ...]
    directives: tuple[Directive, ...]
    unread: tuple[str, ...] = ()  # imports inside that were not read


class Fault(Struct, frozen=True):
    """A mistake with which CoreDNS does not start: its own words, and the line."""

    line: int
    what: str


class Files(Struct, frozen=True):
    """What is known of the files beside the Corefile: their texts by absolute path, and the folders known as a whole.

    `folder` is that of the Corefile itself.
    """

    texts: Mapping[str, str]
    folders: tuple[str, ...] = ()
    folder: str = FOLDER

    def matching(self, pattern: str) -> tuple[str, ...] | None:
        """Return the paths that an import brings, in order; None where that is not known."""
        path = posixpath.normpath(posixpath.join(self.folder, pattern))
        found = tuple(
            sorted(each for each in self.texts if fnmatch.fnmatchcase(each, path) and _same_depth(each, path))
        )
        return found if found or posixpath.dirname(path) in self.folders else None


NO_FILES = Files({})


class Parsed(Struct, frozen=True):
    """A Corefile as far as it could be read: its blocks, the first mistake, and imports at its top that were not read."""

    blocks: tuple[ServerBlock, ...]
    fault: Fault | None = None
    unread: tuple[str, ...] = ()


def parse(text: str, files: Files = NO_FILES, name: str = "") -> Parsed:
    """Return the server blocks of a Corefile; `name` is what its words say of where they stand."""
    parser = _Parser(text, files, name)
    try:
        parser.run()
    except _MistakeError as mistake:
        return Parsed(tuple(parser.blocks), mistake.fault, tuple(parser.unread))
    return Parsed(tuple(parser.blocks), None, tuple(parser.unread))


class _MistakeError(Exception):
    """Ends the reading where CoreDNS's own ends."""

    def __init__(self, line: int, what: str) -> None:
        self.fault = Fault(line, what)


class _Parser:
    """The position in the words, which imports replace while they are read."""

    def __init__(self, text: str, files: Files, name: str) -> None:
        self.words = list(tokens(text, name))
        self.at = 0
        self.files = files
        self.snippets: dict[str, tuple[Token, ...]] = {}
        self.imports = 0
        self.blocks: list[ServerBlock] = []
        self.unread: list[str] = []  # of the block that is being read, else of the Corefile

    def run(self) -> None:
        while self.at < len(self.words):
            self._block()

    def _starts_line(self) -> bool:
        return starts_line(self.words[self.at - 1] if self.at else None, self.words[self.at])

    def _mistake(self, what: str) -> _MistakeError:
        word = self.words[min(self.at, len(self.words) - 1)]
        return _MistakeError(0 if word.file else word.line, what)

    def _block(self) -> None:
        keys = self._keys()
        is_open = self.at < len(self.words) and self.words[self.at].text == "{"
        if len(keys) == 1 and keys[0].text.startswith("(") and keys[0].text.endswith(")"):
            self._snippet(keys[0].text[1:-1], is_open=is_open)
            return
        self.at += is_open
        outside, self.unread = self.unread, []
        directives = self._directives()
        if is_open and self.at >= len(self.words):
            raise self._mistake(f"Unexpected token '{self.words[-1].text}', expecting '}}'")
        self.at += 1
        if keys:
            self.blocks.append(ServerBlock(tuple(keys), tuple(directives), tuple(self.unread)))
        self.unread = outside

    def _keys(self) -> list[Token]:
        """Read up to the opening brace, or to the end of the line; a comma at its end goes on with the next one."""
        found: list[Token] = []
        goes_on = False
        while self.at < len(self.words):
            word = self.words[self.at]
            if found and not goes_on and self._starts_line():
                break
            if word.text == "import" and self._starts_line():
                self._import()
                continue
            if word.text == "{":
                if goes_on:
                    raise self._mistake("Expected another address but had '{' - check for extra comma")
                break
            goes_on = word.text.endswith(",")
            if bare := word.text.removesuffix(","):
                found.append(Token(bare, word.line, word.file))
            self.at += 1
        return found

    def _snippet(self, name: str, *, is_open: bool) -> None:
        if name in self.snippets:
            raise self._mistake(f"redeclaration of previously declared snippet {name}")
        if not is_open:
            raise self._mistake(f"Unexpected token '{self.words[self.at - 1].text}', expecting '{{'")
        begin, depth = self.at + 1, 1
        for place in range(begin, len(self.words)):
            depth += {"{": 1, "}": -1}.get(self.words[place].text, 0)
            if depth == 0:
                self.snippets[name] = tuple(self.words[begin:place])
                self.at = place + 1
                return
        raise self._mistake(f"Unexpected token '{self.words[-1].text}', expecting '}}'")

    def _directives(self) -> list[Directive]:
        found: list[Directive] = []
        while self.at < len(self.words) and self.words[self.at].text != "}":
            if self.words[self.at].text == "import":
                self._import()
            else:
                found.append(self._directive())
        return found

    def _directive(self) -> Directive:
        """Read a directive to the end of its line, or of its block."""
        begin, depth = self.at, 0
        unread = len(self.unread)
        self.at += 1
        while self.at < len(self.words):
            word = self.words[self.at].text
            if word == "{":
                depth += 1
            elif depth == 0 and self._starts_line():
                break
            elif word == "}":
                depth -= 1
                if depth < 0:
                    raise self._mistake("Unexpected '}' because no matching opening brace")
            elif word == "import" and self._starts_line():
                self._import()
                continue
            self.at += 1
        if depth:
            raise self._mistake("Unexpected EOF")
        return _directive(self.words[begin : self.at], is_odd=len(self.unread) > unread)

    def _import(self) -> None:
        """Put what is imported into the place of the two words that ask for it."""
        begin, line = self.at, self.words[self.at]
        self.at += 1
        if self.at >= len(self.words) or self._starts_line():
            self.at -= 1
            raise self._mistake("Wrong argument count or unexpected line ending after 'import'")
        pattern = self.words[self.at]
        self.imports += 1
        if self.imports > _MOST_IMPORTS:
            raise self._mistake("maximum snippet import depth (10000) exceeded")
        self.words[begin : self.at + 1] = self._imported(pattern, line.line)
        self.at = begin

    def _imported(self, pattern: Token, line: int) -> tuple[Token, ...]:
        if pattern.text in self.snippets:
            return self.snippets[pattern.text]
        paths = None if pattern.is_unknown else self.files.matching(pattern.text)
        if paths is None:
            self.unread.append(f"import {pattern.text}")
            return ()
        if not paths and not set(pattern.text) & set("*?[]"):
            raise _MistakeError(line, f"File to import not found: {pattern.text}")
        return tuple(word for path in paths for word in tokens(self.files.texts[path], path))


def _same_depth(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/")


def _directive(words: list[Token], *, is_odd: bool) -> Directive:
    """Split a directive's words into its own line and those of its block."""
    lines: list[list[Token]] = []
    for place, word in enumerate(words):
        if starts_line(words[place - 1] if place else None, word):
            lines.append([])
        lines[-1].append(word)
    first, *rest = lines
    has_block = first[-1].text == "{"
    args = first[1 : len(first) - has_block]
    closed = bool(rest) and [each.text for each in rest[-1]] == ["}"]
    body = rest[:-1] if closed else rest
    braces = any(word.text in ("{", "}") for line in (args, *body) for word in line)
    odd = is_odd or braces or closed != has_block
    if [each.text for each in first[-2:]] == ["{", "}"] and not rest:  # an empty block
        args, odd = first[1:-2], is_odd
    return Directive(words[0].text, words[0].line, tuple(args), tuple(map(tuple, body)), words[0].file, odd)
