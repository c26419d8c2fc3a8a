"""*Probe From Caller*: what it takes is said before it is taken, one container a verdict, and only for whom the rules let."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import structlog
from msgspec.structs import replace

from bot.answer import Runtime
from bot.jobs.messages import Answer, Run
from bot.jobs.work import work
from bot.model.dns.search.answers import Answer as Answered
from bot.model.dns.search.answers import SearchStep
from bot.model.probe import Observation, Outcome, Probe, TcpConnect, Vantage, VantageKind
from bot.model.probe_order import Search
from bot.model.probe_result import ProbeResult
from bot.model.refs import Ref
from bot.model.result.diagnosis import Offer
from bot.usecases.from_caller import Plans
from bot.usecases.given import Beside
from bot.worker import answer_run
from playground.fake_slack import Message, Person
from tests.slack.conftest import QUICK, Bot, MakeBot, runtime
from tests.slack.said import said

ASKED = "/k8snet why payments in pay from shop/deploy/checkout"
Asks = Callable[..., Awaitable[tuple[Bot, list[str]]]]


def seen(probe: Probe, outcome: Outcome) -> Observation:
    """Connections end as is said; nothing else is tried."""
    return Observation(probe, outcome if isinstance(probe, TcpConnect) else Outcome.NOT_RUN, 1.0)


async def measured(probes: tuple[Probe, ...], _seconds: float) -> tuple[Observation, ...]:
    return tuple(seen(each, Outcome.ANSWERED) for each in probes)


@pytest.fixture
async def asks(make_bot: MakeBot) -> AsyncIterator[Asks]:
    """Make a bot whose worker may add containers; each pod that got one is listed. `why`: none can be added."""
    stop, tasks = asyncio.Event(), []

    async def make(*, why: str = "", **settings: str) -> tuple[Bot, list[str]]:
        bot, pods = await make_bot(workers=0, **settings), []

        async def beside(
            run_id: str, pod: Ref, plans: Plans, seconds: float
        ) -> tuple[ProbeResult, tuple[Observation, ...]]:
            pods.append(f"{pod.namespace}/{pod.name} {run_id}")
            told = (
                ProbeResult(why=why)
                if why
                else ProbeResult(tuple(seen(each, Outcome.TIMEOUT) for each in plans.caller))
            )
            return told, await measured(plans.worker, seconds)

        def bound(run_id: str) -> Beside:
            return partial(beside, run_id)

        async def search_beside(run_id: str, pod: Ref, search: Search) -> ProbeResult:
            pods.append(f"{pod.namespace}/{pod.name} {run_id}")
            hit = SearchStep(f"{search.name}.own.example", *(Answered(Outcome.ANSWERED, ("10.9.9.9",)),) * 2)
            return ProbeResult(resolv_conf="nameserver 10.96.0.10\nsearch own.example\noptions ndots:5", steps=(hit,))

        offer = Offer("registry.example/k8snet:1", 30)
        its: Runtime = replace(
            runtime(bot.snapshot),
            measure=measured,
            vantage=Vantage(VantageKind.WORKER),
            beside=bound,
            search_beside=lambda run_id: partial(search_beside, run_id),
            offer=offer,
        )

        async def diagnose(run: Run) -> Answer:
            bot.runs.append(run.id)
            return await answer_run(run, its)

        tasks.append(asyncio.create_task(work(bot.config, diagnose, stop=stop, timing=QUICK)))
        return bot, pods

    yield make
    stop.set()
    await asyncio.gather(*tasks)


async def asked(bot: Bot, name: str = "ana") -> tuple[Person, Message]:
    person = bot.slack.person(name)
    await person.slash("#incidents", ASKED)
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    return person, await bot.thread_of("#incidents", root, says="NPL-")


def buttons(message: Message) -> dict[str, dict]:
    found = [each for block in message.blocks for each in block.get("elements", ()) if each.get("type") == "button"]
    return {each["text"]["text"]: each for each in found}


def told(bot: Bot, name: str) -> str:
    return " ".join(said(each) for each in bot.slack.person(name).ephemerals("#incidents"))


async def test_caller_measures_once_somebody_agreed(asks: Asks) -> None:
    """The dialog says what is added, to which pod, and that it stays; the answer takes the old one's place, and is certain."""
    bot, pods = await asks()
    ana, verdict = await asked(bot)
    pod = next(each for each in bot.snapshot.pods if each.namespace == "shop" and each.name.startswith("checkout"))
    dialog = buttons(verdict)["Probe From Caller"]["confirm"]

    assert "likely" in said(verdict)
    assert f"(registry.example/k8snet:1) to pod shop/{pod.name}." in dialog["text"]["text"]
    assert dialog["text"]["text"].endswith("stays in the pod's spec until the pod ends: it cannot be removed.")
    assert (dialog["confirm"]["text"], dialog["deny"]["text"]) == ("Add Container", "Cancel")
    assert pods == []

    with structlog.testing.capture_logs() as logs:
        await ana.click(verdict, "Probe From Caller")
        after = await bot.slack.until(lambda: _showing(bot, verdict, f"seen from the caller `shop/{pod.name}`"))
    assert "certain" in said(after)
    assert len(bot.slack.thread("#incidents", verdict.thread_ts)) == 1
    assert pods == [f"shop/{pod.name} {bot.runs[-1]}"]
    assert "Probe From Caller" not in buttons(after)
    assert [each["verb"] for each in logs if each["event"] == "access"] == ["why probe"]


