"""Printed commands as a person uses them: every one that looks must run, and change nothing."""

import json
from collections.abc import Iterable
from typing import Any

from tests.live_cluster.nodes.cluster import RealCluster

KINDS = "svc,endpointslices,pods,deploy,sts,ds,rs,cm,netpol,sa,ns,nodes,clusterroles"
# Who writes while nobody does anything; all others are people, or programs that people start.
SYSTEM = {"kubelet", "kube-controller-manager", "kube-scheduler", "kube-apiserver"}
# They end so where a name does not resolve, or lacks one type: that is what they are to show.
LOOKUPS = ("getent", "nslookup")
COMES_AND_GOES = {"Pod", "EndpointSlice", "ReplicaSet"}
Versions = dict[tuple[str, str, str], tuple[str, frozenset[tuple[str, str, str]]]]


def run_checks(cluster: RealCluster, commands: Iterable[str], namespace: str) -> int:
    """Run commands by a shell, exactly as printed, and give their number; raises if one fails or writes.

    Watched is what is in the namespace, in kube-system and in none; other tests' namespaces may still be going away.
    """
    wanted = tuple(dict.fromkeys(commands))
    before = _versions(cluster, namespace)
    for command in wanted:
        done = cluster.shell(command)
        is_lookup = any(f" -- {each} " in command for each in LOOKUPS) and done.returncode in (1, 2)
        assert done.returncode == 0 or is_lookup, f"{command}\nexit code {done.returncode}: {done.stderr.strip()}"
        # That there is none is an answer, and a program that was killed may have said nothing.
        seen = done.stdout.strip() or is_lookup or "No resources found" in done.stderr or " logs " in command
        assert seen, f"{command}\nshows nothing: {done.stderr.strip()}"
    _nobody_wrote(before, _versions(cluster, namespace))
    return len(wanted)


def _versions(cluster: RealCluster, namespace: str) -> Versions:
    """Resource version of each object, with who wrote it and when."""
    items = json.loads(cluster.kubectl("get", KINDS, "-A", "-o", "json", "--show-managed-fields"))["items"]
    found = {_key(each): (each["metadata"]["resourceVersion"], _writers(each)) for each in items}
    return {
        key: each for key, each in found.items() if key[1] in (namespace, "kube-system", "") and key[0] != "Namespace"
    }


def _key(item: dict[str, Any]) -> tuple[str, str, str]:
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _writers(item: dict[str, Any]) -> frozenset[tuple[str, str, str]]:
    fields = item["metadata"].get("managedFields", ())
    return frozenset((each["manager"], each["operation"], each.get("time", "")) for each in fields)


def _nobody_wrote(before: Versions, after: Versions) -> None:
    """What has another version was written by the cluster itself; nothing that people make has come or gone."""
    moved = {key for key in before.keys() ^ after.keys() if key[0] not in COMES_AND_GOES}
    assert not moved, f"came or went while commands were run that only look: {moved}"
    for key in before.keys() & after.keys():
        if before[key][0] != after[key][0]:
            strangers = {each[0] for each in after[key][1] - before[key][1]} - SYSTEM
            assert not strangers, f"{key} was written by {strangers} while commands were run that only look"
