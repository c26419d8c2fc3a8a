"""What a caller's containers are configured with: read live where it may be, kept as hosts only, and judged."""

import json
from pathlib import Path
from typing import Any

from bot.checks.engine.judge import judge
from bot.cluster.live import read
from bot.cluster.transport import Cluster
from bot.model.case import Case
from bot.model.question.question import Question, Source
from bot.model.snapshot import Snapshot
from tests.reader.healthy import CALLER, OBJECTS, Break, forbidden, healthy, kubeconfig
from tests.reader.objects import Json, meta, service

QUESTION = Question(service="user-service", namespace="shop", source=Source(namespace="web", pod=CALLER))
SETTINGS = """
users:
  url: http://bob:hunter2@user-servce.shop:80/v1?key=hunter3   # of the shop
  password: hunter4
mail: {host: mail.example, password: hunter5}
"""


def configured(data: dict[str, str] | None = None, **container: Any) -> dict[str, list[Json]]:
    """Return a sound cluster whose caller reads the ConfigMap `settings`."""
    made = {"name": "app", "envFrom": [{"configMapRef": {"name": "settings"}}], **container}
    pods = [
        {**each, "spec": {**each["spec"], "containers": [made]}} if each["metadata"]["name"] == CALLER else each
        for each in OBJECTS["pods"]
    ]
    settings = {"metadata": meta("settings", "web"), "data": data or {"app.yaml": SETTINGS}}
    return {**OBJECTS, "pods": pods, "configmaps": [*OBJECTS["configmaps"], settings]}


async def _read(folder: Path, objects: dict[str, list[Json]], broken: Break | None = None) -> Snapshot:
    async with healthy(broken, lambda each: each.endswith("/configmaps/settings")) as api:
        api.objects = objects
        path = folder / "kubeconfig"
        path.write_text(kubeconfig(api))
        async with Cluster(kubeconfig=str(path)) as cluster:
            _, snapshot = await read(cluster, QUESTION)
            return snapshot


def _codes(snapshot: Snapshot) -> list[str]:
    return [each.code for each in judge(Case(QUESTION, snapshot), strict=True).findings]


async def test_config_map_names_the_service_with_a_slip(tmp_path: Path) -> None:
    """The host is found in a file of YAML, and nothing else of the file is kept."""
    snapshot = await _read(tmp_path, configured())

    kept = next(each for each in snapshot.config_maps if each.name == "settings")
    assert kept.data == {"app.yaml": "url=http://user-servce.shop:80/..."}
    assert "hunter" not in str(snapshot)
    assert "APP-024" in _codes(snapshot)


async def test_service_of_that_other_name_is_looked_for(tmp_path: Path) -> None:
    """A name that is almost the asked one, and another Service's, is no fault."""
    objects = configured()
    objects["services"] = [*objects["services"], service("user-servce", clusterIP="10.96.12.8")]

    snapshot = await _read(tmp_path, objects)

    assert snapshot.service("shop", "user-servce")
    assert "APP-024" not in _codes(snapshot)


async def test_config_map_that_names_no_such_host_is_not_kept(tmp_path: Path) -> None:
    """Of another ConfigMap nothing is left, its name neither."""
    snapshot = await _read(tmp_path, configured({"MAIL_HOST": "mail.example", "TOKEN": "hunter2"}))

    assert [each.name for each in snapshot.config_maps] == ["coredns"]
    assert not _codes(snapshot)


async def test_config_map_is_not_read_where_variables_say_it(tmp_path: Path) -> None:
    """What the container itself is given outranks a ConfigMap, which then costs no request."""
    env = [{"name": "USERS_URL", "value": "http://user-service.shop"}]

    snapshot = await _read(tmp_path, configured(env=env))

    assert [each.name for each in snapshot.config_maps] == ["coredns"]
    assert not _codes(snapshot)


async def test_config_map_that_may_not_be_read_is_a_gap_without_a_verdict(tmp_path: Path) -> None:
    """Nobody is told less because of it: the rule that would show it is printed."""
    snapshot = await _read(tmp_path, configured(), forbidden)

    (gap,) = [each for each in snapshot.gaps if "configmaps" in each.what]
    told = judge(Case(QUESTION, snapshot), strict=True)
    assert gap.grant
    assert {each.status for each in told.verdicts.values()} == {"ok"}, json.dumps([str(each) for each in told.gaps])