def _showing(bot: Bot, verdict: Message, words: str) -> Message | None:
    found = [each for each in bot.slack.thread("#incidents", verdict.thread_ts) if words in said(each)]
    return found[0] if found else None


async def test_callers_pod_looks_a_name_up_itself(asks: Asks) -> None:
    """The same button under `dns`: the search is the one of the pod's own resolv.conf."""
    bot, pods = await asks()
    pod = next(each for each in bot.snapshot.pods if each.namespace == "shop" and each.name.startswith("checkout"))
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", f"/k8snet dns payments from shop/{pod.name}")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    answer = await bot.thread_of("#incidents", root, says="payments")

    await ana.click(answer, "Probe From Caller")
    after = await bot.slack.until(lambda: _showing(bot, answer, "payments.own.example"))

    assert f"probed from the caller shop/{pod.name}" in said(after)
    assert pods == [f"shop/{pod.name} {bot.runs[-1]}"]
    assert "Probe From Caller" not in buttons(after)


async def test_of_several_who_click_the_first_is_taken(asks: Asks) -> None:
    bot, pods = await asks()
    ana, verdict = await asked(bot)
    await asyncio.gather(
        *(person.click(verdict, "Probe From Caller") for person in (ana, bot.slack.person("ben"), ana))
    )
    await bot.slack.until(lambda: _showing(bot, verdict, "seen from the caller"))

    assert len(pods) == 1


async def test_asking_again_adds_nothing(asks: Asks) -> None:
    """Re-Run measures from the worker: nobody was asked anew."""
    bot, pods = await asks()
    ana, verdict = await asked(bot)
    await ana.click(verdict, "Probe From Caller")
    after = await bot.slack.until(lambda: _showing(bot, verdict, "seen from the caller"))
    await ana.click(after, "Re-Run")
    again = await bot.slack.until(lambda: _showing(bot, verdict, "seen from this worker"))

    assert len(pods) == 1
    assert "Probe From Caller" in buttons(again)


async def test_what_kept_the_caller_from_measuring_is_told(asks: Asks) -> None:
    bot, _ = await asks(why="it is a static pod, and these cannot have ephemeral containers")
    ana, verdict = await asked(bot)
    await ana.click(verdict, "Probe From Caller")
    after = await bot.slack.until(lambda: _showing(bot, verdict, "it is a static pod"))

    assert "what was measured was measured from the worker" in said(after)
    assert "likely" in said(after)


async def test_rules_say_who_may(asks: Asks, tmp_path: Path) -> None:
    """Who may ask why may not add a container by that; of the verb `probe` the caller's namespace decides."""
    path = tmp_path / "rules.json"
    why = {"name": "why", "who": ["everyone"], "verbs": ["why"]}
    pay = {"name": "pay", "who": ["everyone"], "verbs": ["probe"], "namespaces": ["pay"]}
    path.write_text(json.dumps([why, pay]))
    bot, pods = await asks(K8SNET_ACCESS_RULES=str(path))
    ana, verdict = await asked(bot)
    await ana.click(verdict, "Probe From Caller")
    await bot.slack.until(lambda: "You may not have a container added to that pod." in told(bot, "ana"))
    assert pods == []

    path.write_text(json.dumps([why, {**pay, "namespaces": ["shop"]}]))
    await ana.click(verdict, "Probe From Caller")
    await bot.slack.until(lambda: _showing(bot, verdict, "seen from the caller"))
    assert len(pods) == 1


async def test_nothing_is_offered_where_it_is_switched_off(bot: Bot) -> None:
    _, verdict = await asked(bot)

    assert "Probe From Caller" not in buttons(verdict)
