"""Mutes: `mute RTE-012 of user-service for 2h`, list, off, and by button. What a channel no longer hears of, it is told."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.jobs.client import JobClient
from bot.jobs.messages import Run
from bot.jobs.runs import new_run_id
from bot.model.question.grammar import Command, Verb
from bot.model.question.muting import MuteAct, Muting
from bot.model.question.question import Question
from bot.model.question.request import Kind, Request
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.mutes import Mute
from handlers.access import Asker, Gate
from handlers.channel_default import with_default
from handlers.client import ShutError, SlackClient
from handlers.clock import utc_now
from handlers.conversation import Place
from handlers.known_names import KnownNames
from handlers.messages import mutes as words
from handlers.messages import notices
from handlers.messages.message import Message


class Mutes:
    """One per Slack process."""

    def __init__(
        self, jobs: JobClient, slack: SlackClient, gate: Gate, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._jobs, self._slack, self._gate, self._clock = jobs, slack, gate, clock
        self._names = KnownNames(jobs, gate)

    async def take(self, command: Command, asker: Asker, place: Place) -> Message | None:
        """Begin, list or end mutes; gives what the asker alone is told, or None where the channel was told.

        Raises UsageError for what its asker may not ask about, or what does not exist.
        """
        asked = command.muting or Muting(MuteAct.LIST)
        match asked.act:
            case MuteAct.START:
                return await self._start(command, asked, asker, place)
            case MuteAct.LIST:
                return words.listed(await self._visible(asker, place.channel), self._clock())
            case MuteAct.OFF:
                return await self._off(command, asked, asker, place)

    async def begin(self, run: Run, lasts: timedelta, asker: Asker, place: Place) -> Message | None:
        """Mute what a verdict found, of the Service that it was asked about."""
        answer = await self._jobs.answer_of(run.id)
        found = answer.result if answer else None
        if not isinstance(found, Diagnosis) or found.root_cause is None:
            return words.said("There is nothing to mute in that answer.")
        about = Question(
            service=found.question.service, namespace=found.question.namespace, cluster=run.question.cluster
        )
        muting = Muting(code=found.root_cause.code, lasts=lasts)
        return await self._start(Command(Verb.MUTE, about, muting=muting), muting, asker, place)

    async def end(self, mute_id: str, asker: Asker, place: Place) -> Message | None:
        """End one mute by its button; the message that told of it says so."""
        mute = next((each for each in await self._visible(asker, place.channel) if each.id == mute_id), None)
        if mute is None:
            return words.said("That mute has ended.")
        await self._jobs.mutes.remove(mute.id)
        told = words.ended((mute,), asker.name or asker.user)
        if place.message and not place.ephemeral and not await self._gate.is_closed(place.channel):
            await self._slack.edit(place.channel, place.message, told, thread=place.thread)
            return None
        return await self._tell(told, place)

    async def _start(self, command: Command, asked: Muting, asker: Asker, place: Place) -> Message | None:
        question = replace(command.question, assumed=())
        if question.service:
            question = await with_default(question, place.channel, asker, jobs=self._jobs, gate=self._gate)
            namespace = question.namespace or question.default_namespace
            question = replace(question, namespace=namespace, default_namespace="", assumed=())
        question = replace(question, cluster=self._jobs.cluster_of(question))
        permit = await self._gate.permit_post(asker, place.channel, _asks(question))
        spaces = (permit.question.namespace,) if permit.question.namespace else permit.namespaces
        await self._expect(command, question, spaces, asker, place.channel)
        now = self._clock()
        mute = Mute(
            id=new_run_id(),
            channel=place.channel,
            cluster=question.cluster,
            until=now + asked.lasts,
            code=asked.code,
            service=question.service,
            namespaces=spaces,
            by=asker.user,
            asker=asker.name,
            team=asker.team,
            why=asked.why,
        )
        await self._jobs.mutes.add(mute, now)
        is_told = False
        try:
            untold = await self._tell(words.begun(mute), place)
            is_told = untold is None
        finally:
            if not is_told:  # nobody there would hear that something is kept from them
                await self._jobs.mutes.remove(mute.id)
        return untold

    async def _expect(
        self, command: Command, question: Question, spaces: tuple[str, ...], asker: Asker, channel: str
    ) -> None:
        """Ask back about a code, namespace or Service that surely does not exist: muting it would do nothing."""
        cluster = question.cluster
        if command.muting and command.muting.code:
            await self._names.expect_finding(command.muting.code, cluster=cluster, command=command)
        await self._names.expect_namespaces(spaces, asker, channel, kind=Kind.WHY, cluster=cluster, command=command)
        if question.service:
            await self._names.expect_service(
                question.service, spaces, asker, channel, kind=Kind.WHY, cluster=cluster, command=command
            )

    async def _off(self, command: Command, asked: Muting, asker: Asker, place: Place) -> Message | None:
        visible = await self._visible(asker, place.channel)
        named = command.question
        fits = [each for each in visible if _is_named(each, asked.code, named)]
        chosen = visible if asked.everything else tuple(fits) if asked.code or named.service else visible[:1]
        if not chosen or (len(visible) > 1 and not (asked.everything or asked.code or named.service)):
            return words.listed(visible, self._clock())
        for each in chosen:
            await self._jobs.mutes.remove(each.id)
        return await self._tell(words.ended(chosen, asker.name or asker.user), place)

    async def _visible(self, asker: Asker, channel: str) -> tuple[Mute, ...]:
        """Return the mutes of a channel that the asker might have made, too."""
        found = await self._jobs.mutes.active(channel, self._clock())
        return tuple([each for each in found if await self._gate.may_see(asker, channel, request_of(each))])

    async def _tell(self, told: Message, place: Place) -> Message | None:
        """Post it in the channel. Return None, or what to tell the asker alone where that cannot be."""
        if await self._gate.is_closed(place.channel):
            return told
        try:
            await self._slack.post(place.channel, told, thread=place.thread)
        except ShutError:
            return notices.refusal("I may not write there, so nobody would know.", hint="Invite me, and ask again.")
        return None


def request_of(mute: Mute) -> Request:
    """Return what somebody may ask who may see a mute."""
    places = Question(service=mute.service, namespace="".join(mute.namespaces[:1]), cluster=mute.cluster)
    return _asks(places) if mute.service else Request(Kind.DIGEST, Question(cluster=mute.cluster), mute.namespaces)


def _asks(about: Question) -> Request:
    """Return what somebody has to be allowed to ask who mutes something: about a Service, else for a digest."""
    if about.service:
        return Request(Kind.WHY, about)
    return Request(Kind.DIGEST, Question(cluster=about.cluster), (about.namespace,) if about.namespace else ())


def _is_named(mute: Mute, code: str, named: Question) -> bool:
    return (
        code in ("", mute.code)
        and named.service in ("", mute.service)
        and (not named.namespace or named.namespace in mute.namespaces)
        and named.cluster in ("", mute.cluster)
    )
