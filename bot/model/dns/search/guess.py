"""Which resolver the caller has: the one that was asked for, else guessed from images and commands, where they say so. Pure.

A guess is told as one, with what it rests on. Most images say nothing: then nothing is guessed.
"""

from msgspec import Struct

from bot.model.kube.pods import Container
from bot.model.pattern import pattern
from bot.model.question.question import Question
from bot.model.views.caller import Caller

# The repository of an image tells what runs in it; its tag tells the base, by the habits of Docker's official images.
_BY_REPOSITORY = (
    ("nginx", pattern(r"(?:^|/)(?:nginx|openresty|nginx-unprivileged)$")),
    ("haproxy", pattern(r"(?:^|/)(?:haproxy|haproxytech/haproxy-\w+)$")),
    ("c-ares", pattern(r"(?:^|/)(?:envoy|envoyproxy/envoy(?:-\w+)?)$")),
    ("java", pattern(r"(?:^|/)(?:openjdk|eclipse-temurin|amazoncorretto|tomcat|jetty|jre|jdk)$")),
)
# Of these languages' images the plain tag is Debian's, and its programs ask the C library (Docker's official images).
_ON_DEBIAN = pattern(r"(?:.*/library/|docker\.io/)?(?:node|python|php)")
_PLAIN_TAG = pattern(r"(?:\d+(?:\.\d+)*|latest|lts)?")
# The program that a container's own command starts; an interpreter's says nothing of its C library.
_BY_PROGRAM = {"nginx": "nginx", "openresty": "nginx", "haproxy": "haproxy", "envoy": "c-ares", "java": "java"}
# Proxies that a mesh puts beside the program, which looks names up by itself.
_BESIDE = ("istio-proxy", "linkerd-proxy", "consul-dataplane")
_ALPINE = pattern(r"(?:^|-)alpine(?:\d|\.|$|-)")
_ON_ALPINE = pattern(r"(?:^|/)(?:alpine|curlimages/curl)$")
_GLIBC_BASE = pattern(r"(?:^|-)(?:bookworm|bullseye|trixie|jammy|noble|slim|ubi\d?|debian\d*)(?:-|$)")


class Chosen(Struct, frozen=True):
    """A resolver of the table, or none. `because` is what a guess rests on, empty where it was asked for."""

    resolver: str = ""
    because: str = ""


def chosen_resolver(question: Question, caller: Caller) -> Chosen:
    """Return the resolver that the question is about."""
    if question.resolver:
        return Chosen(question.resolver)
    return guessed_resolver(_containers(caller))


def guessed_resolver(containers: tuple[Container, ...]) -> Chosen:
    """Return the resolver on which all containers agree that say something of it; none where they say nothing or differ."""
    own = [each for each in containers if each.name not in _BESIDE]
    found = {guess.resolver: guess for each in own if (guess := _of_container(each)).resolver}
    return next(iter(found.values())) if len(found) == 1 else Chosen()


def _containers(caller: Caller) -> tuple[Container, ...]:
    if caller.pod:
        return caller.pod.spec.containers or ()
    return (caller.workload.spec.template.spec.containers or ()) if caller.workload else ()


def program_of(command: tuple[str, ...] | None) -> str:
    """Return the program that a command starts, if a resolver can be told by it; else nothing."""
    name = (command or ("",))[0].rpartition("/")[2]
    return name if name in _BY_PROGRAM else ""


def _of_container(container: Container) -> Chosen:
    """A command outranks its image: it says what is run, where that is a program of its own."""
    by_image = _of_image(container)
    program = program_of(container.command)
    if not program or by_image.resolver == "musl":  # the JVM asks the C library of its image; a proxy there is rare
        return by_image
    return Chosen(_BY_PROGRAM[program], f"the command {program}")


def _of_image(container: Container) -> Chosen:
    repository, tag = _parts(container.image)
    because = f"the image {container.image}"
    for name, known in _BY_REPOSITORY:
        if known.search(repository):
            on_musl = name == "java" and _ALPINE.search(tag)  # the JVM asks the C library of its image
            return Chosen("musl" if on_musl else name, because)
    if _ALPINE.search(tag) or _ON_ALPINE.search(repository):
        return Chosen("musl", because)
    is_debian = _ON_DEBIAN.fullmatch(repository) and _PLAIN_TAG.fullmatch(tag)
    return Chosen("glibc", because) if is_debian or _GLIBC_BASE.search(tag) else Chosen()


def _parts(image: str) -> tuple[str, str]:
    """Return repository and tag: `host:5000/app:1.2-alpine@sha256:…` has `host:5000/app` and `1.2-alpine`."""
    named = image.partition("@")[0]
    head, _, last = named.rpartition("/")
    name, _, tag = last.partition(":")
    return (f"{head}/{name}" if head else name), tag
