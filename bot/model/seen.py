"""A snapshot as the judge of one row sees it: asked as ever, with a note of all that was asked.

A verdict is worked out from its question and from what the snapshot answers, and from nothing else. So where a later snapshot
answers the same to all that was asked, the verdict is the same: nobody has to know what it rests on. Gaps and the clock are
answers, too. Whatever nobody thought of is noted as it is asked, and what cannot be noted is said (`is_whole`).
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

from bot.model.kube.pods import Pod
from bot.model.kube.selectors import LabelSelector, ServiceSelector
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import Workload
from bot.model.memo import LASTING, View
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

# A name of the snapshot, or a function of it, and what else it is given.
Asked = tuple[Any, ...]
Answers = dict[Asked, Any]
_UNASKED: Any = object()  # None is an answer
SHARED: Asked = ("shared",)  # all that was asked by what the rows of a table share (`LASTING`)


def answer_to(whole: Snapshot, asked: Asked) -> Any:
    """Return what a snapshot answers. Raises what it raises."""
    first, *given = asked
    if callable(first):
        return first(whole, *given)
    found = getattr(whole, first)
    return found(*given) if callable(found) else found


class Seen(View):
    """It has all names of a Snapshot, and takes the place of one. `asked` is complete when the verdict is there.

    `answers` are those that any row of the table got. `shared` is the snapshot as that sees it which the rows share.
    """

    def __init__(self, whole: Snapshot, answers: Answers, shared: "Seen | None" = None) -> None:
        self._whole, self._answers, self._shared = whole, answers, shared
        self.asked: set[Asked] = set()
        self.is_whole = True  # whether `asked` has all

    def ask(self, *asked: Any) -> Any:
        """Return an answer, and note that it was asked for."""
        try:
            self.asked.add(asked)
        except TypeError:  # of what has no hash nobody can tell again that it was asked
            self.is_whole = False
            return answer_to(self._whole, asked)
        answer = self._answers.get(asked, _UNASKED)
        if answer is _UNASKED:
            answer = self._answers[asked] = answer_to(self._whole, asked)
        return answer

    def derive(self, kept: Callable[[Any], Any]) -> Any:
        """Return what is derived of the whole snapshot. What asks it later, too, is made once for all rows."""
        if kept not in LASTING:
            return self.ask(kept)
        if self._shared is None:
            return LASTING[kept](self)
        self.asked.add(SHARED)
        return kept(self._shared)

    def __getattr__(self, name: str) -> Any:
        found = getattr(Snapshot, name)  # raises AttributeError for what no snapshot has
        if not callable(found):
            value = self.ask(name)
        else:

            def value(*given: Any, **named: Any) -> Any:
                return self.ask(name, *(signature(found).bind(self, *given, **named).args[1:] if named else given))

        self.__dict__[name] = value
        return value

    # --- what follows from the list of one namespace, which is noted in its place: fewer answers to compare

    def pod(self, namespace: str, name: str) -> Pod | None:
        self.ask("pods_in", namespace)
        return self._whole.pod(namespace, name)

    def pods_by_workload(self, namespace: str) -> Mapping[Ref | None, Sequence[Pod]]:
        self.ask("pods_in", namespace)
        return self._whole.pods_by_workload(namespace)

    def pods_selected(self, namespace: str, selector: ServiceSelector) -> tuple[Pod, ...]:
        self.ask("pods_in", namespace)
        return self._whole.pods_selected(namespace, selector)

    def pods_matching(self, namespace: str, selector: LabelSelector) -> tuple[Pod, ...]:
        self.ask("pods_in", namespace)
        return self._whole.pods_matching(namespace, selector)

    def pods_behind(self, service: Service) -> tuple[Pod, ...]:
        self.ask("pods_in", service.namespace)
        return self._whole.pods_behind(service)

    def service(self, namespace: str, name: str) -> Service | None:
        self.ask("services_in", namespace)
        return self._whole.service(namespace, name)

    def services_selecting(self, pod: Pod) -> tuple[Service, ...]:
        self.ask("services_in", pod.namespace)
        return self._whole.services_selecting(pod)

    def slices_of(self, service: Service) -> tuple[EndpointSlice, ...]:
        self.ask("slices_in", service.namespace)
        return self._whole.slices_of(service)

    def workloads_behind(self, service: Service) -> tuple[Workload, ...]:
        self.ask("workloads_in", service.namespace)
        return self._whole.workloads_behind(service)
