"""A path for a terminal, from its `k8snet.path/v1`: the decision, every step that led there, and each endpoint's fate."""

from collections.abc import Mapping
from typing import Any

from bot.model.result.status import Status
from bot.model.text import count
from bot.reports.paper import STATUS_INK, Ink, Paper

MOST_ENDPOINTS = 8
_INK = {"allow": STATUS_INK[Status.OK], "deny": STATUS_INK[Status.FAIL], "unknown": STATUS_INK[Status.UNKNOWN]}
_WORDS = {"allow": "may reach", "deny": "may not reach", "unknown": "may or may not reach"}


def path_text(told: Mapping[str, Any], *, color: bool = False, width: int = 100) -> str:
    """Give the report: the decision and why in the first lines, then the steps in order, then the endpoints."""
    paper = Paper(color=color, width=width)
    decision = told["decision"]
    port = f" on {told['port']}/{told['protocol']}" if told["port"] is not None else f" over {told['protocol']}"
    summary = f"{told['source']} {_WORDS[decision]} {told['target']}{port}"
    paper.labelled(f"{decision:<9}", summary, ink=Ink.BOLD, label_ink=_INK[decision], indent=0, hang=9)
    for each in told["because"]:
        paper.prose(f"- {each}", indent=9)
    for each in told["assumed"]:
        paper.prose(f"Assumed {each}.", indent=9, ink=Ink.DIM)
    if told["steps"]:
        paper.heading("On the way")
    for each in told["steps"]:
        paper.labelled(f"{each['decision']:<9}", each["said"], label_ink=_INK[each["decision"]], hang=9)
    _endpoints(paper, told["endpoints"])
    paper.blank()
    paper.prose("by routing and NetworkPolicy alone, not probed", ink=Ink.DIM, indent=0)
    return str(paper)


def _endpoints(paper: Paper, endpoints: list[dict[str, Any]]) -> None:
    """One line each where there are several; one endpoint is told by the steps already."""
    if len(endpoints) < 2:  # noqa: PLR2004 (several)
        return
    paper.heading("Endpoints")
    for each in endpoints[:MOST_ENDPOINTS]:
        node = f" on {each['node']}" if each["node"] else ""
        paper.labelled(
            f"{each['decision']:<9}",
            f"{each['name']} {each['address']}:{each['port']}{node}",
            label_ink=_INK[each["decision"]],
        )
    if len(endpoints) > MOST_ENDPOINTS:
        paper.prose(f"and {count(len(endpoints) - MOST_ENDPOINTS, 'more endpoint')}, in -o json")
