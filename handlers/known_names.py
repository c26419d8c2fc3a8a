"""What is known of names for somebody: which may be offered, whether one exists, and what words mean by the workers' index."""

import asyncio
import re
from collections.abc import Iterable

import structlog
from msgspec.structs import replace

from bot.errors import K8snetError, StoreUnreachableError, UnknownNameError, UsageError
from bot.jobs.client import JobClient
from bot.model.names import Names
from bot.model.question.grammar import Command
from bot.model.question.instead import in_namespace, offers
from bot.model.question.render import sentence
from bot.model.question.request import Kind
from bot.model.text import listing, shown
from bot.reports.codes import findings
from handlers.access import Asker, Gate
from handlers.channel_default import default_of
from handlers.clock import utc_now
from handlers.language import Reading, understand
from handlers.listening import NotTakenError
from handlers.messages.notices import refusal

log = structlog.get_logger()


class KnownNames:
    """One per Slack process."""

    def __init__(self, jobs: JobClient, gate: Gate) -> None:
        self._jobs, self._gate = jobs, gate

    async def offered(self, asker: Asker, channel: str, kind: Kind, clusters: Iterable[str]) -> tuple[Names, ...]:
        """Return the names of each cluster that may be offered; without the store there are none to offer."""
        try:
            found = [await self._jobs.names.of(each) for each in clusters]
        except StoreUnreachableError as error:
            log.warning("no names to offer", reason=str(error))
            return ()
        return tuple([await self._gate.visible(asker, channel, kind, each) for each in found if each])

    async def understand(self, text: str, asker: Asker, channel: str, *, spoken: bool = False) -> Reading | None:
        """Read a text. What a sentence leaves open is settled by the names that its asker may see; a command needs none.

        Raises UsageError as `handlers.language.understand` does.
        """
        try:
            reading = understand(text, spoken=spoken)
        except UsageError:
            reading = None
        else:
            if reading is None or not reading.guessed:
                return reading
        names = await self.settling(asker, channel)
        if names is None and reading is not None:
            return reading
        settled = understand(text, spoken=spoken, names=names)
        return _from_its_place(settled, names) if settled and names else settled

    async def settling(self, asker: Asker, channel: str) -> Names | None:
        """Return the names by which the words of somebody in a channel are read: all that they may see of the cluster that is
        meant there. None where these are not known, old or cut, so that nothing is read by what may be missing.
        """
        try:
            default = await default_of(channel, asker, jobs=self._jobs, gate=self._gate)
            known = await self._jobs.names.of(default.cluster or self._jobs.default_cluster)
            if known is None or not known.are_whole(utc_now()):
                return None
            return await self._gate.visible(asker, channel, Kind.WHY, known)
        except K8snetError as error:
            log.info("read without names", reason=str(error))
            return None

    async def expect_namespaces(
        self,
        namespaces: Iterable[str],
        asker: Asker,
        channel: str,
        *,
        kind: Kind,
        cluster: str,
        command: Command | None = None,
    ) -> bool:
        """Raise UnknownNameError for a namespace that surely does not exist; return whether that is known of all.

        A name that is missing is looked for once more in names read anew: it may just have been made. With the `command`
        it was said in, the same with near names is offered (NotTakenError).
        """
        known = await self._jobs.names.of(cluster)
        wanted = tuple(namespaces)
        if known and any(known.lacks_namespace(each, utc_now()) for each in wanted):
            known = await self._jobs.names.anew(cluster)
        lacking = next((each for each in wanted if known and known.lacks_namespace(each, utc_now())), "")
        if known and lacking:
            visible = await self._gate.visible(asker, channel, kind, known)
            raise _unknown(lacking, visible, command)
        return all(known and each in known.namespaces for each in wanted)

    async def expect_service(
        self,
        service: str,
        namespaces: tuple[str, ...],
        asker: Asker,
        channel: str,
        *,
        kind: Kind,
        cluster: str,
        command: Command,
    ) -> None:
        """Raise NotTakenError for a Service that surely does not exist in these namespaces (none: in any)."""
        known = await self._jobs.names.of(cluster)
        if known and known.lacks_service(service, namespaces, utc_now()):
            known = await self._jobs.names.anew(cluster)
        if known is None or not known.lacks_service(service, namespaces, utc_now()):
            return
        visible = await self._gate.visible(asker, channel, kind, known)
        place = f" in {listing(namespaces)}" if namespaces else ""
        near = visible.near_services(service, namespaces)
        told = f"There is no Service {shown(service)}{place} on {cluster}."
        raise _asked_back(told, near, offers(command, None, near))

    async def expect_finding(self, code: str, *, cluster: str, command: Command) -> None:
        """Raise NotTakenError for a code that surely no check has: what is muted by it would go on being told.

        The checks are the workers', and those of this build where no worker has told its own lately.
        """
        known = await self._jobs.names.of(cluster)
        if known and known.lacks_finding(code, utc_now()):
            known = await self._jobs.names.anew(cluster)
        if known is None or not known.tells_findings(utc_now()):
            known = Names(cluster, utc_now(), findings=await asyncio.to_thread(findings))
        if command.muting is None or not known.lacks_finding(code, utc_now()):
            return
        near = known.near_findings(code)
        meant = (replace(command.muting, code=each.partition(" ")[0]) for each in near)
        hint = "Did you mean:" if near else "All findings, in a terminal: k8snet explain --all"
        sentences = tuple(sentence(replace(command, muting=each)) for each in meant)
        raise NotTakenError(refusal(f"There is no finding {code}.", hint=hint, suggestions=near, offers=sentences))


def _from_its_place(reading: Reading, names: Names) -> Reading:
    """Return a reading whose caller was said without a namespace with that of the only workload of that name.

    Such a caller would be looked for beside the Service, where seldom somebody is who cannot reach it.
    """
    source = reading.command.question.source
    if not reading.guessed or source is None or not source.pod:
        return reading
    bare = re.compile(rf"(?<= from ){re.escape(source.pod)}(?=\s|$)")
    found = names.callers_named(source.pod)
    if len(found) != 1 or not bare.search(reading.words):
        return reading
    place = found[0].partition("/")[0]
    question = replace(reading.command.question, source=replace(source, namespace=place))
    words = bare.sub(f"{place}/{source.pod}", reading.words, count=1)
    return replace(reading, command=replace(reading.command, question=question), words=words)


def _unknown(namespace: str, visible: Names, command: Command | None) -> K8snetError:
    near = visible.near_namespaces(namespace)
    there = f"Namespaces: {listing(visible.namespaces, most=10)}." if visible.namespaces else ""
    told = f"There is no namespace {shown(namespace)} in {visible.cluster}."
    if near and command:
        return _asked_back(told, near, tuple(in_namespace(command, namespace, each) for each in near))
    return UnknownNameError(told, hint=f"Did you mean {' or '.join(near)}?" if near else there)


def _asked_back(told: str, near: tuple[str, ...], sentences: tuple[str, ...]) -> NotTakenError:
    """Return a refusal with a button for each near name, which says the whole again with it."""
    hint = "Did you mean:" if near else ""
    return NotTakenError(refusal(told, hint=hint, suggestions=near, offers=sentences))
